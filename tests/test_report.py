"""The HTML page: what it holds, and that a real browser shows it."""

import base64
import builtins
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import evaluate, evaluate_units
from mefeat.evaluation.marks import footnotes
from mefeat.evaluation.pages import write_report
from mefeat.evaluation.pages.cells import cell_text, cells_of
from mefeat.evaluation.pages.page import address_of
from mefeat.plot import (
    show_confusion,
    show_intervals,
    show_subjects,
    show_unit_counts,
)

matplotlib.use("Agg")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
).split()
CLASSES = np.array(["joy", "fear", "anger"])
EVIL = "<script>alert(1)</script>"


def judged(model, n_subjects=4, **options):
    rng = np.random.default_rng(0)
    y = np.tile(CLASSES, 2 * n_subjects)
    X = (y[:, None] == CLASSES) + rng.normal(0, 0.4, (len(y), 3))
    groups = np.repeat([f"s{i}" for i in range(n_subjects)], 6)
    return evaluate(model, X, y, groups, **options)


def judged_units(model=None, names=("AU1", EVIL)):
    rng = np.random.default_rng(0)
    units = rng.integers(2, size=(24, 2)).astype(bool)
    X = units + rng.normal(0, 0.4, units.shape)
    groups, databases = np.repeat(list("abcd"), 6), np.repeat(["casme2", EVIL], 12)
    model = model or KNeighborsClassifier(3)
    options = {"groups": groups, "unit_names": list(names)}
    return evaluate_units(model, X, units, databases, **options)


@pytest.fixture(scope="module")
def units():
    return judged_units()


@pytest.fixture(scope="module")
def results(units):
    """Three datasets, with names that try to be code, one of action units."""
    good, dull = judged(KNeighborsClassifier(3)), judged(DummyClassifier())
    good.settings["selection"] = "oracle"
    dull.settings["transductive"] = True
    second = judged(KNeighborsClassifier(1), 3)
    first = {"nearest": good, EVIL: dull}
    return {"first": first, "second & last": {"one": second}, EVIL: {"units": units}}


@pytest.fixture(scope="module")
def page(results, tmp_path_factory):
    """A report of both."""
    published = pd.DataFrame({"method": ["LBP-TOP †", "MDMO"], "F1": [0.25, np.nan]})
    return write_report(
        results,
        tmp_path_factory.mktemp("report") / "report.html",
        title="Two datasets",
        about={"commit": "0123abc", "seed": 0},
        notes=["A note."],
        published=published,
        published_notes=["thesis: a thesis"],
    )


