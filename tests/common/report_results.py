"""Results with names that try to be code, for tests of the report."""

import matplotlib
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import evaluate, evaluate_units

matplotlib.use("Agg")

CLASSES = np.array(["joy", "fear", "anger"])
EVIL = "<script>alert(1)</script>"


def judged(model, n_subjects=4, **options):
    rng = np.random.default_rng(0)
    y = np.tile(CLASSES, 2 * n_subjects)
    X = (y[:, None] == CLASSES) + rng.normal(0, 0.4, (len(y), 3))
    groups = np.repeat([f"s{i}" for i in range(n_subjects)], 6)
    return evaluate(model, X, y, groups, **options)


def judged_units(model=None, names=("AU1", EVIL)):
    rng = np.random.default_rng(0)
    units = rng.integers(2, size=(24, 2)).astype(bool)
    X = units + rng.normal(0, 0.4, units.shape)
    groups, databases = np.repeat(list("abcd"), 6), np.repeat(["casme2", EVIL], 12)
    model = model or KNeighborsClassifier(3)
    options = {"groups": groups, "unit_names": list(names)}
    return evaluate_units(model, X, units, databases, **options)


def make_results():
    """Three datasets, with names that try to be code, one of action units."""
    good, dull = judged(KNeighborsClassifier(3)), judged(DummyClassifier())
    good.settings["selection"] = "oracle"
    dull.settings["transductive"] = True
    second = judged(KNeighborsClassifier(1), 3)
    first = {"nearest": good, EVIL: dull}
    return {
        "first": first,
        "second & last": {"one": second},
        EVIL: {"units": judged_units()},
    }
