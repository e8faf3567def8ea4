"""The benchmark of accuracy: results of two folders beside each other."""

import json
import shutil

import pytest
from rows import make_rows
from sklearn.neighbors import KNeighborsClassifier

from mefeat.evaluation import evaluate
from mefeat.harness import main
from mefeat.harness._tables import ComparisonError, compare_folders

pytestmark = pytest.mark.usefixtures("small_accuracy")


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Two runs of one method, saved as the command saves them."""
    out = tmp_path_factory.mktemp("runs")
    X, y, groups = make_rows()
    for name, k in ("one", 1), ("two", 9):
        result = evaluate(KNeighborsClassifier(k), X, y, groups)
        result.save(out / name / "synthetic" / "hoof")
    return out


def test_compare_folders(cells, capsys):
    assert main(["--compare", str(cells / "one"), str(cells / "two")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("synthetic/hoof\nloso: 48 clips")
    assert "p_value" in printed and "one " in printed and "two " in printed
    folders = [cells / name / "synthetic" / "hoof" for name in ("one", "two")]
    assert str(folders[0]) in compare_folders(*folders)
    assert main(["--compare", str(cells / "one"), str(cells / "none")]) == 2
    assert "holds no result.json" in capsys.readouterr().err
    assert main(["--compare", str(cells / "one"), str(folders[1])]) == 2
    assert "name the folders of their results" in capsys.readouterr().err


def test_what_cannot_be_compared_is_said_and_the_rest_compared(cells, tmp_path, capsys):
    for name in "one", "two":
        shutil.copytree(cells / name, tmp_path / name)
        for other in "other", "cut":
            source = tmp_path / name / "synthetic" / "hoof"
            shutil.copytree(source, tmp_path / name / "synthetic" / other)
    X, y, groups = make_rows(n_clips=24)
    other = evaluate(KNeighborsClassifier(), X, y, groups)
    other.save(tmp_path / "two" / "synthetic" / "other")
    other.save(tmp_path / "two" / "samm" / "hoof")
    cut = tmp_path / "one" / "synthetic" / "cut" / "result.json"
    cut.write_bytes(cut.read_bytes()[:2000])
    folders = [str(tmp_path / name) for name in ("one", "two")]
    assert main(["--compare", *folders]) == 0
    printed = capsys.readouterr().out
    assert printed.count("p_value:") == 1
    assert "synthetic/other\nnot compared: the results must be of the same c" in printed
    assert f"synthetic/cut\nnot compared: {cut} is no result of" in printed
    assert f"only in {folders[1]}: samm/hoof" in printed
    shutil.rmtree(tmp_path / "one" / "synthetic" / "hoof")
    assert main(["--compare", *folders]) == 2
    assert "error: synthetic/cut\nnot compared: " in capsys.readouterr().err


def test_results_of_other_clips_are_not_compared(cells, tmp_path):
    shutil.copytree(cells, tmp_path, dirs_exist_ok=True)
    folders = [tmp_path / name / "synthetic" / "hoof" for name in ("one", "two")]
    for second in ("synthetic-still", 0), ("synthetic", 1), ("casme2", 0):
        for folder, (name, seed) in zip(
            folders, [("synthetic", 0), second], strict=True
        ):
            asked = json.dumps({"dataset": name, "seed": seed})
            (folder / "request.json").write_text(asked)
        with pytest.raises(ComparisonError, match="clips, got synthetic, seed 0 and"):
            compare_folders(*folders)
    # The seed of folds and classifiers makes no other clips of a database.
    (folders[0] / "request.json").write_text('{"dataset": "casme2", "seed": 1}')
    assert "p_value" in compare_folders(*folders)