class Page(HTMLParser):
    """Tags, addresses and text of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.addresses, self.ids, self.text = [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        self.addresses += [attrs[k] for k in ("src", "href") if k in attrs]
        if "id" in attrs:
            self.ids.append(attrs["id"])

    def handle_data(self, data):
        self.text.append(data.strip())


def test_page_needs_nothing_else(page):
    found = Page(page)
    assert all(a.startswith(("data:", "#")) for a in found.addresses)
    targets = {a[1:] for a in found.addresses if a.startswith("#")}
    assert targets == {"result-0-0", "result-0-1", "result-1-0", "result-2-0"}
    assert targets <= set(found.ids) and len(set(found.ids)) == len(found.ids)
    text = page.read_text(encoding="utf-8")
    assert "url(" not in text and "@import" not in text


def test_page_holds_scores_marks_and_facts(page, results):
    found, good = Page(page), results["first"]["nearest"]
    for group in list(results.values())[:2]:
        for result in group.values():
            assert f"{result.macro_f1:.4f}" in found.text
    assert found.text.count("baseline") == 2
    # Whoever opens a result sees what its signs mean, as does who reads the table.
    assert found.text.count(footnotes("†")[0]) == 2
    assert "0.1667" in found.text  # 2 * 8 / (24 + 8) / 3 of the largest class
    assert "nearest †" in found.text and f"{EVIL} ‡" in found.text
    for words in (
        "0123abc",
        "A note.",
        "thesis: a thesis",
        "LBP-TOP †",
        "Two datasets",
    ):
        assert words in found.text
    assert "0.25" in found.text  # published with two digits, so shown with two
    for line in footnotes("†‡"):
        assert line in found.text
    low, high = good.intervals().loc["macro_f1", ["low", "high"]]
    assert f"[{low:.2f}, {high:.2f}]" in found.text
    assert "version of numpy" in found.text and "n_neighbors" in found.text


def test_page_holds_units(page, units):
    found = Page(page)
    for value in (*units.scores.values(), *units.baseline.values()):
        assert f"{value:.4f}" in found.text
    low, high = units.intervals().loc["f1 AU1", ["low", "high"]]
    assert f"[{low:.2f}, {high:.2f}]" in found.text
    assert found.text.count("always 1") == 2  # among the scores, and of each unit
    for heading in "Action units", "F1 of each unit", "F1 in each database":
        assert heading in found.text
    for value in units.per_database.to_numpy().ravel():
        assert f"{value:.4f}" in found.text


def test_names_are_text_and_never_code(page):
    assert Page(page).tags.count("script") == 1
    assert EVIL not in page.read_text(encoding="utf-8")


def test_pictures_are_the_same_bytes_each_time(page, results):
    pictures = re.findall(r"data:image/svg[^\"]+", page.read_text(encoding="utf-8"))
    assert len(pictures) == 3 + 2 * 3 + 4
    good = results["first"]["nearest"]
    note = "\n".join(good.footnotes)
    assert address_of(show_confusion(good.confusion, note=note)) == pictures[1]
    svg = base64.b64decode(pictures[1].partition(",")[2]).decode()
    assert ">anger<" in svg  # text, not outlines
    assert "† parameters chosen" in svg  # stays with the picture


def test_one_result_is_enough(tmp_path):
    result = judged(KNeighborsClassifier(1))
    path = write_report(result, tmp_path / "one.html")
    assert "KNeighborsClassifier" in Page(path).text
    assert "dataset" not in Page(path).text
    assert "details" in Page(path).tags
    assert not {"Databases", "interval"} & set(Page(path).text)


def test_databases_have_a_table(tmp_path):
    databases = np.repeat(["casme2", "smic"], 12)
    result = judged(KNeighborsClassifier(1), databases=databases)
    found = Page(write_report(result, tmp_path / "pool.html"))
    assert "Databases" in found.text and "smic" in found.text
    ends = result.of_database("smic").intervals().loc["uar", ["low", "high"]]
    assert "[{low:.2f}, {high:.2f}]".format(**ends) in found.text


def test_one_subject_has_no_interval(tmp_path):
    result = judged(KNeighborsClassifier(1), 1, protocol="lovo")
    text = write_report(result, tmp_path / "one.html").read_text(encoding="utf-8")
    assert f"{result.macro_f1:.4f}" in text and 'class="interval"' not in text


def test_wrong_results(units, tmp_path):
    path = tmp_path / "report.html"
    for none in {}, {"samm": {}}:
        with pytest.raises(ValueError, match="a dict of at least one, got none"):
            write_report(none, path)
    with pytest.raises(TypeError, match="a dict of at least one, got int"):
        write_report(3, path)
    with pytest.raises(TypeError, match="'hoof' on '' must be .* got int"):
        write_report({"hoof": 3}, path)
    with pytest.raises(TypeError, match="on 'b' must be a dict .* got KNeigh"):
        write_report({"a": {"hoof": units}, "b": KNeighborsClassifier()}, path)
    with pytest.raises(TypeError, match="on 'a' must be of one kind"):
        mixed = {"hoof": units, "fdm": judged(DummyClassifier())}
        write_report({"a": mixed}, path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        write_report(judged(DummyClassifier()), tmp_path / "no" / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "extra"), [("jinja2", "report")])
def test_missing_extra_is_named(module, extra, monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == module:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=rf"pip install mefeat\[{extra}\]"):
        write_report(judged(DummyClassifier()), tmp_path / "report.html")


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


def test_pictures_show_the_numbers():
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
    address = address_of(show_confusion(counts))
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


def browser_path():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return playwright, found


@pytest.fixture(scope="module")
def shown(page):
    """The page in a headless browser, with what it complained of and asked for."""
    playwright, path = browser_path()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        tab = browser.new_page()
        tab.complaints, tab.requests = [], []
        tab.on("console", lambda message: tab.complaints.append(message.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.goto(Path(page).as_uri())
        yield tab
        browser.close()


def column(tab, index):
    cells = tab.query_selector_all(f"table >> nth=0 >> tbody td:nth-child({index})")
    return [cell.inner_text() for cell in cells]


def numbers(tab, index):
    return [float(text.split()[0]) for text in column(tab, index)]


def test_browser_opens_it_without_errors_or_network(shown, page):
    assert shown.complaints == []
    others = [url for url in shown.requests if not url.startswith("data:")]
    assert others == [Path(page).as_uri()]
    assert shown.title() == "Two datasets"


def test_browser_shows_the_pictures(shown):
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    widths = shown.evaluate("Array.from(document.images, i => i.naturalWidth)")
    assert len(widths) == 13 and min(widths) > 100


def test_browser_sorts_tables(shown):
    before = column(shown, 2)
    heading = shown.query_selector("th:has-text('macro-F1') button")
    heading.click()
    scores = numbers(shown, 4)
    assert scores == sorted(scores, reverse=True) and len(scores) == 5
    assert column(shown, 2) != before
    heading.click()
    assert numbers(shown, 4) == sorted(scores)
    shown.query_selector("th:has-text('method') button").click()
    assert column(shown, 2) == sorted(before, key=str.lower)
    # Empty cells stay below, in both directions.
    last = shown.query_selector(".published th:has-text('F1') button")
    for _ in range(2):
        last.click()
        rows = shown.query_selector_all(".published tbody tr")
        assert "LBP-TOP" in rows[0].inner_text()
    assert shown.complaints == []


def test_browser_opens_what_a_link_leads_to(shown):
    # Twice: what was folded again opens again, though the address stays the same.
    for _ in range(2):
        shown.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = false)"
        )
        shown.click("text=one >> nth=0")
        shown.wait_for_function("document.getElementById('result-1-0').open")


def test_browser_sorts_units(shown):
    for table in range(shown.evaluate("document.querySelectorAll('table').length")):
        headings = shown.query_selector_all(f"table >> nth={table} >> th button")
        for heading in headings:
            heading.evaluate("button => button.click()")
    shown.evaluate("""() => {
        const all = Array.from(document.querySelectorAll('#result-2-0 th button'));
        all.find(button => button.textContent === 'unit').click();
    }""")
    names = shown.evaluate("""() => {
        const row = document.querySelector('#result-2-0 tbody tr');
        return row.cells[0].textContent;
    }""")
    assert names == EVIL and shown.complaints == []


def test_browser_prints_what_is_folded(shown):
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    height = "document.getElementById('result-2-0').scrollHeight"
    folded = shown.evaluate(height)
    shown.emulate_media(media="print")
    assert shown.evaluate(height) > 10 * folded
    shown.emulate_media(media="screen")


def test_browser_keeps_a_narrow_page_narrow(shown):
    shown.set_viewport_size({"width": 360, "height": 700})
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
