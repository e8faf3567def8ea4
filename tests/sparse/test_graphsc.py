"""GraphSC: the dictionary, and the estimator that learns it."""

import tracemalloc

import numpy as np
import pytest
from samples import CLIPS, make_atoms, make_samples
from sklearn.base import clone
from sklearn.utils import estimator_checks

from mefeat.sparse import (
    GraphSC,
    SparseMDMO,
    graph_codes,
    graph_objective,
    self_expressive_graph,
)
from mefeat.sparse._graphsc import METRICS, update_dictionary


def fitted(**changes):
    settings = {"n_components": 16, "sparsity": 0.1, "random_state": 0, "tol": 0.0}
    return GraphSC(**(settings | changes)).fit(CLIPS)


# Dictionary


@pytest.mark.parametrize("n_atoms", [5, 14])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_dictionary_step_is_at_its_minimum(n_atoms, scale):
    rng = np.random.default_rng(0)
    samples, codes = make_samples(60), scale * rng.normal(size=(60, n_atoms))
    codes[rng.random(codes.shape) < 0.5] = 0
    before = make_atoms(n_atoms)
    squares = (samples**2).sum()
    atoms, gap = update_dictionary(codes.T @ codes, codes.T @ samples, squares, before)
    assert np.linalg.norm(atoms, axis=1).max() <= 1 + 1e-9
    assert 0 <= gap <= 1e-5 * squares
    error = ((samples - codes @ atoms) ** 2).sum()
    assert error < ((samples - codes @ before) ** 2).sum()
    # Projected gradient descent, slow and sure, finds nothing better.
    other, step = before, 0.5 / np.linalg.norm(codes, 2) ** 2
    for _ in range(3000):
        other = other + 2 * step * codes.T @ (samples - codes @ other)
        other /= np.maximum(1, np.linalg.norm(other, axis=1, keepdims=True))
    assert error <= ((samples - codes @ other) ** 2).sum() + 1e-6 * squares
    assert error - gap <= ((samples - codes @ other) ** 2).sum() + 1e-9 * squares


def test_atoms_that_no_code_uses_stay():
    atoms = make_atoms(3)
    codes = np.zeros((4, 3))
    codes[:, 1] = 1
    samples = make_samples(4)
    new, _ = update_dictionary(codes.T @ codes, codes.T @ samples, 100.0, atoms)
    np.testing.assert_array_equal(new[[0, 2]], atoms[[0, 2]])
    assert (new[1] != atoms[1]).any()


# The estimator


def test_objective_never_rises_and_atoms_stay_in_the_ball():
    model = fitted(max_iter=15)
    assert len(model.objective_) == len(model.dual_gap_) == model.n_iter_ > 3
    assert (np.diff(model.objective_) <= 1e-12 * model.objective_[0]).all()
    assert model.objective_[-1] < 0.95 * model.objective_[0]
    assert np.linalg.norm(model.components_, axis=1).max() <= 1 + 1e-9
    assert (model.dual_gap_ >= 0).all()
    assert model.dual_gap_.max() < 1e-3 * model.objective_[-1]


def test_codes_of_training_clips_are_those_of_the_fit():
    model = fitted(max_iter=4)
    parts = zip(CLIPS, model.transform(CLIPS), strict=True)
    again = sum(
        graph_objective(
            x,
            model.components_,
            s,
            self_expressive_graph(x),
            graph_weight=0.1,
            sparsity=0.1,
        )
        for x, s in parts
    )
    assert again == pytest.approx(model.objective_[-1], rel=1e-9)


def test_transform_reproduces_the_codes_of_the_fit(monkeypatch):
    from mefeat.sparse import _graphsc as graphsc

    seen = []

    def coded(*arguments, **options):
        seen.append(graph_codes(*arguments, **options))
        return seen[-1]

    monkeypatch.setattr(graphsc, "graph_codes", coded)
    model = fitted(max_iter=3)
    last = seen[-len(CLIPS) :]
    monkeypatch.undo()
    for own, new in zip(last, model.transform(CLIPS), strict=True):
        np.testing.assert_allclose(new, own, atol=1e-7)


def test_a_clip_is_coded_as_among_others():
    model = fitted(max_iter=2)
    together = model.transform(CLIPS)
    for samples, codes in zip(CLIPS, together, strict=True):
        np.testing.assert_array_equal(model.transform([samples])[0], codes)
    twice = model.transform([CLIPS[0], CLIPS[1], CLIPS[0].copy()])
    np.testing.assert_array_equal(twice[0], twice[2])


def test_order_of_clips_does_not_matter():
    model = fitted(max_iter=3)
    turned = GraphSC(16, sparsity=0.1, random_state=0, tol=0, max_iter=3)
    turned.fit(CLIPS[::-1])
    np.testing.assert_allclose(turned.objective_, model.objective_, rtol=1e-8)


def test_jobs_and_seeds():
    model = fitted(max_iter=3)
    for other in (fitted(max_iter=3, n_jobs=2), fitted(max_iter=3)):
        np.testing.assert_array_equal(other.components_, model.components_)
        np.testing.assert_array_equal(other.objective_, model.objective_)
    another = fitted(max_iter=3, random_state=1)
    assert (another.components_ != model.components_).any()


