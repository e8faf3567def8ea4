"""Comparison of two results on the same clips, and composite databases."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat.evaluation._results import footnotes, plain, plain_signs
from mefeat.evaluation._statistics import bootstrap, paired_permutation


def composite(bunches, class_maps):
    """Pool databases, as the composite protocol of MEGC 2019 does.

    Parameters
    ----------
    bunches : dict of str to Bunch
        Databases by name, as loaders and `make_clips` give them: `clips`, `target`,
        `target_names` and `groups`.
    class_maps : dict of str to dict
        For each database the class that each of its classes counts as. Clips of
        classes that the map does not name are left out.

    Returns
    -------
    Bunch
        With the fields

        - `clips`, the clips of all databases in the order of `bunches`;
        - `target`, the classes as indices into `target_names`, which are sorted;
        - `y`, the names of the classes;
        - `groups`, the subjects as "database/subject", so that "01" of one database
          is not "01" of another;
        - `databases`, the name of the database of each clip;
        - `index`, the place of each clip in its own database.

    Raises
    ------
    ValueError
        If a database has no class map, or no clip of a class that its map names.

    Notes
    -----
    The protocol [1]_ leaves one subject out of the pool at a time, and scores each
    database and all of them by the pooled predictions: `evaluate` with `databases`,
    and `Evaluation.per_database` of its result. `mefeat.datasets.THREE_CLASSES` has
    its class maps.

    References
    ----------
    .. [1] J. See, M. H. Yap, J. Li, X. Hong, S.-J. Wang, "MEGC 2019 - The second facial
       micro-expressions grand challenge", FG, 2019.
       https://doi.org/10.1109/FG.2019.8756611

    Examples
    --------
    >>> one = Bunch(clips=["a", "b"], target=[0, 1], target_names=["joy", "fear"])
    >>> two = Bunch(clips=["c"], target=[0], target_names=["surprise"])
    >>> one["groups"], two["groups"] = ["01", "02"], ["01"]
    >>> pool = composite(
    ...     {"one": one, "two": two},
    ...     {"one": {"joy": "positive"}, "two": {"surprise": "surprise"}},
    ... )
    >>> pool.clips, pool.y.tolist(), pool.groups.tolist()
    (['a', 'c'], ['positive', 'surprise'], ['one/01', 'two/01'])
    """
    missing = [name for name in bunches if name not in class_maps]
    if missing or not bunches:
        raise ValueError(
            f"composite needs databases and a class map for each, got {list(bunches)} "
            f"and maps of {list(class_maps)}."
        )
    pool = Bunch(clips=[], y=[], groups=[], databases=[], index=[])
    for name, bunch in bunches.items():
        emotions = np.asarray(bunch.target_names)[np.asarray(bunch.target)].tolist()
        classes = [class_maps[name].get(emotion) for emotion in emotions]
        kept = [place for place, label in enumerate(classes) if label is not None]
        if not kept:
            raise ValueError(
                f"no clip of {name!r} is of a class that its map names: it has "
                f"{sorted(set(emotions))}, the map {sorted(class_maps[name])}."
            )
        pool.clips += [bunch.clips[place] for place in kept]
        pool.y += [classes[place] for place in kept]
        pool.groups += [f"{name}/{bunch.groups[place]}" for place in kept]
        pool.databases += [name] * len(kept)
        pool.index += kept
    for field in "y", "groups", "databases", "index":
        pool[field] = np.array(pool[field])
    pool.target_names, pool.target = np.unique(pool.y, return_inverse=True)
    return pool


# Settings that should be the same in both results.
_SETTINGS = ("selection", "n_splits", "random_state", "platform")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Result of `compare`.

    Parameters
    ----------
    table : DataFrame
        A row for each score: both values, `difference` of the first and the second,
        `low` and `high` of its 95 % interval, `p_value`.
    settings : dict
        Subjects, clips, swaps, whether the test is exact, seed, protocols, and as
        `differences` what else of the settings is not the same, such as versions.
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
        differences = [
            f"not the same: {name} {first} and {second}"
            for name, (first, second) in facts["differences"].items()
        ]
        lines = [head, "", table, "", tail, *self.footnotes, *differences]
        return plain_signs("\n".join(lines))


def compare(
    result_a, result_b, *, names=("a", "b"), n_permutations=10_000, random_state=0
):
    """Compare two methods on the same clips by a permutation test over subjects.

    Parameters
    ----------
    result_a, result_b : Evaluation or UnitEvaluation
        Results, both of classes or both of action units.
    names : tuple of str, default=("a", "b")
        Names of the two in the table.
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
        If the results are not of the same clips, subjects and classes or units, or the
        names not two different ones.
    TypeError
        If one is of classes and the other of action units.

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
    answers = result_a.answers
    results = result_a, result_b
    marked = [f"{name}{one.mark}" for name, one in zip(names, results, strict=False)]
    if len(names) != 2 or marked[0] == marked[1]:
        raise ValueError(f"names must be two that differ, got {names!r}.")
    counts = [result._subject_counts(answers) for result in results]
    functions = result_a._statistics(answers)
    p_values, exact, n_swaps = paired_permutation(
        *counts, functions, n_permutations=n_permutations, random_state=random_state
    )
    table = _values(counts, functions, marked)
    table[["low", "high"]] = np.nan
    if len(counts[0]) > 1:
        table[["low", "high"]] = _intervals(counts, functions, random_state)
    table["p_value"] = pd.Series(p_values)
    return Comparison(
        table=table,
        settings={
            "protocols": sorted({result.settings["protocol"] for result in results}),
            "n_clips": len(result_a.predictions),
            "n_subjects": len(counts[0]),
            "n_swaps": n_swaps,
            "exact": exact,
            "random_state": random_state,
            "differences": _differences(*(result.settings for result in results)),
        },
        footnotes=footnotes(*(result.mark for result in results)),
    )


