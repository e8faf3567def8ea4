"""Rows of numbers with classes and subjects, for tests of the evaluation."""

import numpy as np


def make_rows(seed=0, n_clips=48, n_subjects=6, n_classes=3):
    rng = np.random.default_rng(seed)
    y = np.array(["anger", "fear", "joy", "other"])[
        rng.integers(n_classes, size=n_clips)
    ]
    groups = np.array([f"s{i:02d}" for i in np.arange(n_clips) % n_subjects])
    centers = rng.normal(size=(26, 5))
    X = np.array([centers[ord(label[0]) - 97] for label in y])
    return X + 0.8 * rng.normal(size=X.shape), y, groups
