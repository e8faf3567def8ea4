"""Data to evaluate on: generated clips, databases of the user, pools of them."""

import numpy as np
from sklearn.utils import Bunch

from mefeat.datasets import (
    DATABASES,
    THREE_CLASSES,
    load_database,
    load_megc2019,
    make_clips,
    map_classes,
)
from mefeat.datasets._checking import find_database
from mefeat.facs import parse_action_units
from mefeat.model_selection import DATABASE_PROTOCOLS, PROTOCOLS

# Action units instead of classes, and each database held out in turn.
UNITS = "cd6me"
ACROSS = [*DATABASE_PROTOCOLS, UNITS]
ALL_PROTOCOLS = [*PROTOCOLS, *ACROSS]
CLASSES = ("own", "five", "three")
# Their sheets have no action units.
WITHOUT_UNITS = ("smic-hs", "smic-vis", "smic-nir", "megc2019")
CROPS = {"landmarks": True, "box": "box", "none": False}
STILL = "synthetic-still"
SYNTHETIC = {
    STILL: {"amplitude": 0.0},
    "synthetic": {"amplitude": 1.5},
    "synthetic-strong": {"amplitude": 3.0},
}
QUICK = {
    "n_subjects": 3,
    "n_per_class": 1,
    "classes": ("happiness", "disgust", "surprise"),
    "size": (96, 80),
}
NOTE = """\
synthetic: generated clips, the skin moves by up to 1.5 pixels (strong: 3). The still
ones show the same people without any expression: there all must stay at chance."""

# The composite of MEGC 2019, and under which names its parts may be there.
COMPOSITE = "megc2019"
PARTS = {"casme2": ("casme2",), "smic": ("smic-hs",), "samm": ("samm",)}
POOLED = "pooled"
NEUTRAL = "neutral"


def default_names(options):
    """Name the datasets that are judged on unless others are asked for."""
    if not options.data:
        return list(SYNTHETIC)
    if options.protocol in ACROSS:
        return [POOLED if len(options.data) > 1 else COMPOSITE]
    return [name for name in offered(options) if name not in (*SYNTHETIC, POOLED)]


def offered(options):
    """Name the datasets that can be judged on."""
    names = [*SYNTHETIC, *options.data]
    if COMPOSITE not in names and len(_parts(options.data)) == len(PARTS):
        names.append(COMPOSITE)
    if len(options.data) > 1:
        names.append(POOLED)
    return names


def class_maps(name):
    """Name the class maps of a dataset."""
    if name in SYNTHETIC:
        return ["own", "three"]
    return ["own"] if name == COMPOSITE else list(find_database(name).classes)


def parts_of(name, options):
    """Name the databases that a dataset consists of."""
    return list(options.data) if name == POOLED else [name]


def classes_of(name, options):
    """Tell which class map of a database is asked for."""
    others = "own" if name == COMPOSITE else options.classes[None]
    return options.classes.get(name, others)


def classes_text(options, dataset=None):
    """Write the class maps as `--classes` takes them."""
    chosen = options.datasets if dataset is None else [dataset.partition("/")[0]]
    names = {part: None for name in chosen for part in parts_of(name, options)}
    if "/" in (dataset or "") and dataset.partition("/")[2] in names:
        names = [dataset.partition("/")[2]]
    asked = {name: classes_of(name, options) for name in names}
    if len(set(asked.values())) == 1:
        return next(iter(asked.values()))
    return " ".join(f"{name}={classes}" for name, classes in asked.items())


def crop_of(name, options):
    """Tell how the faces of a dataset are cut out."""
    return False if name in SYNTHETIC else CROPS[options.crop]


def known_databases():
    """Name the databases that can be read."""
    return list(DATABASES)


def load(name, options, color=False):
    """Make or load a dataset."""
    if name in SYNTHETIC:
        return _generated(name, options, color)
    if name == POOLED:
        return _pool({part: _database(part, options) for part in options.data})
    return _database(name, options)


def load_neutral(name, options, color=False):
    """Make or load the clips in which the subjects of a dataset show no expression."""
    if name in SYNTHETIC:
        return _generated(STILL, options, color)
    if name == COMPOSITE and name not in options.data:
        names = {part: _name_of(part, options.data) for part in PARTS}
        return _pool({p: load_neutral(n, options, color) for p, n in names.items()})
    if name == POOLED:
        parts = {part: load_neutral(part, options, color) for part in options.data}
        return _pool(parts)
    emotions = {NEUTRAL: NEUTRAL}
    bunch = load_database(name, options.data[name], classes=emotions)
    return _judged(bunch)


def _generated(name, options, color):
    settings = SYNTHETIC[name] | (QUICK if options.quick else {})
    bunch = make_clips(
        **settings, color=color, random_state=options.seed, n_jobs=options.n_jobs
    )
    data = _judged(bunch)
    if classes_of(name, options) == "three":
        data.y = np.array(map_classes(data.y, THREE_CLASSES["synthetic"]))
        data.labels = np.unique(data.y)
    return data


def _database(name, options):
    if name == COMPOSITE and name not in options.data:
        return _judged(load_megc2019(_parts(options.data)))
    classes = classes_of(name, options)
    return _judged(load_database(name, options.data[name], classes=classes))


def _judged(bunch):
    databases = bunch.frame.get("database")
    return Bunch(
        clips=bunch.clips,
        y=bunch.target_names[bunch.target],
        groups=bunch.groups,
        labels=bunch.target_names,
        databases=None if databases is None else databases.to_numpy(),
        units=[parse_action_units(text) for text in bunch.frame["action_units"]],
    )


def _pool(parts):
    """Pool datasets; people get names of their own in each."""
    names = list(parts)
    counts = [len(part.clips) for part in parts.values()]
    databases = np.repeat(names, counts)
    groups = np.concatenate([part.groups for part in parts.values()])
    y = np.concatenate([part.y for part in parts.values()])
    return Bunch(
        clips=[clip for part in parts.values() for clip in part.clips],
        y=y,
        groups=np.char.add(np.char.add(databases, "/"), groups.astype(str)),
        labels=np.unique(y),
        databases=databases,
        units=[shown for part in parts.values() for shown in part.units],
    )


def _parts(data):
    found = {}
    for part in PARTS:
        name = _name_of(part, data)
        if name is not None:
            found[part] = data[name]
    return found


def _name_of(part, data):
    """Find the name under which a part of the composite is there, or None."""
    return next((name for name in PARTS[part] if name in data), None)
