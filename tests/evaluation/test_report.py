"""The HTML report: what the page holds, and what is refused."""

import base64
import builtins
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from report_results import EVIL, judged
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import write_report
from mefeat.evaluation._report import data_uri
from mefeat.evaluation._results import footnotes
from mefeat.plot import show_confusion


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


def test_page_needs_nothing_else(report_page):
    found = Page(report_page)
    assert all(a.startswith(("data:", "#")) for a in found.addresses)
    targets = {a[1:] for a in found.addresses if a.startswith("#")}
    assert targets == {"result-0-0", "result-0-1", "result-1-0", "result-2-0"}
    assert targets <= set(found.ids) and len(set(found.ids)) == len(found.ids)
    text = report_page.read_text(encoding="utf-8")
    assert "url(" not in text and "@import" not in text


def test_page_holds_scores_marks_and_facts(report_page, report_results):
    found, good = Page(report_page), report_results["first"]["nearest"]
    for group in list(report_results.values())[:2]:
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


def test_page_holds_units(report_page, report_results):
    units = report_results[EVIL]["units"]
    found = Page(report_page)
    for value in (*units.scores.values(), *units.baseline.values()):
        assert f"{value:.4f}" in found.text
    low, high = units.intervals().loc["f1 AU1", ["low", "high"]]
    assert f"[{low:.2f}, {high:.2f}]" in found.text
    assert found.text.count("always 1") == 2  # among the scores, and of each unit
    for heading in "Action units", "F1 of each unit", "F1 in each database":
        assert heading in found.text
    for value in units.per_database.to_numpy().ravel():
        assert f"{value:.4f}" in found.text


def test_names_are_text_and_never_code(report_page):
    assert Page(report_page).tags.count("script") == 1
    assert EVIL not in report_page.read_text(encoding="utf-8")


def test_images_are_the_same_bytes_each_time(report_page, report_results):
    images = re.findall(
        r"data:image/svg[^\"]+", report_page.read_text(encoding="utf-8")
    )
    assert len(images) == 3 + 2 * 3 + 4
    good = report_results["first"]["nearest"]
    note = "\n".join(good.footnotes)
    assert data_uri(show_confusion(good.confusion, note=note)) == images[1]
    svg = base64.b64decode(images[1].partition(",")[2]).decode()
    assert ">anger<" in svg  # text, not outlines
    assert "† parameters chosen" in svg  # stays with the image


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


def test_wrong_results(report_results, tmp_path):
    units = report_results[EVIL]["units"]
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
    with pytest.raises(ImportError, match=rf"pip install 'mefeat\[{extra}\]'"):
        write_report(judged(DummyClassifier()), tmp_path / "report.html")
