import itertools

import numpy as np
import pytest

from mefeat.evaluation import largest_class_baseline
from mefeat.harness import published_figures
from mefeat.harness._published import FIGURES, SOURCES, THESIS_GRID, THESIS_GRID_COARSE

# Negative, positive and surprise of the MEGC 2019 composite and its parts.
MEGC_COUNTS = {
    "composite": (250, 109, 83),
    "SMIC": (70, 51, 43),
    "CASME II": (88, 32, 25),
    "SAMM": (92, 26, 15),
}


def fits(share, n_clips, digits=4):
    """Whether a rounded share can be that of whole clips."""
    return f"{round(share * n_clips) / n_clips:.{digits}f}" == f"{share:.{digits}f}"


def macro_f1_range(counts, uar):
    """Bounds of the macro-F1 over all confusion matrices of about this UAR."""
    hits = np.array(list(itertools.product(*(range(n + 1) for n in counts))))
    counts = np.array(counts)
    hits = hits[np.abs((hits / counts).mean(axis=1) - uar) < 6e-5]
    wrong = counts - hits
    # A class is taken wrongly for at most all errors that the others make.
    most = wrong.sum(axis=1, keepdims=True) - wrong
    lowest = (2 * hits / (counts + hits + most)).mean(axis=1).min()
    highest = (2 * hits / (counts + hits)).mean(axis=1).max()
    return lowest, highest


def test_every_row_is_complete_and_in_range():
    assert len(FIGURES) == 16 + 8 + 15 + 12 + 4
    keys = [(row.source, row.method, row.dataset) for row in FIGURES]
    assert len(set(keys)) == len(keys)
    for row in FIGURES:
        assert row.source in SOURCES
        assert row.selection in ("oracle", "unstated", "none")
        assert row.protocol and row.method and row.dataset
        values = [v for v in (row.accuracy, row.f1, row.uar) if v is not None]
        assert values and all(0 < value < 1 for value in values)
        if row.n_clips is not None and row.accuracy is not None:
            assert row.f1 <= 1 and row.n_classes >= 2


def test_accuracies_of_the_thesis_are_shares_of_its_clips():
    rows = published_figures(source="thesis")
    assert len(rows) == 16
    for row in rows:
        assert fits(row.accuracy, row.n_clips), row


@pytest.mark.parametrize(
    ("dataset", "largest"),
    [("SMIC", 70), ("CASME", 69), ("CASME II", 99), ("SAMM", 57)],
)
def test_baselines_of_the_thesis_follow_from_counts(dataset, largest):
    (row,) = published_figures("Baseline", dataset, "thesis")
    edges = np.linspace(0, row.n_clips - largest, row.n_classes).round()
    baseline = largest_class_baseline([largest, *np.diff(edges)])
    assert f"{baseline['accuracy']:.4f}" == f"{row.accuracy:.4f}"
    assert f"{baseline['macro_f1']:.4f}" == f"{row.f1:.4f}"


def test_winners_of_the_thesis_lie_on_its_grid():
    for row in published_figures(source="thesis"):
        if row.method == "Baseline":
            assert row.svm is None and row.selection == "none"
            continue
        assert row.selection == "oracle"
        coarse = row.method != "MDMO"
        grid = THESIS_GRID_COARSE if coarse else THESIS_GRID
        for name, value in zip(("degree", "coef0", "gamma", "C"), row.svm, strict=True):
            assert value in grid[name], row
    for grid, size in (THESIS_GRID, 6400), (THESIS_GRID_COARSE, 640):
        assert np.prod([len(values) for values in grid.values()]) == size


def test_composite_counts_add_up():
    parts = [MEGC_COUNTS[name] for name in ("SMIC", "CASME II", "SAMM")]
    assert tuple(np.sum(parts, axis=0)) == MEGC_COUNTS["composite"]
    for row in published_figures(source="MEGC 2019"):
        assert row.n_clips == sum(MEGC_COUNTS[row.dataset])


@pytest.mark.parametrize("dataset", ["SMIC", "CASME II", "SAMM"])
@pytest.mark.parametrize("method", ["LBP-TOP", "Bi-WOOF"])
def test_only_the_flagged_pair_of_the_composite_is_impossible(method, dataset):
    (row,) = published_figures(method, dataset, "MEGC 2019")
    lowest, highest = macro_f1_range(MEGC_COUNTS[dataset], row.uar)
    possible = lowest <= row.f1 <= highest
    assert possible == (row.flag is None)
    assert (row.flag is None) == ((method, dataset) != ("LBP-TOP", "SMIC"))


def test_copied_figures_are_flagged():
    flagged = {
        (row.method, row.dataset)
        for row in published_figures(source="Liong 2018")
        if row.flag
    }
    assert flagged == {
        ("STCLQP", "CASME II"),
        ("STCLQP", "SMIC-HS"),
        ("STLBP-IP", "SMIC-HS"),
    }
    for dataset, other in ("CASME II", "CASME II"), ("SMIC-HS", "SMIC"):
        (ours,) = published_figures("STCLQP", dataset, "Liong 2018")
        (theirs,) = published_figures("STCLQP", other, "sparse MDMO")
        assert f"{theirs.accuracy:.2f}" == f"{ours.f1:.2f}"


def test_rows_on_other_clips_are_flagged():
    # The largest numbers of clips up to 300 that fit both MDMO rows of a dataset.
    for dataset in ("SMIC", "CASME", "CASME II"):
        rows = {
            row.method: row
            for row in published_figures(dataset=dataset, source="sparse MDMO")
        }
        both = [
            n
            for n in range(50, 256)
            if fits(rows["MDMO"].accuracy, n) and fits(rows["Sparse MDMO"].accuracy, n)
        ]
        assert both
        for row in rows.values():
            alike = any(fits(row.accuracy, n) for n in both)
            assert alike == (row.flag is None), row


def test_other_flags():
    flagged = {(r.source, r.method) for r in FIGURES if r.flag and r.n_classes != 3}
    assert ("CD6ME", "LBP-TOP") in flagged and ("CD6ME", "MDMO") in flagged


def test_select_compares_names_loosely():
    assert len(published_figures()) == len(FIGURES)
    assert published_figures("sparse-mdmo", "CASME II") == published_figures(
        "Sparse MDMO", "casme-ii"
    )
    sources = {row.source for row in published_figures("mdmo", "smic")}
    assert sources == {"thesis", "sparse MDMO"}
    assert published_figures("no such method") == ()
    with pytest.raises(ValueError, match="source must be one of"):
        published_figures(source="hearsay")
