"""Clips of anybody's own, and MEVIEW by the same way."""

import numpy as np
import pandas as pd
import pytest
import trees

from mefeat import Read
from mefeat.datasets import DatasetError, load_database, load_folder, load_meview
from mefeat.testing import example_clips
from mefeat.video import write_video

ROWS = [
    ("ann", "a1", "Happy", 3, 5, 8),
    ("ann", "a2", "anger", 1, 2, 0),
    ("007", "b1", "anger", 2, 9, 4),
]
NAMES = ["subject", "clip", "label", "onset", "apex", "offset"]


@pytest.fixture
def root(tmp_path):
    for folder in ("ann/a1", "ann/a2", "007/b1"):
        trees.frames(tmp_path / folder, [f"x{n}.png" for n in range(1, 11)])
    return tmp_path


def keys(bunch):
    return [(len(c.path), c.onset, c.apex, c.offset) for c in bunch.clips]


EXPECTED = [(6, 0, 2, 5), (2, 0, 1, None), (3, 0, None, 2)]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "frame"])
def test_tables_of_all_kinds(root, kind):
    table = pd.DataFrame(ROWS, columns=NAMES)
    if kind == "csv":
        table.to_csv(root / "t.csv", index=False)
        table = "t.csv"
    elif kind == "xlsx":
        table = trees.workbook(root / "t.xlsx", ("any", [NAMES, *ROWS]))
    with pytest.warns(UserWarning, match="007 b1: apex 9 lies outside of 2 to 4"):
        bunch = load_folder(root, table=table, fps=100)
    assert keys(bunch) == EXPECTED
    assert bunch.groups.tolist() == ["ann", "ann", "007"]
    assert bunch.target_names.tolist() == ["anger", "happiness"]
    assert {clip.fps for clip in bunch.clips} == {100}


def test_other_names_of_columns(root):
    table = pd.DataFrame(ROWS[:2], columns=["who", "Which One", "Mood", "a", "b", "c"])
    columns = {"subject": "who", "emotion": "mood", "onset": "a", "apex": "B"}
    columns |= {"offset": "c", "clip": "which_one"}
    bunch = load_folder(root, table=table, columns=columns)
    assert keys(bunch) == EXPECTED[:2]
    table = table.rename(columns={"Which One": "place"})
    table["place"] = "ann/" + table["place"]
    columns["clip"] = "place"
    bunch = load_folder(root, "{place}", table=table, columns=columns)
    assert bunch.frame["path"].tolist() == ["ann/a1", "ann/a2"]
    columns["label"] = columns.pop("emotion")
    assert load_folder(root, "{place}", table=table, columns=columns).target.any()
    del columns["label"]
    with pytest.raises(DatasetError, match="no column label; there are .'who'"):
        load_folder(root, "{place}", table=table, columns=columns)
    with pytest.raises(DatasetError, match="no column subject or label; there are"):
        load_folder(root, "{place}", table=table)


def test_without_a_table_folders_say_it(root):
    trees.frames(root / "x" / "joy" / "c1", ["1.png", "2.png"])
    trees.frames(root / "x" / "fear" / "c2", ["1.png"])
    bunch = load_folder(root, "{subject}/{label}/{clip}")
    assert bunch.frame["clip"].tolist() == ["c2", "c1"]
    assert bunch.target_names[bunch.target].tolist() == ["fear", "joy"]
    bunch = load_folder(root, "{subject}/{label}/c{clip}", classes={"joy": "positive"})
    assert bunch.frame["clip"].tolist() == ["1"]
    with pytest.raises(DatasetError, match="named like 'b{subject}/{clip}'"):
        load_folder(root, "b{subject}/{clip}")
    with pytest.raises(DatasetError, match="ann a1: neither .* names its label"):
        load_folder(root)
    with pytest.raises(DatasetError, match="a1: neither .* names its subject"):
        load_folder(root, "{label}/{clip}")
    with pytest.raises(ValueError, match="must name each field once"):
        load_folder(root, "{subject}/{subject}")
    with pytest.raises(ValueError, match="must have names in braces"):
        load_folder(root, "ann/a1")


