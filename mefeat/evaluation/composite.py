"""One pool of several databases, in classes that they share."""

import numpy as np
from sklearn.utils import Bunch


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
