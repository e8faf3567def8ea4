"""The result of an evaluation of action units."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mefeat.evaluation.marks import plain_signs
from mefeat.evaluation.result import Result

# Of what is counted: clips that show a unit and are said to, that show it, that are
# said to, and all.
_HITS, _SHOWN, _SAID, _ALL = range(4)


@dataclass(frozen=True, eq=False, repr=False)
class UnitEvaluation(Result):
    """What `evaluate_units` found: which units each clip shows, and is said to show.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `database`,
        `fold`, and for each unit `true <unit>` and `predicted <unit>`.
    folds : DataFrame
        One row per fold: `fold`, `n_train`, `n_test`, `seconds`, and `best_params` of a
        search at the end of the estimator, for each unit, or None.
    unit_names : list of str
        Units.
    settings : dict
        Protocol, selection, estimator with its parameters, versions.

    Notes
    -----
    F1 of a unit is 2 TP / (2 TP + FP + FN) of the pooled predictions, 0 where it is
    neither shown nor predicted.

    Of the draws of `intervals`, some may lack a database: it has no part in their mean
    over databases.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    unit_names: list
    settings: dict

    kind = "action units"
    names = "unit_names"
    baseline_text = "who always says every unit"

    @property
    def size(self):
        """Number of clips, subjects, databases and units, a dict."""
        names = {"subjects": "subject", "databases": "database"}
        counts = {k: self.predictions[name].nunique() for k, name in names.items()}
        units = {"units": len(self.unit_names)}
        return {"clips": len(self.predictions)} | counts | units

    @property
    def truth(self):
        """Subject, database and true units of each clip, a DataFrame."""
        units = [f"true {name}" for name in sorted(self.unit_names)]
        return self.predictions.set_index("clip")[["subject", "database", *units]]

    @property
    def baseline(self):
        """Scores of the guess that every clip shows every unit, a dict."""
        said = [f"predicted {name}" for name in self.unit_names]
        always = self.predictions.assign(**dict.fromkeys(said, True))
        return replace(self, predictions=always).scores

    @property
    def scores(self):
        """`mean_f1`, `mean_database_f1`, and the F1 of each unit, a dict."""
        pooled = self.subject_counts(self.unit_names).sum(axis=0)
        functions = self.statistics(self.unit_names)
        return {name: float(function(pooled)) for name, function in functions.items()}

    @property
    def f1(self):
        """F1 of each unit over all databases together, a Series."""
        rows = pd.Index(self.unit_names, name="unit")
        return self.marked(pd.Series(unit_f1(self._pooled()), rows))

    @property
    def mean_f1(self):
        """Mean of the F1 of all units."""
        return self.scores["mean_f1"]

    @property
    def mean_database_f1(self):
        """Mean over databases of the mean F1 of the units within each."""
        return self.scores["mean_database_f1"]

    @property
    def per_unit(self):
        """Clips, predictions, hits and scores of each unit, a DataFrame."""
        counts = self._pooled()
        hits, shown, said = counts[:, _HITS], counts[:, _SHOWN], counts[:, _SAID]
        columns = {"clips": shown, "predicted": said, "hits": hits}
        with np.errstate(invalid="ignore"):
            columns |= {"precision": hits / said, "recall": hits / shown}
        columns["f1"] = unit_f1(counts)
        rows = pd.Index(self.unit_names, name="unit")
        return self.marked(pd.DataFrame(columns, rows))

    @property
    def per_database(self):
        """F1 of each unit within each database, and their `mean`, a DataFrame."""
        counts = self.subject_counts(self.unit_names).sum(axis=0)
        databases = pd.Index(np.unique(self.predictions["database"]), name="database")
        table = pd.DataFrame(unit_f1(counts), databases, self.unit_names)
        return self.marked(table.assign(mean=table.mean(axis=1)))

    @property
    def per_subject(self):
        """Clips and units of each subject, shown, predicted and hit, a DataFrame."""
        subjects, counts = self._by_subject()
        counts = counts.sum(axis=1)
        units = counts.sum(axis=1)
        columns = {"clips": counts[:, 0, _ALL], "units shown": units[:, _SHOWN]}
        columns |= {"units predicted": units[:, _SAID], "hits": units[:, _HITS]}
        columns["f1"] = unit_f1(units)
        rows = pd.Index(subjects, name="subject")
        return self.marked(pd.DataFrame(columns, rows))

    @property
    def confusion(self):
        """Clips that show one unit (rows) and are said to show another, a DataFrame.

        The diagonal holds the hits. Units are shown together, so what lies beside the
        diagonal is no mistake by itself.
        """
        true, said = self._flags("true").astype(int), self._flags("predicted")
        index, columns = (
            pd.Index(self.unit_names, name=name) for name in ("true", "predicted")
        )
        return self.marked(pd.DataFrame(true.T @ said, index, columns))

    @property
    def tables(self):
        """All tables but predictions and folds, a dict of DataFrames."""
        tables = {"per_unit": self.per_unit, "per_database": self.per_database}
        return tables | {"confusion": self.confusion, "per_subject": self.per_subject}

    def statistics(self, answers):
        """Get the scores as functions of pooled counts.

        Parameters
        ----------
        answers : list of str
            Units in the order of the counts.

        Returns
        -------
        dict of str to callable
            Each gives a score for counts of shape (..., n_databases, n_units, 4).
        """
        functions = {"mean_f1": _mean_f1, "mean_database_f1": _mean_database_f1}
        return functions | {
            f"f1 {name}": lambda counts, unit=i: _f1(counts)[..., unit]
            for i, name in enumerate(answers)
        }

    def subject_counts(self, answers):
        """Count the clips of each subject by database and unit.

        Parameters
        ----------
        answers : list of str
            Units in the order of the counts.

        Returns
        -------
        ndarray of int, shape (n_subjects, n_databases, n_units, 4)
            Clips that show the unit and are said to, that show it, that are said to,
            and all, of subjects and databases in the order of their names.
        """
        return self._by_subject(answers)[1]

    @staticmethod
    def read_answers(values):
        """Get units as they were before they were saved.

        Parameters
        ----------
        values : list of str
            Units.

        Returns
        -------
        list of str
            The units.
        """
        return list(values)

    def __repr__(self):
        """Show the means in a line."""
        means = {"mean_f1": self.mean_f1, "mean_database_f1": self.mean_database_f1}
        shown = ", ".join(f"{k} {v:.4f}{self.mark}" for k, v in means.items())
        return plain_signs(f"UnitEvaluation({self.settings['protocol']}: {shown})")

    def _flags(self, what, answers=None):
        names = self.unit_names if answers is None else answers
        flags = self.predictions[[f"{what} {name}" for name in names]].to_numpy()
        if flags.dtype != bool:
            raise ValueError(f"{what} units must be True or False, got {flags.dtype}.")
        return flags

    def _pooled(self):
        return self.subject_counts(self.unit_names).sum(axis=(0, 1))

    def _by_subject(self, answers=None):
        true, said = (self._flags(what, answers) for what in ("true", "predicted"))
        counts = np.stack([true & said, true, said, np.ones_like(true)], axis=-1)
        coded = (
            np.unique(self.predictions[name].to_numpy(), return_inverse=True)
            for name in ("subject", "database")
        )
        (subjects, rows), (databases, columns) = coded
        shape = (len(subjects), len(databases), *counts.shape[1:])
        pooled = np.zeros(shape, dtype=int)
        np.add.at(pooled, (rows, columns), counts)
        return subjects, pooled


def unit_f1(counts):
    """Get the F1 of yes-or-no predictions.

    Parameters
    ----------
    counts : array-like of shape (..., 3 or more)
        Hits, clips that show the unit, and clips that are said to; more is not used.

    Returns
    -------
    ndarray of shape (...)
        2 TP / (2 TP + FP + FN), which is 2 hits / (shown + predicted); 0 without any.

    Examples
    --------
    >>> unit_f1([[1, 2, 1], [0, 0, 0]]).round(3).tolist()
    [0.667, 0.0]
    """
    counts = np.asarray(counts, dtype=float)
    total = counts[..., _SHOWN] + counts[..., _SAID]
    return np.divide(
        2 * counts[..., _HITS], total, out=np.zeros_like(total), where=total > 0
    )


def _f1(counts):
    """Get the F1 of each unit over all databases together."""
    return unit_f1(counts.sum(axis=-3))


def _mean_f1(counts):
    return _f1(counts).mean(axis=-1)


def _mean_database_f1(counts):
    """Average over the databases that have clips, all of them unless some are drawn."""
    present = counts[..., 0, _ALL] > 0
    means = unit_f1(counts).mean(axis=-1)
    return (means * present).sum(axis=-1) / present.sum(axis=-1)
