"""The signs of figures that are too good, and their footnotes, wherever these show."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat.evaluation import _report as layout
from mefeat.evaluation import (
    compare,
    evaluate,
    evaluate_units,
    load_result,
    write_report,
)
from mefeat.evaluation._results import FOOTNOTES
from mefeat.model_selection import PolySVCSearch
from mefeat.plot import show_confusion, show_subjects, show_unit_counts

matplotlib.use("Agg")

MODEL = make_pipeline(
    StandardScaler(), PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(1, 10))
)
X, Y, GROUPS = make_rows()
DATABASES = np.repeat(["casme2", "samm"], 24)
# What was asked, and what was held out: no figures.
PLAIN = {"predictions", "folds", "truth"}


def of_classes(**options):
    groups = np.char.add(DATABASES, GROUPS)
    return evaluate(MODEL, X, Y, groups, databases=DATABASES, **options)


def of_units(**options):
    flags = np.column_stack([Y == "joy", Y != "anger"])
    groups = np.char.add(DATABASES, GROUPS)
    return evaluate_units(MODEL, X, flags, DATABASES, groups=groups, **options)


KINDS = {"classes": of_classes, "action units": of_units}
ASKED = {
    "": {},
    "†": {"selection": "oracle"},
    "‡": {"transductive": True},
    "†‡": {"selection": "oracle", "transductive": True},
}
CASES = [(kind, mark) for kind in KINDS for mark in ASKED]


@pytest.fixture(scope="module")
def results():
    return {(kind, mark): KINDS[kind](**ASKED[mark]) for kind, mark in CASES}


def html(result, folder):
    return write_report({"svm": result}, folder / "page.html").read_text("utf-8")


def image(result, folder):
    drawn = [show_confusion(result.confusion)]
    if result.kind == "classes":
        drawn.append(show_subjects(result.per_subject))
    else:
        drawn.append(show_unit_counts(result.per_unit))
    notes = {" ".join(figure.get_supxlabel().split()) for figure in drawn}
    plt.close("all")
    assert len(notes) == 1
    return notes.pop()


VIEWS = {
    "repr": lambda result, folder: repr(result),
    "str": lambda result, folder: str(result),
    "row": lambda result, folder: result.to_frame().to_string(),
    "row as CSV": lambda result, folder: result.to_frame().to_csv(index=False),
    "part": lambda result, folder: repr(result.of_database("samm")),
    "page": html,
    "file": lambda result, folder: repr(load_result(result.save(folder))),
    "image": image,
}
EXPLAINED = {"str", "page", "image"}


@pytest.mark.parametrize(("kind", "mark"), CASES)
@pytest.mark.parametrize("view", VIEWS)
def test_signs_show_wherever_figures_do(
    view, kind, mark, results, tmp_path, monkeypatch
):
    # Images have a view of their own: drawing them takes most of the time of a page.
    monkeypatch.setattr(layout, "data_uri", plt.close)
    shown = VIEWS[view](results[kind, mark], tmp_path)
    for sign, text in FOOTNOTES.items():
        assert (sign in shown) == (sign in mark)
        if view in EXPLAINED:
            assert (f"{sign} {text}" in " ".join(shown.split())) == (sign in mark)


@pytest.mark.parametrize(("kind", "mark"), CASES)
def test_every_table_of_figures_has_the_signs(kind, mark, results):
    result = results[kind, mark]
    tables = {
        name: getattr(result, name)
        for name in dir(result)
        if isinstance(getattr(result, name), pd.DataFrame | pd.Series)
    }
    assert {"per_subject", "per_database", "confusion", *PLAIN} < set(tables)
    for name in PLAIN:
        assert not {"†", "‡"} & set(tables.pop(name).to_csv())
    tables |= result.tables | {"intervals": result.intervals(n_draws=9)}
    for table in tables.values():
        for text in (table.to_string(), table.to_csv(), table.round(1).to_csv()):
            assert {"†", "‡"} & set(text) == set(mark)
        assert table.attrs.get("footnotes", []) == result.footnotes


@pytest.mark.parametrize("kind", KINDS)
def test_a_comparison_has_the_signs_of_either(kind, results):
    found = compare(results[kind, ""], results[kind, "†"], names=("fair", "best"))
    assert "best†" in repr(found) and "fair†" not in repr(found)
    assert f"† {FOOTNOTES['†']}" in str(found)
    assert found.table.columns.tolist()[:2] == ["fair", "best†"]


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_files_have_no_signs(kind, results):
    """Programs find the same names in all files, and the signs beside them."""
    content = results[kind, "†‡"].to_dict()
    assert content["mark"] == "†‡" and len(content["footnotes"]) == 2
    lists = [value for value in content.values() if isinstance(value, list)]
    rows = [row for values in lists for row in values if isinstance(row, dict)]
    names = {name for row in rows for name in row}
    assert {"subject", "database", "score", "f1"} < names
    assert not any(set(name) & {"†", "‡"} for name in names)
