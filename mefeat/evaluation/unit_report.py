"""The result of an evaluation of action units."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mefeat.evaluation.describe import plain
from mefeat.evaluation.saving import write_result
from mefeat.evaluation.statistics import bootstrap


@dataclass(frozen=True, eq=False, repr=False)
class UnitEvaluation:
    """What `evaluate_units` found: which units each clip shows, and is said to show.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `database`,
        `fold`, and for each unit `true <unit>` and `predicted <unit>`.
    unit_names : list of str
        Units.
    settings : dict
        Protocol, estimator with its parameters, versions.

    Notes
    -----
    F1 of a unit is 2 TP / (2 TP + FP + FN) of the pooled predictions, 0 where it is
    neither shown nor predicted.
    """

    predictions: pd.DataFrame
    unit_names: list
    settings: dict

    @property
    def f1(self):
        """F1 of each unit over all databases together, a Series."""
        return pd.Series(unit_f1(self._counts().sum(axis=0)), self.unit_names)

    @property
    def mean_f1(self):
        """Mean of the F1 of all units."""
        return float(self.f1.mean())

    @property
    def per_unit(self):
        """Clips, predictions, hits and scores of each unit, a DataFrame."""
        counts = self._counts().sum(axis=0)
        hits, shown, said = counts.T
        columns = {"clips": shown, "predicted": said, "hits": hits}
        with np.errstate(invalid="ignore"):
            columns |= {"precision": hits / said, "recall": hits / shown}
        columns["f1"] = unit_f1(counts)
        return pd.DataFrame(columns, index=pd.Index(self.unit_names, name="unit"))

    @property
    def per_database(self):
        """F1 of each unit within each database, and their `mean`, a DataFrame."""
        rows = {
            name: unit_f1(self._counts(clips).sum(axis=0))
            for name, clips in self.predictions.groupby("database")
        }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=self.unit_names)
        return table.assign(mean=table.mean(axis=1)).rename_axis("database")

    @property
    def mean_database_f1(self):
        """Mean over databases of the mean F1 of the units within each."""
        return float(self.per_database["mean"].mean())

    def intervals(self, *, n_draws=10_000, level=0.95, random_state=0):
        """Get intervals of the F1 of each unit and of their mean, over subjects.

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
            A row for each unit and for `mean_f1`: `value`, `low` and `high`.
        """
        functions = {
            name: lambda counts, unit=i: unit_f1(counts)[:, unit]
            for i, name in enumerate(self.unit_names)
        }
        functions["mean_f1"] = lambda counts: unit_f1(counts).mean(axis=-1)
        return bootstrap(
            self._counts(),
            functions,
            n_draws=n_draws,
            level=level,
            random_state=random_state,
        )

    def __repr__(self):
        """Show the means in a line."""
        return (
            f"UnitEvaluation({self.settings['protocol']}: mean_f1 {self.mean_f1:.4f}, "
            f"mean_database_f1 {self.mean_database_f1:.4f})"
        )

    def __str__(self):
        """Show scores and tables."""
        head = (
            f"{self.settings['protocol']}: {len(self.predictions)} clips, "
            f"{len(self.per_database)} databases, {len(self.unit_names)} action units"
        )
        means = (
            f"mean_f1           {self.mean_f1:.4f}\n"
            f"mean_database_f1  {self.mean_database_f1:.4f}"
        )
        tables = self.per_unit.round(4), self.per_database.T.round(4)
        return "\n\n".join([head, means, *(table.to_string() for table in tables)])

    def to_frame(self, name=None):
        """Give what was asked and what was found as one row.

        Parameters
        ----------
        name : str, optional
            Name of the row, by default the class of the estimator.

        Returns
        -------
        DataFrame
            One row: protocol, estimator, counts, means, and the F1 of each unit.
        """
        settings = self.settings
        row = {"protocol": settings["protocol"]}
        row |= {"estimator": settings["estimator"]["name"]}
        row |= {"n_clips": len(self.predictions), "n_databases": len(self.per_database)}
        row |= {"mean_f1": self.mean_f1, "mean_database_f1": self.mean_database_f1}
        row |= {f"f1 {unit}": value for unit, value in self.f1.items()}
        return pd.DataFrame([row], index=[row["estimator"] if name is None else name])

    def to_dict(self):
        """Give everything as plain lists, numbers and strings.

        Returns
        -------
        dict
            `scores`, `settings`, `unit_names`, `per_unit`, `per_database` and
            `predictions`; tables as lists of rows, what is not a number as None.
        """
        tables = {
            "per_unit": self.per_unit.reset_index(),
            "per_database": self.per_database.reset_index(),
            "predictions": self.predictions,
        }
        means = {"mean_f1": self.mean_f1, "mean_database_f1": self.mean_database_f1}
        return plain(
            {
                "scores": means,
                "settings": self.settings,
                "unit_names": self.unit_names,
            }
            | {name: table.to_dict("records") for name, table in tables.items()}
        )

    def save(self, folder):
        """Write `predictions.csv` and, last, `result.json` to a folder.

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

    def _counts(self, clips=None):
        """Count hits, clips and predictions: (n_subjects, n_units, 3)."""
        clips = self.predictions if clips is None else clips
        true = clips[[f"true {name}" for name in self.unit_names]].to_numpy(bool)
        said = clips[[f"predicted {name}" for name in self.unit_names]].to_numpy(bool)
        counts = np.stack([true & said, true, said], axis=-1).astype(int)
        subjects, codes = np.unique(clips["subject"], return_inverse=True)
        pooled = np.zeros((len(subjects), *counts.shape[1:]), dtype=int)
        np.add.at(pooled, codes, counts)
        return pooled


def unit_f1(counts):
    """Get the F1 of yes-or-no predictions.

    Parameters
    ----------
    counts : array-like of shape (..., 3)
        Hits, clips that show the unit, and clips that are said to.

    Returns
    -------
    ndarray of shape (...)
        2 TP / (2 TP + FP + FN), which is 2 hits / (shown + predicted); 0 without any.

    Examples
    --------
    >>> unit_f1([[1, 2, 1], [0, 0, 0]]).round(3).tolist()
    [0.667, 0.0]
    """
    hits, shown, said = np.moveaxis(np.asarray(counts, dtype=float), -1, 0)
    total = shown + said
    return np.divide(2 * hits, total, out=np.zeros_like(total), where=total > 0)