def _values(counts, functions, names):
    pooled = [count.sum(axis=0) for count in counts]
    first, second = names
    rows = {
        name: [float(function(one)) for one in pooled]
        for name, function in functions.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    table["difference"] = table[first] - table[second]
    return table


def _intervals(counts, functions, random_state):
    def difference(score):
        return lambda both: score(both[:, 0]) - score(both[:, 1])

    functions = {name: difference(score) for name, score in functions.items()}
    both = np.stack(counts, axis=1)
    return bootstrap(both, functions, random_state=random_state)[["low", "high"]]


def _differences(*settings):
    """Find what besides the methods differs, as {name: (first, second)}."""
    first, second = (
        {name: found.get(name) for name in _SETTINGS} | found.get("versions", {})
        for found in map(plain, settings)
    )
    names = [*first, *(name for name in second if name not in first)]
    pairs = {name: (first.get(name), second.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _check_same(result_a, result_b):
    if type(result_a) is not type(result_b):
        raise TypeError(
            "the results must be of one kind, got "
            f"{type(result_a).__name__} and {type(result_b).__name__}."
        )
    if set(result_a.answers) != set(result_b.answers):
        raise ValueError(
            f"the results must be of the same {result_a.kind}, got "
            f"{result_a.answers} and {result_b.answers}."
        )
    a, b = result_a.truth, result_b.truth
    if not a.index.equals(b.index):
        strange = a.index.symmetric_difference(b.index)
        raise ValueError(
            "the results must be of the same clips, but only one holds out clip "
            f"{strange[0]}."
        )
    for name in a.columns:
        differ = a[name].to_numpy(dtype=object) != b[name].to_numpy(dtype=object)
        if differ.any():
            clip = a.index[np.argmax(differ)]
            raise ValueError(
                f"the results must be of the same clips, but {name!r} of clip {clip} "
                f"is {a.at[clip, name]!r} in one and {b.at[clip, name]!r} in the "
                "other."
            )
