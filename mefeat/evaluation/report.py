"""The result of an evaluation: scores, tables, text and files."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat.base import whole_file
from mefeat.evaluation.counting import confusion
from mefeat.evaluation.describe import plain
from mefeat.evaluation.metrics import class_scores, macro_f1, scores


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What `evaluate` found: one prediction per clip, and all that follows from them.

    Every score is computed from the confusion matrix of all folds together, except
    `mean_fold_f1`.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `fold`,
        `true`, `predicted`, and columns `decision <class>` if the classifier has
        decision values; NaN for a class that the fold's training clips lack.
    folds : DataFrame
        One row per fold: `fold`, `n_train`, `n_test`, `seconds`, `best_params` of a
        search at the end of the estimator, or None.
    labels : ndarray of shape (n_classes,)
        Classes in the order of the tables.
    settings : dict
        Protocol, seed, estimator with its parameters, versions.
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

    def __repr__(self):
        """Show the scores in a line."""
        shown = ", ".join(f"{k} {v:.4f}" for k, v in self.scores.items())
        return f"Evaluation({self.settings['protocol']}: {shown})"

    def __str__(self):
        """Show scores and tables."""
        settings = self.settings
        head = (
            f"{settings['protocol']}: {len(self.predictions)} clips, "
            f"{settings['n_subjects']} subjects, {len(self.labels)} classes, "
            f"{len(self.folds)} folds"
        )
        lines = [f"{name:<13} {value:.4f}" for name, value in self.scores.items()]
        tables = self.per_class.round(4), self.confusion
        return "\n\n".join([head, "\n".join(lines), *(t.to_string() for t in tables)])

    def to_dict(self):
        """Give everything as plain lists, numbers and strings.

        Returns
        -------
        dict
            `scores`, `settings`, `labels`, `confusion`, `per_class`, `per_subject`,
            `folds` and `predictions`; tables as lists of rows, what is not a number
            as None.
        """
        tables = {
            "per_class": self.per_class.reset_index(),
            "per_subject": self.per_subject.reset_index(),
            "folds": self.folds,
            "predictions": self.predictions,
        }
        return plain(
            {
                "scores": self.scores,
                "settings": self.settings,
                "labels": self.labels,
                "confusion": self._counts(),
            }
            | {name: table.to_dict("records") for name, table in tables.items()}
        )

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
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False)
        with whole_file(folder / "predictions.csv") as part:
            self.predictions.to_csv(part, index=False)
        with whole_file(folder / "result.json") as part:
            part.write_text(text + "\n", encoding="utf-8")
        return folder

    def _counts(self):
        predictions = self.predictions
        return confusion(predictions["true"], predictions["predicted"], self.labels)


def _macro_f1(clips):
    return macro_f1(confusion(clips["true"], clips["predicted"]))
