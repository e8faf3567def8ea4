"""The result of an evaluation: scores, tables, text and files."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mefeat.evaluation.counting import confusion
from mefeat.evaluation.marks import footnotes, mark_of
from mefeat.evaluation.metrics import (
    SCORES,
    class_scores,
    macro_f1,
    occurring,
    scores,
)
from mefeat.evaluation.saving import (
    as_dict,
    as_row,
    intervals_or_nan,
    read_result,
    write_result,
)
from mefeat.evaluation.statistics import bootstrap, subject_counts


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
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

    @property
    def confusion(self):
        """Clips by true class (rows) and predicted class (columns), a DataFrame."""
        return pd.DataFrame(
            self._counts(),
            index=pd.Index(self.labels, name="true"),
            columns=pd.Index(self.labels, name="predicted"),
        )

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
        return pd.DataFrame(columns, index=pd.Index(self.labels, name="class"))

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
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("subject")

    @property
    def per_database(self):
        """Clips, subjects, classes and scores of each database and of all, a DataFrame.

        None if `evaluate` was not given databases. The scores of a database are those
        over the classes that it has or is said to have.
        """
        if "database" not in self.predictions:
            return None
        rows = {
            name: _facts(clips) | scores(occurring(self._counts(clips)))
            for name, clips in self.predictions.groupby("database")
        }
        rows["all"] = _facts(self.predictions) | scores(self._counts())
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("database")

    @property
    def mark(self):
        """Signs that the figures carry: † oracle selection, ‡ transductive; or ""."""
        return mark_of(self.settings)

    @property
    def footnotes(self):
        """What the signs mean, a list of lines."""
        return footnotes(self.mark)

    def intervals(self, *, n_draws=10_000, level=0.95, random_state=0):
        """Get intervals of the scores by a bootstrap over subjects.

        Parameters
        ----------
        n_draws : int, default=10000
            How often as many subjects are drawn as there are, with replacement.
        level : float, default=0.95
            Share of the draws within the interval.
        random_state : int, default=0
            Seed.

        Returns
        -------
        DataFrame
            A row for each score but `mean_fold_f1`: `value`, `low` and `high`.

        Raises
        ------
        ValueError
            If there are fewer than two subjects.

        Notes
        -----
        The percentiles of the scores of the pooled counts of the drawn subjects. The
        clips of a subject stay together, since they are not independent. They tell how
        the figure varies with the people, not with what the classifier was trained on.
        """
        counts = subject_counts(self.predictions, self.labels)
        return bootstrap(
            counts, SCORES, n_draws=n_draws, level=level, random_state=random_state
        )

    def to_frame(self, name=None):
        """Give what was asked and what was found as one row.

        Parameters
        ----------
        name : str, optional
            Name of the row, by default that of the estimator.

        Returns
        -------
        DataFrame
            One row: protocol, selection, transductive, mark, estimator, seed, counts,
            each score with its 95 % interval as `<score>_low` and `<score>_high`,
            `mean_fold_f1`, and `seconds` of all folds. Rows of several results make a
            table by `pandas.concat`.
        """
        return as_row(self, name)

    def __repr__(self):
        """Show the scores in a line."""
        shown = ", ".join(f"{k} {v:.4f}{self.mark}" for k, v in self.scores.items())
        return f"Evaluation({self.settings['protocol']}: {shown})"

    def __str__(self):
        """Show scores with their 95 % intervals, tables and footnotes."""
        settings = self.settings
        head = (
            f"{settings['protocol']}: {len(self.predictions)} clips, "
            f"{settings['n_subjects']} subjects, {len(self.labels)} classes, "
            f"{len(self.folds)} folds"
        )
        lines = [
            f"{name:<13} {found['value']:.4f}{self.mark}"
            f"  [{found['low']:.4f}, {found['high']:.4f}]"
            for name, found in intervals_or_nan(self).iterrows()
        ]
        lines.append(f"{'mean_fold_f1':<13} {self.mean_fold_f1:.4f}{self.mark}")
        tables = [self.per_class.round(4), self.confusion]
        if self.per_database is not None:
            tables.insert(0, self.per_database.round(4))
        texts = [head, "\n".join(lines), *(table.to_string() for table in tables)]
        if self.footnotes:
            texts.append("\n".join(self.footnotes))
        return "\n\n".join(texts)

    def to_dict(self):
        """Give everything as plain lists, numbers and strings.

        Returns
        -------
        dict
            `scores`, `mark`, `footnotes`, `settings`, `labels`, `confusion`,
            `intervals`, `per_class`, `per_subject`, `per_database`, `folds` and
            `predictions`; tables as lists of rows, what is not a number as None.
        """
        return as_dict(self)

    def save(self, folder):
        """Write `predictions.csv` and `result.json` to a folder.

        Each file appears complete or not at all, and `result.json` last.

        Parameters
        ----------
        folder : path
            Where to; made if it does not exist. Files of these names are replaced.

        Returns
        -------
        Path
            The folder.
        """
        return write_result(self, folder)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote.

        Parameters
        ----------
        folder : path
            Folder of the files.

        Returns
        -------
        Evaluation
            The result, of the same numbers to the last bit.

        Raises
        ------
        FileNotFoundError
            If there is no result in the folder.
        ValueError
            If `result.json` was not written by `save`.
        """
        return cls(**read_result(folder))

    def _counts(self, clips=None):
        clips = self.predictions if clips is None else clips
        return confusion(clips["true"], clips["predicted"], self.labels)


def _facts(clips):
    facts = {"clips": len(clips), "subjects": clips["subject"].nunique()}
    return facts | {"classes": clips["true"].nunique()}


def _macro_f1(clips):
    return macro_f1(confusion(clips["true"], clips["predicted"]))
