"""Rows of numbers with classes and subjects, for tests of the evaluation."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import evaluate

# A grid of sixteen points of the SVM.
SMALL = {"degree": (2, 3), "coef0": (0, 1), "gamma": (0.01, 1.0), "C": (0.1, 10)}


def make_rows(seed=0, n_clips=48, n_subjects=6, n_classes=3):
    rng = np.random.default_rng(seed)
    y = np.array(["anger", "fear", "joy", "other"])[
        rng.integers(n_classes, size=n_clips)
    ]
    groups = np.array([f"s{i:02d}" for i in np.arange(n_clips) % n_subjects])
    centers = rng.normal(size=(26, 5))
    X = np.array([centers[ord(label[0]) - 97] for label in y])
    return X + 0.8 * rng.normal(size=X.shape), y, groups


def make_features(kind, n_clips=60, n_subjects=6, n_classes=4, seed=0):
    """Rows with a subject's own offset and a weak trace of the class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_clips)
    groups = np.arange(n_clips) % n_subjects
    if kind == "gaussian":
        centers = rng.normal(size=(n_classes, 20))
        subjects = rng.normal(size=(n_subjects, 20))
        X = 0.6 * centers[y] + 0.5 * subjects[groups]
        return X + 0.7 * rng.normal(size=X.shape), y, groups
    n_blocks, n_bins = 8, 59
    base = rng.dirichlet(np.full(n_bins, 0.3), size=n_blocks)
    classes = rng.dirichlet(np.full(n_bins, 0.3), size=(n_classes, n_blocks))
    subjects = rng.dirichlet(np.full(n_bins, 0.3), size=(n_subjects, n_blocks))
    share = base + 0.15 * classes[y] + 0.3 * subjects[groups]
    share /= share.sum(axis=-1, keepdims=True)
    X = rng.multinomial(500, share) / 500
    return X.reshape(n_clips, -1), y, groups


def judge_rows(model=None, n_subjects=6):
    return evaluate(model or KNeighborsClassifier(), *make_rows(n_subjects=n_subjects))
