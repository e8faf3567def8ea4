"""Graphs of samples, and codes that satisfy the conditions of the minimum."""

import warnings

import naive_sparse as naive
import numpy as np
import pytest
from samples import make_atoms, make_samples
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from mefeat.sparse import graph_codes, graph_objective, self_expressive_graph
from mefeat.sparse._graphsc import (
    METRICS,
    admm_codes,
    graph_laplacian,
    neighbor_graph,
    self_expressive_distance,
)

# Graphs


@pytest.mark.parametrize("seed", range(3))
def test_self_expression_is_the_nearest_combination(seed):
    samples = make_samples(seed=seed)
    np.testing.assert_allclose(
        self_expressive_distance(samples), naive.distance(samples), atol=1e-7
    )


def test_distances_do_not_depend_on_scale():
    samples = make_samples()
    expected = self_expressive_distance(samples)
    for scale in (1e-80, 1e80):
        np.testing.assert_allclose(
            self_expressive_distance(scale * samples), expected, rtol=1e-9
        )


@pytest.mark.parametrize("n_neighbors", [1, 3, 5, 30])
@pytest.mark.parametrize("metric", METRICS)
def test_neighbors(metric, n_neighbors):
    distance = METRICS[metric](make_samples())
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
    graph = self_expressive_graph(make_samples(), 3)
    laplacian = graph_laplacian(graph).toarray()
    assert np.abs(laplacian.sum(axis=1)).max() == 0
    assert np.linalg.eigvalsh(laplacian).min() > -1e-12
    np.testing.assert_array_equal(
        laplacian - np.diag(laplacian.diagonal()), -graph.toarray()
    )


# Codes


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-10])
def test_an_sample_with_many_neighbors_keeps_the_tolerance(tol, rng):
    # All change after it; together they may shift its conditions by much.
    weights = np.zeros((60, 60))
    weights[0, 1:] = weights[1:, 0] = 1
    graph = sparse.csr_array(weights)
    samples, atoms = rng.random((60, 20)), make_atoms(15, 20)
    for weight in (0.01, 0.02, 0.03):
        codes = graph_codes(samples, atoms, graph, graph_weight=weight, tol=tol)
        miss = naive.violation(samples, atoms, codes, weights, weight, 0.2)
        assert miss <= tol * np.abs(samples @ atoms.T).max()


@pytest.mark.parametrize("sparsity", [0.02, 0.2, 1.0])
@pytest.mark.parametrize("graph_weight", [0.0, 0.1, 10.0, 1000.0])
def test_codes_satisfy_the_conditions_of_the_minimum(graph_weight, sparsity):
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples, 3)
    options = {"graph_weight": graph_weight, "sparsity": sparsity}
    codes = graph_codes(samples, atoms, graph, **options)
    gradient = 2 * (codes @ atoms - samples) @ atoms.T
    gradient += 2 * graph_weight * (graph_laplacian(graph) @ codes)
    active = codes != 0
    assert active.any() and not active.all()
    np.testing.assert_allclose(
        gradient[active], -sparsity * np.sign(codes[active]), atol=1e-8
    )
    assert np.abs(gradient[~active]).max() <= sparsity + 1e-8


@pytest.mark.parametrize("graph_weight", [0.05, 1.0])
def test_columns_equal_the_lasso_of_the_augmented_system(graph_weight):
    samples, atoms = make_samples(), make_atoms(40)
    graph = self_expressive_graph(samples, 3)
    codes = graph_codes(samples, atoms, graph, graph_weight=graph_weight, sparsity=0.1)
    for i in range(len(samples)):
        row = graph.toarray()[i]
        expected = naive.column(
            samples[i], atoms, row.sum(), row @ codes, graph_weight, 0.1
        )
        np.testing.assert_allclose(codes[i], expected, atol=1e-8)


def test_codes_equal_many_slow_passes():
    samples, atoms = make_samples(6), make_atoms(8)
    graph = self_expressive_graph(samples, 2)
    codes = graph_codes(samples, atoms, graph, graph_weight=0.05, sparsity=0.1)
    slow = naive.codes(samples, atoms, graph.toarray(), 0.05, 0.1, 60)
    np.testing.assert_allclose(codes, slow, atol=1e-8)


@pytest.mark.parametrize("graph_weight", [0.05, 2.0])
def test_codes_equal_one_lasso_of_the_whole_clip(graph_weight):
    samples, atoms = make_samples(6), make_atoms(8)
    graph = self_expressive_graph(samples, 2)
    codes = graph_codes(samples, atoms, graph, graph_weight=graph_weight, sparsity=0.1)
    whole = naive.whole_clip(samples, atoms, graph.toarray(), graph_weight, 0.1)
    np.testing.assert_allclose(codes, whole, atol=1e-7)


@pytest.mark.parametrize("n_atoms", [5, 14, 60])
@pytest.mark.parametrize("graph_weight", [0.01, 0.3, 3.0])
def test_codes_one_by_one_are_those_of_all_at_once(graph_weight, n_atoms, monkeypatch):
    samples, atoms = make_samples(20), make_atoms(n_atoms)
    graph = self_expressive_graph(samples, 3)
    found = []
    for light in (np.inf, -np.inf):
        monkeypatch.setattr("mefeat.sparse._graphsc._LIGHT", light)
        found.append(graph_codes(samples, atoms, graph, graph_weight=graph_weight))
    np.testing.assert_allclose(*found, atol=1e-8)