def test_videos(tmp_path):
    clip = example_clips(1)[0]
    for name in ("p1_joy.avi", "p2_fear.avi"):
        write_video(tmp_path / name, clip.frames, 50)
    bunch = load_folder(tmp_path, "{subject}_{label}.avi")
    assert bunch.groups.tolist() == ["p1", "p2"]
    table = pd.DataFrame({"subject": ["p1"], "label": ["joy"], "onset": [2]})
    bunch = load_folder(
        tmp_path, "{subject}_{label}.avi", table=table.assign(apex=4, offset=9)
    )
    read = Read().transform(bunch.clips)[0]
    assert len(read.frames) == 8 and read.apex == 2 and read.fps == 50
    np.testing.assert_array_equal(
        read.frames, Read().transform([tmp_path / "p1_joy.avi"])[0].frames[2:10]
    )


@pytest.mark.parametrize(
    "path",
    ["../secret", "/etc", "ann/../../secret", "C:/x", "..\\secret", "link", "link/x"],
)
def test_paths_out_of_the_root_are_refused(tmp_path, path):
    root = tmp_path / "root"
    trees.frames(root / "a1", ["1.png"])
    trees.frames(tmp_path / "secret", ["1.png"])
    trees.frames(tmp_path / "secret" / "x", ["1.png"])
    (root / "link").symlink_to(tmp_path / "secret")
    table = pd.DataFrame({"subject": "s", "clip": ["a1", path], "label": "joy"})
    with pytest.warns(UserWarning, match="leads out of the root"):
        bunch = load_folder(root, "{clip}", table=table)
    assert bunch.frame["clip"].tolist() == ["a1"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"clip": ""}, "clip is empty"),
        ({"clip": "a9"}, "ann/a9 is missing"),
        ({"clip": "x" * 5000}, "is no path|is missing"),
        ({"clip": "a\0"}, "leads out"),
        ({"subject": None}, "subject is empty"),
        ({"label": ""}, "no emotion is given"),
        (
            {"onset": 50, "apex": 55, "offset": 60},
            "no image has a number from 50 to 60",
        ),
    ],
)
def test_rows_that_cannot_be_used(root, row, message):
    table = pd.DataFrame(ROWS[:2], columns=NAMES).astype(object)
    table = pd.concat([table, table.iloc[:1].assign(**row)])
    with pytest.warns(UserWarning, match=f"1 of 3 clips .*\n.*({message})"):
        assert len(load_folder(root, table=table).clips) == 2
    with pytest.raises(DatasetError, match=message):
        load_folder(root, table=table, strict=True)


def test_a_table_that_is_not_there_or_empty(root):
    with pytest.raises(DatasetError, match="cannot be opened"):
        load_folder(root, table="t.csv")
    (root / "t.csv").write_text("\n\n")
    with pytest.raises(DatasetError, match="is empty"):
        load_folder(root, table="t.csv")
    (root / "t.csv").write_text("subject,clip,label\n")
    with pytest.raises(DatasetError, match="t.csv lists no clip"):
        load_folder(root, table="t.csv")


def test_meview(tmp_path):
    rows = [
        ("Person", "Movie", "Onset", "Offset", "Emotion"),
        (3, "07_1", 2, 5, "Fear"),
    ]
    trees.workbook(tmp_path / "MEVIEW_annotations.xlsx", ("a", rows))
    trees.frames(tmp_path / "clips" / "07_1", [f"{n}.jpg" for n in range(1, 9)])
    options = {
        "pattern": "clips/{clip}",
        "columns": {"subject": "Person", "clip": "Movie"},
    }
    bunch = load_meview(tmp_path, **options)
    assert keys(bunch) == [(4, 0, None, 3)]
    assert bunch.clips[0].fps == 25
    three = load_database("meview", tmp_path, classes="three", **options)
    assert three.target_names.tolist() == ["negative"]
    (tmp_path / "MEVIEW_annotations.xlsx").unlink()
    with pytest.raises(DatasetError, match="no sheet of MEVIEW"):
        load_meview(tmp_path)


