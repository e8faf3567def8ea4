"""Confidence intervals over subjects, and paired permutation tests."""

import numpy as np
import pandas as pd

# Scores that are equal on paper differ by rounding.
_TIE = 1e-12


def bootstrap(
    counts, functions, *, weighted=None, n_draws=10_000, level=0.95, random_state=0
):
    """Get intervals of statistics of pooled counts, by drawing subjects."""
    n_subjects = len(counts)
    if n_subjects < 2:
        raise ValueError(
            f"an interval over subjects needs at least two of them, got {n_subjects}."
        )
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}.")
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1, got {n_draws}.")
    rng = np.random.default_rng(random_state)
    drawn = rng.multinomial(n_subjects, np.full(n_subjects, 1 / n_subjects), n_draws)
    drawn = drawn.astype(float)
    flat = counts.reshape(n_subjects, -1)
    pooled = (drawn @ flat).reshape(n_draws, *counts.shape[1:])
    whole, once = counts.sum(axis=0)[None], np.ones((1, n_subjects))
    ends = [(1 - level) / 2, (1 + level) / 2]
    jobs = [(name, function, whole, pooled) for name, function in functions.items()]
    jobs += [(name, f, once, drawn) for name, f in (weighted or {}).items()]
    rows = {
        name: [function(all_of_them)[0], *np.quantile(function(draws), ends)]
        for name, function, all_of_them, draws in jobs
    }
    columns = ["value", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def mean_fold_f1(predictions, labels):
    """Make the mean of the folds' macro-F1 a function of the subjects that are drawn.

    Notes
    -----
    A fold counts as often as its subjects are drawn, on average, and its macro-F1 is
    that of the clips that are drawn. So if every fold is one subject, the subjects' own
    figures are drawn.
    """
    index = pd.Index(labels)
    rows, _ = pd.factorize(predictions["subject"], sort=True)
    columns, _ = pd.factorize(predictions["fold"])
    cells = (index.get_indexer(predictions[name]) for name in ("true", "predicted"))
    counts = np.zeros((rows.max() + 1, columns.max() + 1, len(index), len(index)))
    np.add.at(counts, (rows, columns, *cells), 1)
    member = counts.any(axis=(2, 3))
    share = member / member.sum(axis=0)
    # Folds of one subject have the same F1 however often that is drawn.
    alone = member.sum(axis=0) == 1
    fixed = share[:, alone] @ _fold_f1(counts[:, alone].sum(axis=0))
    several, weights = counts[:, ~alone], share[:, ~alone]

    def mean(drawn):
        pooled = np.tensordot(drawn, several, axes=1)
        total = drawn @ fixed + (drawn @ weights * _fold_f1(pooled)).sum(axis=1)
        return total / (drawn @ share.sum(axis=1))

    return mean


def _fold_f1(counts):
    """Average F1 over the classes that occur or are predicted; 0 without any."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    total = counts.sum(axis=-1) + counts.sum(axis=-2)
    f1 = np.divide(2 * hits, total, out=np.zeros_like(total), where=total > 0)
    return f1.sum(axis=-1) / np.maximum((total > 0).sum(axis=-1), 1)


def paired_permutation(
    counts_a, counts_b, functions, *, n_permutations=10_000, random_state=0
):
    """Test whether two methods differ, by swapping them subject by subject.

    Notes
    -----
    Subjects whom both methods treat alike change nothing, and are not swapped.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth, "Permutation p-values should never be zero",
       Statistical Applications in Genetics and Molecular Biology 9(1), 2010.
       https://doi.org/10.2202/1544-6115.1585
    """
    if n_permutations < 1:
        raise ValueError(f"n_permutations must be at least 1, got {n_permutations}.")
    counts_a, counts_b = np.asarray(counts_a, float), np.asarray(counts_b, float)
    shape = counts_a.shape[1:]
    change = (counts_b - counts_a).reshape(len(counts_a), -1)
    change = change[change.any(axis=1)]
    swaps, exact = _swaps(len(change), n_permutations, random_state)
    moved = (swaps @ change).reshape(len(swaps), *shape)
    a, b = counts_a.sum(axis=0)[None], counts_b.sum(axis=0)[None]
    p_values = {}
    for name, function in functions.items():
        observed = abs(function(a) - function(b))[0]
        differences = np.abs(function(a + moved) - function(b - moved))
        as_large = np.count_nonzero(differences >= observed - _TIE)
        # The swap that was observed is one of all: no p-value is zero.
        drawn = 0 if exact else 1
        p_values[name] = float((as_large + drawn) / (len(swaps) + drawn))
    return p_values, exact, len(swaps)


def _swaps(n_subjects, n_permutations, random_state):
    """Make all 0/1 rows if they are few, else draw some."""
    if 2**n_subjects <= n_permutations:
        rows = np.arange(2**n_subjects)[:, None] >> np.arange(n_subjects)
        return (rows & 1).astype(float), True
    rng = np.random.default_rng(random_state)
    return rng.integers(2, size=(n_permutations, n_subjects)).astype(float), False
