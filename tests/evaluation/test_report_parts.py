"""What the HTML report is made of: cells, and images."""

import base64

import matplotlib
import numpy as np
import pandas as pd
from report_results import CLASSES

from mefeat.evaluation._report import cell_text, cells_of, data_uri
from mefeat.plot import show_confusion, show_intervals, show_subjects, show_unit_counts

matplotlib.use("Agg")


def test_cells():
    table = cells_of(
        pd.DataFrame({"a": [1, None], "b": ["x", {"C": 1}], "c": [(0.5, (0, 1)), 2.0]}),
        kinds=["baseline", ""],
        links={"b": [None, "there"]},
    )
    assert [column["number"] for column in table["columns"]] == [True, False, True]
    first, second = table["rows"]
    assert (first["kind"], second["kind"]) == ("baseline", "")
    assert first["cells"][2]["interval"] == "[0.00, 1.00]"
    assert second["cells"][0] | {"link": 0} == {
        "text": "",
        "number": True,
        "value": None,
        "interval": None,
        "link": 0,
    }
    assert second["cells"][1]["text"] == "C 1" and second["cells"][1]["link"] == "there"
    assert cell_text(True) == "True" and cell_text(np.int64(3)) == "3"


def test_images_show_the_numbers():
    import matplotlib.pyplot as plt

    counts = pd.DataFrame([[0, 0], [1, 3]], CLASSES[:2], CLASSES[:2])
    axis = show_confusion(counts).axes[0]
    np.testing.assert_allclose(axis.images[0].get_array(), [[0, 0], [0.25, 0.75]])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["joy", "fear"]
    table = pd.DataFrame({"score": [0.4, 0.6], "low": [0.3, np.nan], "high": [0.5, 1]})
    axis = show_intervals(table, baseline=0.2).axes[0]
    np.testing.assert_allclose(axis.lines[0].get_xdata(), [0.4, 0.6])
    np.testing.assert_allclose(axis.lines[1].get_xdata(), 0.2)
    assert axis.get_ylim() == (1.5, -0.5)  # the first method on top
    axis = show_intervals(table, baseline=[0.2, 0.7], baseline_name="all").axes[0]
    lines = axis.collections[1].get_segments()
    assert [line[0, 0] for line in lines] == [0.2, 0.7]
    assert axis.texts[0].get_text() == "all"
    clips = {"clips": [4, 0], "predicted": [3, 2], "hits": [1, 0]}
    axis = show_unit_counts(pd.DataFrame(clips, ["AU1", "AU2"])).axes[0]
    bars = [[bar.get_x(), bar.get_width()] for bar in axis.patches]
    assert bars == [[0, 1], [0, 0], [1, 3], [0, 0], [0, -2], [0, -2]]
    axis = show_confusion(counts, totals=[2, 4]).axes[0]
    np.testing.assert_allclose(axis.images[0].get_array(), [[0, 0], [0.25, 0.75]])
    many = pd.DataFrame({"clips": 2, "accuracy": 0.5}, index=range(68))
    figure = show_subjects(many)
    assert figure.get_size_inches()[0] == 11
    assert {bar.get_height() for bar in figure.axes[0].patches[68:]} == {1}
    assert len(figure.axes[0].get_xticks()) == 68
    more = pd.DataFrame({"clips": 2, "accuracy": 0.5}, index=range(200))
    ticks = show_subjects(more).axes[0].get_xticklabels()
    assert [tick.get_text() for tick in ticks][:2] == ["0", "3"] and len(ticks) == 67
    plt.close("all")


def test_names_of_any_script_are_drawn():
    counts = pd.DataFrame([[1]], ["喜び"], ["喜び"])
    address = data_uri(show_confusion(counts))
    assert "喜び" in base64.b64decode(address.partition(",")[2]).decode()


def test_names_begin_no_formula():
    import matplotlib.pyplot as plt

    name = "$\\frac$ & <b>"
    counts = pd.DataFrame([[1]], [name], [name])
    clips = pd.DataFrame(
        {"clips": [1], "predicted": 1, "hits": 1, "accuracy": 1}, [name]
    )
    scores = pd.DataFrame({"score": [0.5], "low": 0.4, "high": 0.6}, [name])
    for figure in (
        show_confusion(counts, note=name),
        show_subjects(clips, note=name),
        show_unit_counts(clips, note=name),
        show_intervals(scores, note=name),
    ):
        figure.canvas.draw()
        assert figure.get_supxlabel() == name
    plt.close("all")