def test_memory_is_linear_in_the_samples():
    """Four times the samples take about four times the memory, never N x N."""

    def peak(n_clips):
        clips = [make_samples(20, seed=seed) for seed in range(n_clips)]
        tracemalloc.start()
        GraphSC(16, max_iter=1, random_state=0).fit(clips)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # what is loaded and compiled once
    few, many = peak(10), peak(40)
    assert many < 6 * few
    assert many < 8 * (40 * 20) ** 2 / 2  # half of an N x N matrix of floats


def test_it_stops_early():
    model = fitted(max_iter=50, tol=0.01)
    assert 1 < model.n_iter_ < 50
    falls = -np.diff(model.objective_) / model.objective_[:-1]
    assert falls[-1] <= 0.01 < falls[:-1].min()


def test_progress(capsys):
    fitted(max_iter=2, verbose=True)
    assert "objective=" in capsys.readouterr().err
    fitted(max_iter=2)
    assert capsys.readouterr().err == ""


def test_it_recovers_a_dictionary():
    rng = np.random.default_rng(0)
    atoms = make_atoms(6, 12)
    clips = []
    for _ in range(20):
        codes = np.zeros((10, 6))
        for row in codes:
            row[rng.choice(6, 2, replace=False)] = rng.choice([-3, 3], 2)
        clips.append(codes @ atoms)
    model = GraphSC(6, graph_weight=0, sparsity=1.0, max_iter=60, tol=0)
    model.set_params(random_state=0).fit(clips)
    likeness = np.abs(model.components_ @ atoms.T)
    assert likeness.max(axis=0).min() > 0.99


@pytest.mark.parametrize("metric", METRICS)
def test_metrics_differ_and_basic_has_none(metric):
    model = fitted(max_iter=2, metric=metric)
    assert np.isfinite(model.objective_).all()
    basic = fitted(max_iter=2, metric=metric, graph_weight=0)
    assert basic.objective_[-1] < model.objective_[-1]
    np.testing.assert_array_equal(
        basic.components_, fitted(max_iter=2, graph_weight=0).components_
    )


def test_short_clips_and_still_clips():
    clips = [*CLIPS, make_samples(1), make_samples(2), np.zeros((8, 9))]
    model = GraphSC(16, random_state=0, max_iter=2).fit(clips)
    codes = model.transform(clips)
    assert [len(c) for c in codes] == [len(c) for c in clips]
    assert all(np.isfinite(c).all() for c in codes) and not codes[-1].any()


def test_nothing_but_zeros():
    model = GraphSC(4, random_state=0).fit([np.zeros((5, 3))])
    assert not model.transform([np.zeros((5, 3))])[0].any()
    assert model.objective_.tolist() == [0.0]


@pytest.mark.parametrize(
    ("X", "kind", "message"),
    [
        ([np.full((5, 3), np.nan)], ValueError, r"X\[0\]\[0\] holds a number"),
        ([np.ones((5, 3))], ValueError, "n_components=16 is more than the 5 samples"),
        (
            [np.ones((9, 3)), np.ones((9, 4))],
            ValueError,
            r"X\[1\] must have samples of 3",
        ),
        ([np.ones((9, 3)), np.ones(3)], ValueError, r"X\[1\] must be of shape"),
        ([np.ones((0, 3))], ValueError, r"X\[0\] must be of shape"),
        ([], ValueError, "at least one clip"),
        (np.ones((20, 3)), TypeError, "got a single array"),
        (3, TypeError, "must be a list of arrays, got int"),
    ],
)
def test_bad_clips(X, kind, message):
    with pytest.raises(kind, match=message):
        GraphSC(16).fit(X)


def test_transform_wants_samples_like_those_of_fit():
    model = fitted(max_iter=1)
    with pytest.raises(
        ValueError, match=r"X\[0\] must have samples of 9 numbers, got 4"
    ):
        model.transform([np.ones((5, 4))])


@pytest.mark.parametrize("estimator", [GraphSC(), SparseMDMO()], ids=repr)
@pytest.mark.parametrize(
    "check",
    [
        "estimator_cloneable",
        "estimator_repr",
        "no_attributes_set_in_init",
        "parameters_default_constructible",
        "get_params_invariance",
        "set_params",
        "do_not_raise_errors_in_init_or_set_params",
        "mixin_order",
        "valid_tag_types",
        "estimator_tags_renamed",
    ],
)
def test_scikit_learn(estimator, check):
    name = type(estimator).__name__
    getattr(estimator_checks, f"check_{check}")(name, clone(estimator))


@pytest.mark.parametrize(
    "change", [{"sparsity": 0}, {"graph_weight": -1}, {"metric": "l1"}, {"tol": -1}]
)
def test_bad_parameters(change):
    with pytest.raises(ValueError, match=f"The '{next(iter(change))}' parameter"):
        fitted(**change)
