"""GraphSC and sparse MDMO: minima are checked, not assumed."""

import tracemalloc
import warnings

import naive_sparse as naive
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from mefeat import ClipPipeline
from mefeat.methods import METHODS
from mefeat.motion import MDMOSequence
from mefeat.sparse import (
    METRICS,
    GraphSC,
    SparseMDMO,
    graph_codes,
    graph_laplacian,
    graph_objective,
    neighbor_graph,
    pool_codes,
    self_expressive_distance,
    self_expressive_graph,
    update_dictionary,
)
from mefeat.sparse.joint import split_codes
from mefeat.testing import example_clips


def make_atoms(n_atoms=12, n_features=9, seed=0):
    """Smooth paths of a few directions with noise, without minus signs."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, n_atoms)[:, None]
    paths = np.hstack([time, time**2, np.sin(3 * time)])
    return paths @ rng.random((3, n_features)) + 0.1 * rng.random((n_atoms, n_features))


def make_words(n_components=14, n_features=9, seed=1):
    words = np.random.default_rng(seed).normal(size=(n_components, n_features))
    return words / np.linalg.norm(words, axis=1, keepdims=True)


CLIPS = [make_atoms(n, seed=n) for n in (12, 9, 15, 7)]


def fitted(**changes):
    settings = {"n_components": 16, "sparsity": 0.1, "random_state": 0, "tol": 0.0}
    return GraphSC(**(settings | changes)).fit(CLIPS)


# Graphs


@pytest.mark.parametrize("seed", range(3))
def test_self_expression_is_the_nearest_combination(seed):
    atoms = make_atoms(seed=seed)
    np.testing.assert_allclose(
        self_expressive_distance(atoms), naive.distance(atoms), atol=1e-7
    )


def test_distances_do_not_depend_on_scale():
    atoms = make_atoms()
    expected = self_expressive_distance(atoms)
    for scale in (1e-80, 1e80):
        np.testing.assert_allclose(
            self_expressive_distance(scale * atoms), expected, rtol=1e-9
        )


@pytest.mark.parametrize("n_neighbors", [1, 3, 5, 30])
@pytest.mark.parametrize("metric", METRICS)
def test_neighbors(metric, n_neighbors):
    distance = METRICS[metric](make_atoms())
    graph = neighbor_graph(distance, n_neighbors).toarray()
    np.testing.assert_array_equal(graph, naive.graph(distance, n_neighbors))
    assert (graph == graph.T).all() and not graph.diagonal().any()
    assert (graph.sum(axis=1) >= min(n_neighbors, 11)).all()


def test_ties_go_to_the_nearest_in_time():
    graph = self_expressive_graph(np.zeros((7, 3)), 2).toarray()
    steps = np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
    assert set(steps[graph > 0]) == {1, 2}
    assert (graph[steps == 1] == 1).all() and graph[0, 2] == graph[6, 4] == 1
    assert graph.sum() == 12 + 4


def test_laplacian():
    graph = self_expressive_graph(make_atoms(), 3)
    laplacian = graph_laplacian(graph).toarray()
    assert np.abs(laplacian.sum(axis=1)).max() == 0
    assert np.linalg.eigvalsh(laplacian).min() > -1e-12
    np.testing.assert_array_equal(
        laplacian - np.diag(laplacian.diagonal()), -graph.toarray()
    )


# Codes


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-10])
def test_an_atom_with_many_neighbors_keeps_the_tolerance(tol, rng):
    # All change after it; together they may shift its conditions by much.
    weights = np.zeros((60, 60))
    weights[0, 1:] = weights[1:, 0] = 1
    graph = sparse.csr_array(weights)
    atoms, words = rng.random((60, 20)), make_words(15, 20)
    for weight in (0.01, 0.02, 0.03):
        codes = graph_codes(atoms, words, graph, graph_weight=weight, tol=tol)
        miss = naive.violation(atoms, words, codes, weights, weight, 0.2)
        assert miss <= tol * np.abs(atoms @ words.T).max()


@pytest.mark.parametrize("sparsity", [0.02, 0.2, 1.0])
@pytest.mark.parametrize("graph_weight", [0.0, 0.1, 10.0, 1000.0])
def test_codes_satisfy_the_conditions_of_the_minimum(graph_weight, sparsity):
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms, 3)
    options = {"graph_weight": graph_weight, "sparsity": sparsity}
    codes = graph_codes(atoms, words, graph, **options)
    gradient = 2 * (codes @ words - atoms) @ words.T
    gradient += 2 * graph_weight * (graph_laplacian(graph) @ codes)
    active = codes != 0
    assert active.any() and not active.all()
    np.testing.assert_allclose(
        gradient[active], -sparsity * np.sign(codes[active]), atol=1e-8
    )
    assert np.abs(gradient[~active]).max() <= sparsity + 1e-8


@pytest.mark.parametrize("graph_weight", [0.05, 1.0])
def test_columns_equal_the_lasso_of_the_augmented_system(graph_weight):
    atoms, words = make_atoms(), make_words(40)
    graph = self_expressive_graph(atoms, 3)
    codes = graph_codes(atoms, words, graph, graph_weight=graph_weight, sparsity=0.1)
    for i in range(len(atoms)):
        row = graph.toarray()[i]
        expected = naive.column(
            atoms[i], words, row.sum(), row @ codes, graph_weight, 0.1
        )
        np.testing.assert_allclose(codes[i], expected, atol=1e-8)


def test_codes_equal_many_slow_passes():
    atoms, words = make_atoms(6), make_words(8)
    graph = self_expressive_graph(atoms, 2)
    codes = graph_codes(atoms, words, graph, graph_weight=0.05, sparsity=0.1)
    slow = naive.codes(atoms, words, graph.toarray(), 0.05, 0.1, 60)
    np.testing.assert_allclose(codes, slow, atol=1e-8)


@pytest.mark.parametrize("graph_weight", [0.05, 2.0])
def test_codes_equal_one_lasso_of_the_whole_clip(graph_weight):
    atoms, words = make_atoms(6), make_words(8)
    graph = self_expressive_graph(atoms, 2)
    codes = graph_codes(atoms, words, graph, graph_weight=graph_weight, sparsity=0.1)
    whole = naive.whole_clip(atoms, words, graph.toarray(), graph_weight, 0.1)
    np.testing.assert_allclose(codes, whole, atol=1e-7)


@pytest.mark.parametrize("n_words", [5, 14, 60])
@pytest.mark.parametrize("graph_weight", [0.01, 0.3, 3.0])
def test_codes_one_by_one_are_those_of_all_at_once(graph_weight, n_words, monkeypatch):
    atoms, words = make_atoms(20), make_words(n_words)
    graph = self_expressive_graph(atoms, 3)
    found = []
    for light in (np.inf, -np.inf):
        monkeypatch.setattr("mefeat.sparse.coding._LIGHT", light)
        found.append(graph_codes(atoms, words, graph, graph_weight=graph_weight))
    np.testing.assert_allclose(*found, atol=1e-8)


def test_alternating_directions_come_near_the_minimum():
    atoms, words = make_atoms(20), make_words(30)
    graph = self_expressive_graph(atoms, 3)
    weights = {"graph_weight": 50.0, "sparsity": 0.2}
    near = split_codes(
        words @ words.T,
        atoms @ words.T,
        50.0 * graph_laplacian(graph).toarray(),
        0.1,
        np.zeros((20, 30)),
    )
    codes = graph_codes(atoms, words, graph, **weights)
    least = graph_objective(atoms, words, codes, graph, **weights)
    reached = graph_objective(atoms, words, near, graph, **weights)
    assert least <= reached <= (1 + 1e-3) * least
    assert ((near != 0) == (codes != 0)).mean() > 0.95


@pytest.mark.parametrize("graph_weight", [0.0, 0.1, 10.0])
def test_a_tolerance_below_rounding_ends(graph_weight):
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms, 3)
    options = {"graph_weight": graph_weight, "graph": graph}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        codes = graph_codes(atoms, words, tol=1e-300, **options)
    np.testing.assert_allclose(codes, graph_codes(atoms, words, **options), atol=1e-8)
    for tol in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="tol must be more than 0, got"):
            graph_codes(atoms, words, tol=tol, **options)


@pytest.mark.parametrize("graph_weight", [0.1, 10.0])
def test_words_of_zeros_have_no_code(graph_weight):
    atoms = make_atoms()
    graph = self_expressive_graph(atoms)
    codes = graph_codes(atoms, np.zeros((3, 9)), graph, graph_weight=graph_weight)
    assert not codes.any()


def test_without_graph_it_is_plain_sparse_coding():
    atoms, words = make_atoms(), make_words(40)
    codes = graph_codes(
        atoms, words, self_expressive_graph(atoms), graph_weight=0, sparsity=0.1
    )
    expected = [naive.column(atom, words, 0, 0, 0, 0.1) for atom in atoms]
    np.testing.assert_allclose(codes, expected, atol=1e-8)
    np.testing.assert_array_equal(codes, graph_codes(atoms, words, sparsity=0.1))


def test_a_graph_may_be_dense():
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms, 3)
    np.testing.assert_array_equal(
        graph_codes(atoms, words, graph.toarray()), graph_codes(atoms, words, graph)
    )


def test_a_heavy_graph_makes_neighbors_alike():
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms, 3)
    spread = [
        np.ptp(graph_codes(atoms, words, graph, graph_weight=w), axis=0).max()
        for w in (0.01, 1.0, 100.0)
    ]
    assert spread[0] > 2 * spread[1] > 20 * spread[2]


def test_twins_among_the_words_share_a_code():
    words = make_words(5)
    atoms = make_atoms()
    single = graph_codes(atoms, words)
    twice = graph_codes(atoms, np.vstack([words, words]))
    np.testing.assert_allclose(twice[:, :5] + twice[:, 5:], single, atol=1e-8)


def test_codes_do_not_depend_on_the_start():
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms)
    start = np.random.default_rng(3).normal(size=(12, 14))
    np.testing.assert_allclose(
        graph_codes(atoms, words, graph, start=start),
        graph_codes(atoms, words, graph),
        atol=1e-8,
    )


def test_all_zero_atoms_have_no_code_of_their_own():
    words = make_words()
    assert not graph_codes(np.zeros((4, 9)), words).any()
    atoms = make_atoms()
    atoms[:3] = 0
    graph = self_expressive_graph(atoms)
    codes = graph_codes(atoms, words, graph, graph_weight=1.0)
    assert np.isfinite(codes).all() and codes[3:].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"atoms": [[1.0, np.nan]]}, r"atoms\[0\] holds a number that is not finite"),
        ({"components": np.ones((2, 3))}, "atoms have 2 numbers, components 3"),
        ({"sparsity": -1}, "must not be negative"),
        ({"graph": sparse.csr_array((3, 3))}, r"1 atoms has the shape \(3, 3\)"),
        ({"graph": np.zeros((2, 2))}, r"1 atoms has the shape \(2, 2\)"),
    ],
)
def test_bad_codes(change, message):
    arguments = {"atoms": [[1.0, 2.0]], "components": np.eye(2)} | change
    with pytest.raises(ValueError, match=message):
        graph_codes(**arguments)


def test_objective():
    atoms, words = make_atoms(), make_words()
    graph = self_expressive_graph(atoms)
    codes = np.random.default_rng(0).normal(size=(12, 14))
    assert graph_objective(
        atoms, words, codes, graph, graph_weight=0.3, sparsity=0.2
    ) == pytest.approx(
        naive.objective(atoms, words, codes, graph.toarray(), 0.3, 0.2), rel=1e-12
    )


# Dictionary


@pytest.mark.parametrize("n_words", [5, 14])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_dictionary_step_is_at_its_minimum(n_words, scale):
    rng = np.random.default_rng(0)
    atoms, codes = make_atoms(60), scale * rng.normal(size=(60, n_words))
    codes[rng.random(codes.shape) < 0.5] = 0
    before = make_words(n_words)
    squares = (atoms**2).sum()
    words, gap = update_dictionary(codes.T @ codes, codes.T @ atoms, squares, before)
    assert np.linalg.norm(words, axis=1).max() <= 1 + 1e-9
    assert 0 <= gap <= 1e-5 * squares
    error = ((atoms - codes @ words) ** 2).sum()
    assert error < ((atoms - codes @ before) ** 2).sum()
    # Projected gradient descent, slow and sure, finds nothing better.
    other, step = before, 0.5 / np.linalg.norm(codes, 2) ** 2
    for _ in range(3000):
        other = other + 2 * step * codes.T @ (atoms - codes @ other)
        other /= np.maximum(1, np.linalg.norm(other, axis=1, keepdims=True))
    assert error <= ((atoms - codes @ other) ** 2).sum() + 1e-6 * squares
    assert error - gap <= ((atoms - codes @ other) ** 2).sum() + 1e-9 * squares


def test_words_that_no_code_uses_stay():
    words = make_words(3)
    codes = np.zeros((4, 3))
    codes[:, 1] = 1
    atoms = make_atoms(4)
    new, _ = update_dictionary(codes.T @ codes, codes.T @ atoms, 100.0, words)
    np.testing.assert_array_equal(new[[0, 2]], words[[0, 2]])
    assert (new[1] != words[1]).any()


# The estimator


def test_objective_never_rises_and_words_stay_in_the_ball():
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
    from mefeat.sparse import graphsc

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
    for atoms, codes in zip(CLIPS, together, strict=True):
        np.testing.assert_array_equal(model.transform([atoms])[0], codes)
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


def test_memory_is_linear_in_the_atoms():
    """Four times the atoms take about four times the memory, never N x N."""

    def peak(n_clips):
        clips = [make_atoms(20, seed=seed) for seed in range(n_clips)]
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
    words = make_words(6, 12)
    clips = []
    for _ in range(20):
        codes = np.zeros((10, 6))
        for row in codes:
            row[rng.choice(6, 2, replace=False)] = rng.choice([-3, 3], 2)
        clips.append(codes @ words)
    model = GraphSC(6, graph_weight=0, sparsity=1.0, max_iter=60, tol=0)
    model.set_params(random_state=0).fit(clips)
    likeness = np.abs(model.components_ @ words.T)
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
    clips = [*CLIPS, make_atoms(1), make_atoms(2), np.zeros((8, 9))]
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
        ([np.ones((5, 3))], ValueError, "n_components=16 is more than the 5 atoms"),
        (
            [np.ones((9, 3)), np.ones((9, 4))],
            ValueError,
            r"X\[1\] must have atoms of 3",
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


def test_transform_wants_atoms_like_those_of_fit():
    model = fitted(max_iter=1)
    with pytest.raises(ValueError, match=r"X\[0\] must have atoms of 9 numbers, got 4"):
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


# Pooling


def test_pooling():
    codes = np.array([[1.0, -1.0], [3.0, -5.0]])
    assert pool_codes(codes, 1).tolist() == [3, -1]
    assert pool_codes(codes, 0).tolist() == [2, -3]
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="max_weight must be 0 to 1"):
            pool_codes(codes, bad)
    with pytest.raises(ValueError, match="must be of shape"):
        pool_codes(np.ones((0, 2)))


def test_sparse_mdmo_pools_graphsc():
    settings = {"n_components": 16, "random_state": 0, "max_iter": 2}
    rows = SparseMDMO(max_weight=0.3, **settings).fit_transform(CLIPS)
    codes = GraphSC(**settings).fit_transform(CLIPS)
    np.testing.assert_array_equal(rows, [pool_codes(c, 0.3) for c in codes])


def test_sparse_mdmo_behind_mdmo():
    head = ClipPipeline([MDMOSequence()])
    model = make_pipeline(head, SparseMDMO(10, random_state=0, max_iter=2))
    clips = example_clips(3, n_frames=6)
    rows = model.fit(clips).transform(clips)
    assert rows.shape == (3, 10) and rows.dtype == np.float64 and rows.any()
    assert model[-1].get_feature_names_out()[-1] == "word9"
    model.named_steps["sparsemdmo"].set_output(transform="pandas")
    table = model.transform(clips)
    np.testing.assert_array_equal(table.to_numpy(), rows)
    assert list(table.columns) == [f"word{i}" for i in range(10)]


def test_method_of_the_table():
    method = METHODS["sparse-mdmo"]
    model = method.pipeline(crop=False, sparsemdmo__n_components=10)
    model.set_params(sparsemdmo__max_iter=2)
    assert method.learns and method.needs == ("landmarks",)
    steps = dict(model[0].named_steps)
    steps["temporalinterpolation"].set_params(n_frames=8)
    steps["opticalflow"].set_params(solver="dis")
    rows = model.fit_transform(example_clips(3))
    assert rows.shape == (3, 10) and np.isfinite(rows).all() and rows.any()


def test_codes_that_miss_their_minimum_are_told(monkeypatch):
    monkeypatch.setattr("mefeat.sparse.coding.settle_codes", lambda *_: np.inf)
    monkeypatch.setattr("mefeat.sparse.coding._ROUNDS", 1)
    monkeypatch.setattr("mefeat.sparse.coding._PASSES", 1)
    atoms = make_atoms()
    with pytest.warns(ConvergenceWarning, match="the codes of 12 atoms miss"):
        graph_codes(atoms, make_words(), self_expressive_graph(atoms))