def own(root, images, **more):
    """A clip of these images and its row."""
    trees.frames(root / "ann" / "c", [f"x{n}.png" for n in images])
    return pd.DataFrame([{"subject": "ann", "clip": "c", "label": "joy"} | more])


@pytest.mark.parametrize(
    "images",
    [range(0, 200, 5), [0, 33, 67, 100, 133, 167, 200], range(7)],
    ids=["every fifth", "milliseconds", "all"],
)
def test_numbers_of_own_images_may_go_in_steps(images, tmp_path):
    table = own(tmp_path, images)
    assert len(load_folder(tmp_path, table=table).clips[0].path) == len(images)
    table = table.assign(onset=images[1], offset=images[-1] + images[1] // 2)
    assert len(load_folder(tmp_path, table=table).clips[0].path) == len(images) - 1


def test_own_clips_that_lack_images(tmp_path):
    table = own(tmp_path, [1, 2, 3, 41])
    with pytest.raises(
        DatasetError, match="only 4 of 41 images from 1 to 41 are there"
    ):
        load_folder(tmp_path, table=table)
    trees.frames(tmp_path / "ann" / "c", [f"x{n}.png" for n in range(4, 30)])
    with pytest.warns(UserWarning, match="ann c: 30 of 41 images from 1 to 41 are"):
        load_folder(tmp_path, table=table)
    for image in (tmp_path / "ann" / "c").iterdir():
        if int(image.stem[1:]) % 2 or image.stem in ("x6", "x12"):
            image.unlink()
    with pytest.warns(UserWarning, match="12 of 14 .*numbers go in steps of 2"):
        load_folder(tmp_path, table=table)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "frame"])
@pytest.mark.parametrize("onset", [0.46, 1.5, "0,46", ".5"])
def test_seconds_are_refused(kind, onset, tmp_path):
    """Rounded to 0 and 1 they would be other frames."""
    table = own(tmp_path, range(9), onset=onset, offset=2.0)
    table = pd.concat([table.assign(clip="d", onset=1), table])
    if kind == "csv":
        table.to_csv(tmp_path / "t.csv", index=False, sep=";")
        table = "t.csv"
    elif kind == "xlsx":
        rows = [[*table.columns], *table.itertuples(index=False, name=None)]
        table = trees.workbook(tmp_path / "t.xlsx", ("any", rows))
    message = rf"row [13]: the onset is '{onset}'; .*multiply seconds by the frame rate"
    with pytest.raises(DatasetError, match=message):
        load_folder(tmp_path, table=table)


@pytest.mark.parametrize("name", ["onset_s", "Onset (s)", "onset time", "onset_ms"])
def test_a_column_of_times_is_not_passed_over(name, tmp_path):
    table = own(tmp_path, range(9), **{name: 0, "offset_s": 1})
    with pytest.raises(DatasetError, match="is a time, and no column onset"):
        load_folder(tmp_path, table=table)
    # As `mefeat spot` writes them, beside the frames.
    whole = table.assign(onset=2, offset=5)
    assert len(load_folder(tmp_path, table=whole).clips[0].path) == 4


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".xlsx"])
def test_a_title_above_the_table(suffix, root):
    above = [["Our lab, 2024", "", ""], [], ["done;by", "Ann", "x"]]
    rows = [*above, NAMES, *ROWS[:2]]
    path = root / f"t{suffix}"
    if suffix == ".xlsx":
        trees.workbook(path, ("any", rows))
    else:
        lines = [";".join(map(str, row)) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8-sig")
    assert keys(load_folder(root, table=path)) == EXPECTED[:2]