def test_alternating_directions_come_near_the_minimum():
    samples, atoms = make_samples(20), make_atoms(30)
    graph = self_expressive_graph(samples, 3)
    weights = {"graph_weight": 50.0, "sparsity": 0.2}
    near = admm_codes(
        atoms @ atoms.T,
        samples @ atoms.T,
        50.0 * graph_laplacian(graph).toarray(),
        0.1,
        np.zeros((20, 30)),
    )
    codes = graph_codes(samples, atoms, graph, **weights)
    least = graph_objective(samples, atoms, codes, graph, **weights)
    reached = graph_objective(samples, atoms, near, graph, **weights)
    assert least <= reached <= (1 + 1e-3) * least
    assert ((near != 0) == (codes != 0)).mean() > 0.95


@pytest.mark.parametrize("graph_weight", [0.0, 0.1, 10.0])
def test_a_tolerance_below_rounding_ends(graph_weight):
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples, 3)
    options = {"graph_weight": graph_weight, "graph": graph}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        codes = graph_codes(samples, atoms, tol=1e-300, **options)
    np.testing.assert_allclose(codes, graph_codes(samples, atoms, **options), atol=1e-8)
    for tol in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="tol must be more than 0, got"):
            graph_codes(samples, atoms, tol=tol, **options)


@pytest.mark.parametrize("graph_weight", [0.1, 10.0])
def test_atoms_of_zeros_have_no_code(graph_weight):
    samples = make_samples()
    graph = self_expressive_graph(samples)
    codes = graph_codes(samples, np.zeros((3, 9)), graph, graph_weight=graph_weight)
    assert not codes.any()


def test_without_graph_it_is_plain_sparse_coding():
    samples, atoms = make_samples(), make_atoms(40)
    codes = graph_codes(
        samples, atoms, self_expressive_graph(samples), graph_weight=0, sparsity=0.1
    )
    expected = [naive.column(sample, atoms, 0, 0, 0, 0.1) for sample in samples]
    np.testing.assert_allclose(codes, expected, atol=1e-8)
    np.testing.assert_array_equal(codes, graph_codes(samples, atoms, sparsity=0.1))


def test_a_graph_may_be_dense():
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples, 3)
    np.testing.assert_array_equal(
        graph_codes(samples, atoms, graph.toarray()), graph_codes(samples, atoms, graph)
    )


def test_a_heavy_graph_makes_neighbors_alike():
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples, 3)
    spread = [
        np.ptp(graph_codes(samples, atoms, graph, graph_weight=w), axis=0).max()
        for w in (0.01, 1.0, 100.0)
    ]
    assert spread[0] > 2 * spread[1] > 20 * spread[2]


def test_twins_among_the_atoms_share_a_code():
    atoms = make_atoms(5)
    samples = make_samples()
    single = graph_codes(samples, atoms)
    twice = graph_codes(samples, np.vstack([atoms, atoms]))
    np.testing.assert_allclose(twice[:, :5] + twice[:, 5:], single, atol=1e-8)


def test_codes_do_not_depend_on_the_start():
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples)
    start = np.random.default_rng(3).normal(size=(12, 14))
    np.testing.assert_allclose(
        graph_codes(samples, atoms, graph, start=start),
        graph_codes(samples, atoms, graph),
        atol=1e-8,
    )


def test_all_zero_samples_have_no_code_of_their_own():
    atoms = make_atoms()
    assert not graph_codes(np.zeros((4, 9)), atoms).any()
    samples = make_samples()
    samples[:3] = 0
    graph = self_expressive_graph(samples)
    codes = graph_codes(samples, atoms, graph, graph_weight=1.0)
    assert np.isfinite(codes).all() and codes[3:].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"samples": [[1.0, np.nan]]},
            r"samples\[0\] holds a number that is not finite",
        ),
        ({"components": np.ones((2, 3))}, "samples have 2 numbers, components 3"),
        ({"sparsity": -1}, "must not be negative"),
        ({"graph": sparse.csr_array((3, 3))}, r"1 samples has the shape \(3, 3\)"),
        ({"graph": np.zeros((2, 2))}, r"1 samples has the shape \(2, 2\)"),
    ],
)
def test_bad_codes(change, message):
    arguments = {"samples": [[1.0, 2.0]], "components": np.eye(2)} | change
    with pytest.raises(ValueError, match=message):
        graph_codes(**arguments)


def test_objective():
    samples, atoms = make_samples(), make_atoms()
    graph = self_expressive_graph(samples)
    codes = np.random.default_rng(0).normal(size=(12, 14))
    assert graph_objective(
        samples, atoms, codes, graph, graph_weight=0.3, sparsity=0.2
    ) == pytest.approx(
        naive.objective(samples, atoms, codes, graph.toarray(), 0.3, 0.2), rel=1e-12
    )
