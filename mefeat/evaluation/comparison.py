"""Two results on the same clips beside each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mefeat.evaluation.marks import footnotes, mark_of
from mefeat.evaluation.metrics import SCORES
from mefeat.evaluation.statistics import (
    bootstrap,
    paired_permutation,
    subject_counts,
)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What `compare` found.

    Parameters
    ----------
    table : DataFrame
        A row for each score: both values, `difference` of the first and the second,
        `low` and `high` of its 95 % interval, `p_value`.
    settings : dict
        Subjects, clips, swaps, whether the test is exact, seed, protocols.
    footnotes : list of str
        What the signs in the table mean.
    """

    table: pd.DataFrame
    settings: dict
    footnotes: list

    def __repr__(self):
        """Show the p-values in a line."""
        shown = ", ".join(f"{k} p = {v:.4g}" for k, v in self.table["p_value"].items())
        first, second = self.table.columns[:2]
        return f"Comparison({first} and {second}: {shown})"

    def __str__(self):
        """Show the table and how it came about."""
        facts = self.settings
        kind = "all" if facts["exact"] else f"seed {facts['random_state']},"
        head = (
            f"{' / '.join(facts['protocols'])}: {facts['n_clips']} clips, "
            f"{facts['n_subjects']} subjects"
        )
        tail = (
            "low, high: 95 % interval of the difference, by drawing subjects\n"
            f"p_value: paired permutation test over subjects, {kind} "
            f"{facts['n_swaps']} swaps"
        )
        table = self.table.round(4).to_string()
        return "\n".join([head, "", table, "", tail, *self.footnotes])


def compare(
    result_a, result_b, *, names=("a", "b"), n_permutations=10_000, random_state=0
):
    """Compare two methods on the same clips by a permutation test over subjects.

    Parameters
    ----------
    result_a, result_b : Evaluation
        Results.
    names : tuple of str, default=("a", "b")
        What to call them in the table.
    n_permutations : int, default=10000
        Swaps drawn at random; with few subjects all are made and the test is exact.
    random_state : int, default=0
        Seed of swaps and intervals.

    Returns
    -------
    Comparison
        Both scores, their difference, its interval and p-value.

    Raises
    ------
    ValueError
        If the results are not of the same clips, subjects and classes.

    Notes
    -----
    If the methods are alike, it makes no difference which of them a subject's
    predictions come from. So both are swapped, subject by subject, and the p-value is
    the share of swaps with a difference at least as large as that observed. Clips of
    one subject are not independent, which is why subjects are swapped, not clips.
    P-values of several scores or of many pairs of methods are not corrected for their
    number.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation import evaluate
    >>> X, y = [[0.0], [9.0]] * 4, ["low", "high"] * 4
    >>> subjects = [1, 1, 2, 2, 3, 3, 4, 4]
    >>> nearest = evaluate(KNeighborsClassifier(1), X, y, subjects)
    >>> always = evaluate(DummyClassifier(), X, y, subjects)
    >>> found = compare(nearest, always)
    >>> found.table.loc["accuracy", ["a", "b", "p_value"]].tolist()  # 2 / 2 ** 4
    [1.0, 0.5, 0.125]
    """
    _check_same(result_a, result_b)
    labels = result_a.labels
    counts_a, counts_b = (
        subject_counts(result.predictions, labels) for result in (result_a, result_b)
    )
    p_values, exact, n_swaps = paired_permutation(
        counts_a,
        counts_b,
        SCORES,
        n_permutations=n_permutations,
        random_state=random_state,
    )
    table = _values(counts_a, counts_b, names, result_a, result_b)
    if len(counts_a) > 1:
        table[["low", "high"]] = _intervals(counts_a, counts_b, random_state)
    table["p_value"] = pd.Series(p_values)
    return Comparison(
        table=table,
        settings={
            "protocols": sorted({r.settings["protocol"] for r in (result_a, result_b)}),
            "n_clips": len(result_a.predictions),
            "n_subjects": len(counts_a),
            "n_swaps": n_swaps,
            "exact": exact,
            "random_state": random_state,
        },
        footnotes=footnotes(mark_of(result_a.settings), mark_of(result_b.settings)),
    )


def _values(counts_a, counts_b, names, result_a, result_b):
    a, b = counts_a.sum(axis=0), counts_b.sum(axis=0)
    first, second = (
        f"{name}{mark_of(result.settings)}"
        for name, result in zip(names, (result_a, result_b), strict=True)
    )
    if first == second:
        raise ValueError(f"names must differ, got {names[0]!r} twice.")
    rows = {name: [score(a), score(b)] for name, score in SCORES.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[first, second])
    table["difference"] = table[first] - table[second]
    return table


def _intervals(counts_a, counts_b, random_state):
    def difference(score):
        return lambda both: score(both[:, 0]) - score(both[:, 1])

    functions = {name: difference(score) for name, score in SCORES.items()}
    both = np.stack([counts_a, counts_b], axis=1)
    return bootstrap(both, functions, random_state=random_state)[["low", "high"]]


def _check_same(result_a, result_b):
    if set(result_a.labels.tolist()) != set(result_b.labels.tolist()):
        raise ValueError(
            "the results must be of the same classes, got "
            f"{result_a.labels.tolist()} and {result_b.labels.tolist()}."
        )
    tables = [result.predictions for result in (result_a, result_b)]
    clips = [table["clip"].to_numpy() for table in tables]
    if not np.array_equal(*clips):
        strange = np.setxor1d(*clips)
        raise ValueError(
            f"the results must be of the same clips, but only one holds out clip "
            f"{strange[0]}."
        )
    for name in "subject", "true":
        a, b = (table[name].to_numpy(dtype=object) for table in tables)
        if not np.array_equal(a, b):
            place = np.flatnonzero(a != b)[0]
            raise ValueError(
                f"the results must be of the same clips, but {name!r} of clip "
                f"{clips[0][place]} is {a[place]!r} in one and {b[place]!r} in the "
                "other."
            )
