"""How sure a score is: intervals over subjects, and the difference of two methods."""

import numpy as np
import pandas as pd

from mefeat.evaluation.counting import confusion

# Scores that are equal on paper differ by rounding.
_TIE = 1e-12


def subject_counts(predictions, labels):
    """Count clips by true and predicted class, subject by subject.

    Parameters
    ----------
    predictions : DataFrame
        Columns `subject`, `true` and `predicted`.
    labels : array-like of shape (n_classes,)
        Classes.

    Returns
    -------
    ndarray of int, shape (n_subjects, n_classes, n_classes)
        A confusion matrix for each subject, in the order of their names.

    Examples
    --------
    >>> rows = [(1, "a", "a"), (2, "a", "b"), (2, "b", "b")]
    >>> table = pd.DataFrame(rows, columns=["subject", "true", "predicted"])
    >>> subject_counts(table, ["a", "b"]).tolist()
    [[[1, 0], [0, 0]], [[0, 1], [0, 1]]]
    """
    by_subject = predictions.groupby("subject", sort=True)
    return np.stack(
        [confusion(part["true"], part["predicted"], labels) for _, part in by_subject]
    )


def bootstrap(
    counts, functions, *, weighted=None, n_draws=10_000, level=0.95, random_state=0
):
    """Get intervals of statistics of pooled counts, by drawing subjects.

    Parameters
    ----------
    counts : ndarray of shape (n_subjects, ...)
        Counts of each subject.
    functions : dict of str to callable
        Each gives statistics of shape (n_draws,) for pooled counts of shape
        (n_draws, ...).
    weighted : dict of str to callable, optional
        Each gives statistics of shape (n_draws,) for how often each subject is drawn,
        of shape (n_draws, n_subjects).
    n_draws : int, default=10000
        How often as many subjects are drawn as there are, with replacement.
    level : float, default=0.95
        Share of the draws within the interval.
    random_state : int, default=0
        Seed.

    Returns
    -------
    DataFrame
        A row for each function, with `value`, that of all subjects, `low` and `high`.

    Raises
    ------
    ValueError
        If there are fewer than two subjects, no draws, or `level` is not between 0 and
        1.

    Examples
    --------
    >>> counts = np.array([[3, 1], [3, 1]])  # of two subjects: clips, correct ones
    >>> share = {"share": lambda pooled: pooled[:, 1] / pooled[:, 0]}
    >>> bootstrap(counts, share, n_draws=10).round(3).to_dict("index")
    {'share': {'value': 0.333, 'low': 0.333, 'high': 0.333}}
    """
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

    Parameters
    ----------
    predictions : DataFrame
        Columns `subject`, `fold`, `true` and `predicted`.
    labels : array-like of shape (n_classes,)
        Classes.

    Returns
    -------
    callable
        For `bootstrap`: gives means of shape (n_draws,) for how often each subject is
        drawn, in the order of their names.

    Notes
    -----
    A fold counts as often as its subjects are drawn, on average, and its macro-F1 is
    that of the clips that are drawn. So if every fold is one subject, the subjects' own
    figures are drawn.

    Examples
    --------
    >>> rows = [(1, 1, "a", "a"), (2, 2, "a", "b")]
    >>> names = ["subject", "fold", "true", "predicted"]
    >>> function = mean_fold_f1(pd.DataFrame(rows, columns=names), ["a", "b"])
    >>> function(np.array([[1, 1], [2, 0], [3, 1]])).tolist()  # F1 of 1 and of 0
    [0.5, 1.0, 0.75]
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

    Parameters
    ----------
    counts_a, counts_b : ndarray of shape (n_subjects, ...)
        Counts of the same subjects by both methods.
    functions : dict of str to callable
        Each gives statistics of shape (n_draws,) for pooled counts of shape
        (n_draws, ...).
    n_permutations : int, default=10000
        Swaps drawn at random; if there are no more different ones than this, each is
        made once and the test is exact.
    random_state : int, default=0
        Seed.

    Returns
    -------
    p_values : dict of str to float
        Two-sided: share of the swaps with a difference at least as large.
    exact : bool
        Whether all swaps were made.
    n_swaps : int
        Their number.

    Raises
    ------
    ValueError
        If `n_permutations` is less than one.

    Notes
    -----
    Subjects whom both methods treat alike change nothing, and are not swapped.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth, "Permutation p-values should never be zero",
       Statistical Applications in Genetics and Molecular Biology 9(1), 2010.
       https://doi.org/10.2202/1544-6115.1585

    Examples
    --------
    >>> better, worse = np.array([[1], [1]]), np.array([[0], [0]])
    >>> correct = {"correct": lambda pooled: pooled[:, 0]}
    >>> paired_permutation(better, worse, correct)  # 2, 0, 0 or -2 clips more
    ({'correct': 0.5}, True, 4)
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
