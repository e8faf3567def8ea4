"""The pages of the databases: their code runs on the miniature trees."""

import re
import textwrap
import warnings
from pathlib import Path

import pytest
import trees

from mefeat.datasets import DATABASES

PAGES = Path(__file__).parents[2] / "docs" / "guide" / "databases"


def code(page):
    """Get the Python of a page, block by block."""
    text = (PAGES / f"{page}.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"code-block:: python\n\n((?:(?: {3}.*)?\n)+)", text)
    return [textwrap.dedent(block) for block in blocks]


def meview(root):
    rows = [
        ("Person", "Movie", "Onset", "Offset", "Emotion"),
        (3, "07_1", 2, 5, "Fear"),
    ]
    trees.workbook(root / "MEVIEW_annotations.xlsx", ("a", rows))
    trees.frames(root / "clips" / "07_1", [f"{n}.jpg" for n in range(1, 9)])


@pytest.mark.parametrize("page", trees.ROOTS)
def test_code_of_a_page(page, tmp_path, monkeypatch):
    make = trees.TREES.get("smic-hs" if page == "smic" else page, meview)
    make(tmp_path / trees.ROOTS[page])
    monkeypatch.chdir(tmp_path)
    blocks = code(page)
    assert blocks
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in blocks:
            exec(block, {})


def test_code_of_the_index(tmp_path, monkeypatch, capsys):
    trees.casme2(tmp_path / "CASME2")
    trees.samm_long(tmp_path / "SAMM_LV")
    monkeypatch.chdir(tmp_path)
    judge, long = code("index")
    # The made images are no faces: as far as to the model.
    exec(judge[: judge.index("result =")], {})
    with pytest.warns(UserWarning, match="2 of 6 clips"):
        exec(long, {})
    assert "3 [Interval(onset=9" in capsys.readouterr().out


def test_every_database_has_its_page():
    names = {re.sub("-(hs|vis|nir)$", "", name) for name in DATABASES}
    pages = {path.stem for path in PAGES.glob("*.rst")}
    assert pages == names | {"index", "own"}
    index = (PAGES / "index.rst").read_text(encoding="utf-8")
    for name in names:
        assert f"<{name}>`" in index
    for database in DATABASES.values():
        doi = re.search(r"doi\.org/(\S+?)(,|$)", database.citation)
        page = re.sub("-(hs|vis|nir)$", "", database.name)
        text = (PAGES / f"{page}.rst").read_text(encoding="utf-8")
        assert doi is None or f":doi:`{doi[1]}`" in text
