"""The result of an evaluation of classes."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mefeat.evaluation.counting import confusion
from mefeat.evaluation.marks import plain_signs
from mefeat.evaluation.metrics import (
    SCORES,
    class_scores,
    largest_class_baseline,
    macro_f1,
    scores,
)
from mefeat.evaluation.result import Result
from mefeat.evaluation.statistics import mean_fold_f1, subject_counts


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Result):
    """What `evaluate` found: one prediction per clip, and all that follows from them.

    Every score is computed from the confusion matrix of all folds together, except
    `mean_fold_f1`.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `database`
        if databases were given, `fold`, `true`, `predicted`, and columns `decision
        <class>` if the classifier has decision values; NaN for a class that the fold's
        training clips lack.
    folds : DataFrame
        One row per fold: `fold`, `n_train`, `n_test`, `seconds`, `best_params` of a
        search at the end of the estimator, or None.
    labels : ndarray of shape (n_classes,)
        Classes in the order of the tables.
    settings : dict
        Protocol, selection, seed, estimator with its parameters, versions.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    labels: np.ndarray
    settings: dict

    kind = "classes"
    names = "labels"
    baseline_text = "who always says the largest class"

    @property
    def answers(self):
        """Classes in the order of the tables, a list."""
        return self.labels.tolist()

    @property
    def size(self):
        """Number of clips, subjects and classes, a dict."""
        return _size(self.predictions) | {"classes": len(self.labels)}

    @property
    def truth(self):
        """Subject and true class of each clip, a DataFrame."""
        return self.predictions.set_index("clip")[["subject", "true"]]

    @property
    def baseline(self):
        """Scores of the guess that every clip is of the largest class, a dict."""
        return largest_class_baseline(self._counts().sum(axis=1))

    @property
    def confusion(self):
        """Clips by true class (rows) and predicted class (columns), a DataFrame."""
        rows, columns = (
            pd.Index(self.labels, name=name) for name in ("true", "predicted")
        )
        return self.marked(pd.DataFrame(self._counts(), rows, columns))

    @property
    def scores(self):
        """Accuracy, macro_f1, uar, weighted_f1 and mean_fold_f1, a dict."""
        return scores(self._counts()) | {"mean_fold_f1": self.mean_fold_f1}

    @property
    def accuracy(self):
        """Share of clips that were recognized."""
        return scores(self._counts())["accuracy"]

    @property
    def macro_f1(self):
        """Mean F1 of the classes (UF1)."""
        return scores(self._counts())["macro_f1"]

    @property
    def uar(self):
        """Mean recall of the classes that occur."""
        return scores(self._counts())["uar"]

    @property
    def weighted_f1(self):
        """F1 of the classes, weighted by their clips."""
        return scores(self._counts())["weighted_f1"]

    @property
    def mean_fold_f1(self):
        """Mean over folds of the macro-F1 within each.

        The macro-F1 of a fold is that over the classes that occur or are predicted in
        it, as scikit-learn's f1_macro scorer has it. It is no estimate of `macro_f1`:
        the folds of single subjects lack classes.
        """
        by_fold = self.predictions.groupby("fold", sort=False)
        return float(np.mean([_macro_f1(fold) for _, fold in by_fold]))

    @property
    def per_class(self):
        """Clips, precision, recall and F1 of each class, a DataFrame."""
        counts = self._counts()
        columns = {"clips": counts.sum(axis=1)} | class_scores(counts)
        rows = pd.Index(self.labels, name="class")
        return self.marked(pd.DataFrame(columns, rows))

    @property
    def per_subject(self):
        """Clips, classes, accuracy and macro-F1 of each subject, a DataFrame.

        The macro-F1 is that over the classes that the subject shows or is said to show.
        """
        rows = {
            subject: {
                "clips": len(clips),
                "classes": clips["true"].nunique(),
                "accuracy": float((clips["true"] == clips["predicted"]).mean()),
                "macro_f1": _macro_f1(clips),
            }
            for subject, clips in self.predictions.groupby("subject")
        }
        return self._table(rows, "subject")

    @property
    def per_database(self):
        """Clips, subjects, classes and scores of each database and of all, a DataFrame.

        None if `evaluate` was not given databases. The scores of a database are those
        over the classes that it has or is said to have.
        """
        if "database" not in self.predictions:
            return None
        rows = {}
        for name in np.unique(self.predictions["database"].to_numpy()):
            part = self.of_database(name)
            rows[name] = _facts(part.predictions) | scores(part._counts())
        rows["all"] = _facts(self.predictions) | scores(self._counts())
        return self._table(rows, "database")

    @property
    def tables(self):
        """All tables but predictions and folds, a dict of DataFrames."""
        tables = {
            "per_database": self.per_database,
            "per_class": self.per_class,
            "confusion": self.confusion,
            "per_subject": self.per_subject,
        }
        return {name: table for name, table in tables.items() if table is not None}

    def statistics(self, answers):
        """Get the scores as functions of pooled counts.

        Parameters
        ----------
        answers : list
            Classes in the order of the counts.

        Returns
        -------
        dict of str to callable
            Each gives a score for confusion matrices of shape (..., n_classes,
            n_classes).
        """
        return SCORES

    @property
    def fold_statistics(self):
        """Get the scores that are none of pooled counts, a dict of callables.

        Each gives a score for how often each subject is drawn, of shape (n_draws,
        n_subjects).
        """
        return {"mean_fold_f1": mean_fold_f1(self.predictions, self.labels)}

    def subject_counts(self, answers):
        """Count the clips of each subject by true and predicted class.

        Parameters
        ----------
        answers : list
            Classes in the order of the counts.

        Returns
        -------
        ndarray of int, shape (n_subjects, n_classes, n_classes)
            A confusion matrix for each subject, in the order of their names.
        """
        return subject_counts(self.predictions, answers)

    @staticmethod
    def read_answers(values):
        """Get classes as they were before they were saved.

        Parameters
        ----------
        values : list
            Classes.

        Returns
        -------
        ndarray of shape (n_classes,)
            The classes.
        """
        return np.asarray(values)

    def __repr__(self):
        """Show the scores in a line."""
        shown = ", ".join(f"{k} {v:.4f}{self.mark}" for k, v in self.scores.items())
        return plain_signs(f"Evaluation({self.settings['protocol']}: {shown})")

    def _narrowed(self):
        """Leave out the classes that no clip has or is said to have."""
        found = set(self.predictions["true"]) | set(self.predictions["predicted"])
        kept = [label in found for label in self.answers]
        return replace(self, labels=self.labels[kept])

    def _table(self, rows, name):
        table = pd.DataFrame.from_dict(rows, orient="index")
        return self.marked(table.rename_axis(name))

    def _counts(self):
        clips = self.predictions
        return confusion(clips["true"], clips["predicted"], self.labels)


def _size(clips):
    return {"clips": len(clips), "subjects": clips["subject"].nunique()}


def _facts(clips):
    return _size(clips) | {"classes": clips["true"].nunique()}


def _macro_f1(clips):
    return macro_f1(confusion(clips["true"], clips["predicted"]))
