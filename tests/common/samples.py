"""Samples and atoms for the tests of sparse coding."""

import numpy as np


def make_samples(n_samples=12, n_features=9, seed=0):
    """Smooth paths of a few directions with noise, without minus signs."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, n_samples)[:, None]
    paths = np.hstack([time, time**2, np.sin(3 * time)])
    return paths @ rng.random((3, n_features)) + 0.1 * rng.random(
        (n_samples, n_features)
    )


def make_atoms(n_components=14, n_features=9, seed=1):
    atoms = np.random.default_rng(seed).normal(size=(n_components, n_features))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


CLIPS = [make_samples(n, seed=n) for n in (12, 9, 15, 7)]
