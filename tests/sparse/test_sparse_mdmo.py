"""Codes pooled to the row of a clip, and sparse MDMO."""

import numpy as np
import pytest
from samples import CLIPS, make_atoms, make_samples
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

from mefeat import ClipPipeline
from mefeat.methods import METHODS
from mefeat.motion import MDMOSequence
from mefeat.sparse import (
    GraphSC,
    SparseMDMO,
    graph_codes,
    pool_codes,
    self_expressive_graph,
)
from mefeat.testing import example_clips


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
    assert model[-1].get_feature_names_out()[-1] == "atom9"
    model.named_steps["sparsemdmo"].set_output(transform="pandas")
    table = model.transform(clips)
    np.testing.assert_array_equal(table.to_numpy(), rows)
    assert list(table.columns) == [f"atom{i}" for i in range(10)]


def test_method_of_the_table():
    method = METHODS["sparse-mdmo"]
    model = method.pipeline(crop=False, sparsemdmo__n_components=10)
    model.set_params(sparsemdmo__max_iter=2)
    assert method.learns and method.needs == ("landmarks",)
    steps = model[0].named_steps
    steps["temporalinterpolation"].set_params(n_frames=8)
    steps["opticalflow"].set_params(solver="dis")
    rows = model.fit_transform(example_clips(3))
    assert rows.shape == (3, 10) and np.isfinite(rows).all() and rows.any()


def test_codes_that_miss_their_minimum_are_told(monkeypatch):
    monkeypatch.setattr("mefeat.sparse._graphsc.solve_active_codes", lambda *_: np.inf)
    monkeypatch.setattr("mefeat.sparse._graphsc._ROUNDS", 1)
    monkeypatch.setattr("mefeat.sparse._graphsc._PASSES", 1)
    samples = make_samples()
    with pytest.warns(ConvergenceWarning, match="the codes of 12 samples miss"):
        graph_codes(samples, make_atoms(), self_expressive_graph(samples))
