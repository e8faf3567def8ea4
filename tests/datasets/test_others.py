"""The loaders beyond CASME and CASME II, on miniature trees with their quirks."""

import re
import shutil
import warnings

import pytest
import trees
from loaded import keys, labels, quiet, told

from mefeat.clip import Interval
from mefeat.datasets import (
    DatasetError,
    load_casme3,
    load_casme_sq,
    load_ckplus,
    load_long_videos,
    load_megc2019,
    load_mmew,
    load_samm,
    load_samm_long,
    load_smic,
)


@pytest.mark.parametrize("header", [1, 14])
def test_samm(tmp_path, header):
    trees.samm(tmp_path, header=header)
    with pytest.warns(UserWarning, match=r"028 028_4_1: apex 3100 .*\n.*032 032_3_1"):
        bunch = load_samm(tmp_path)
    assert bunch.groups.tolist() == ["006", "009", "028", "032", "037"]
    assert keys(bunch) == [
        (9, 0, 4, 8),
        (11, 0, 7, 10),
        (11, 0, None, 10),
        (10, 0, None, 9),
        (4, 0, 1, 3),
    ]
    assert bunch.clips[0].path[0].name == "006_05562.jpg"
    assert "Jaw" in bunch.frame["notes"][1]
    # An apex that is dropped is no clip that cannot be used.
    assert len(quiet(load_samm, tmp_path, strict=True).clips) == 5
    three = quiet(load_samm, tmp_path, classes="three")
    assert labels(three) == ["positive", "negative", "negative", "surprise"]
    five = quiet(load_samm, tmp_path, classes="five")
    assert set(five.target_names) == {"anger", "happiness", "others", "surprise"}


def test_samm_long(tmp_path):
    bunch = quiet(load_samm_long, trees.samm_long(tmp_path))
    assert labels(bunch) == ["micro", "macro", "macro", "micro"]
    # 31.6 to 59.6 are frames 32 to 60.
    assert keys(bunch)[1] == (29, 0, 8, 28)
    assert keys(bunch)[2] == (10, 0, None, 9)


def test_long_videos_of_samm(tmp_path):
    with pytest.warns(UserWarning, match="2 of 6 clips"):
        bunch = load_long_videos("samm-lv", trees.samm_long(tmp_path))
    assert [video.name for video in bunch.videos] == ["006_1", "006_5", "007_3"]
    assert bunch.groups.tolist() == ["006", "006", "007"]
    assert bunch.intervals == [
        [
            Interval(9, 14, 19, kind="micro"),
            Interval(31, 39, 59, kind="macro"),
            # No apex: the middle.
            Interval(69, 73, 78, kind="macro"),
        ],
        [],
        [Interval(94, 96, 99, kind="micro")],
    ]
    assert len(bunch.frame) == 4
    assert "1 videos without any" in bunch.DESCR
    with pytest.raises(DatasetError, match="2 of 6 clips cannot be used"):
        load_long_videos("samm-lv", tmp_path, strict=True)
    with pytest.raises(ValueError, match="long videos are in"):
        load_long_videos("casme2", tmp_path)


def test_a_long_video_without_images_or_expressions_is_told(tmp_path):
    root = trees.samm_long(tmp_path)
    (root / "SAMM_longvideos" / "006_7").mkdir()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bunch = load_long_videos("samm-lv", root)
    assert "1 videos without any expression" in str(caught[-1].message)
    assert "006 006_7: " in str(caught[-1].message)
    assert len(bunch.videos) == 3


def test_casme_sq(tmp_path):
    trees.casme_sq(tmp_path)
    message = r"1 of 4 clips .*\n.*row 6: s16 anger1_1: the folder of the clip"
    bunch, text = told(load_casme_sq, tmp_path)
    assert re.search(message, text)
    assert "row 4: s16 happy5_1: apex 30 lies outside of 3 to 9" in text
    assert bunch.groups.tolist() == ["s15", "s15", "s16"]
    # An offset of 0 is not annotated, the apex is the end; 30 lies outside of 3 to 9.
    assert keys(bunch) == [(10, 0, 5, 9), (6, 0, 5, None), (7, 0, None, 6)]
    assert bunch.frame["units"][1].units == ()
    assert bunch.frame["self_report"].tolist() == ["anger", "null", "happy"]
    macro = load_casme_sq(tmp_path, kind="macro")
    assert macro.frame["clip"].tolist() == ["disgust1_2", "happy5_2"]
    assert labels(macro) == ["others", "positive"]
    assert keys(macro)[0] == (16, 0, None, 15)
    assert len(quiet(load_casme_sq, tmp_path, kind="all").clips) == 5
    with pytest.raises(ValueError, match="kind must be one of"):
        load_casme_sq(tmp_path, kind="mini")


def test_casme_sq_by_codes_not_by_names(tmp_path):
    trees.casme_sq(tmp_path)
    raw = quiet(load_casme_sq, tmp_path, version="raw")
    selected = quiet(load_casme_sq, tmp_path)
    assert keys(raw) == keys(selected)
    assert raw.frame["path"].tolist() == [
        "rawpic/s15/15_0401girlcrashing",
        "rawpic/s15/15_0101disgustingteeth",
        "rawpic/s16/16_0503unnyfarting",
    ]


def test_long_videos_of_casme_sq(tmp_path):
    bunch = quiet(load_long_videos, "casme-sq", trees.casme_sq(tmp_path))
    assert [len(video.path) for video in bunch.videos] == [60, 600, 20, 5, 25]
    assert [len(found) for found in bunch.intervals] == [2, 1, 0, 0, 2]
    assert bunch.intervals[0][0] == Interval(9, 14, 14, kind="micro")
    assert bunch.intervals[1] == [Interval(556, 561, 565, kind="micro")]


def test_a_video_in_the_folder_of_another_subject(tmp_path):
    """It counts for the subject that its name says."""
    trees.casme_sq(tmp_path)
    raw = tmp_path / "rawpic"
    (raw / "s16" / "16_0503unnyfarting").rename(raw / "s15" / "16_0503unnyfarting")
    bunch = quiet(load_long_videos, "casme-sq", tmp_path)
    index = [video.name for video in bunch.videos].index("16_0503unnyfarting")
    assert bunch.groups[index] == "s16"
    assert len(bunch.intervals[index]) == 2


def test_casme3(tmp_path):
    trees.casme3(tmp_path)
    few = "m_1: 8 of 9 images from 1 to 9 are there"
    with pytest.warns(UserWarning, match="1 of 5 clips"):
        with pytest.warns(UserWarning, match=f"more than a tenth.*\n.*{few}"):
            bunch = load_casme3(tmp_path)
    assert bunch.frame["clip"].tolist() == ["a_8", "b_166", "b_200", "m_1"]
    assert bunch.groups.tolist() == ["spNO.1"] * 3 + ["spNO.10"]
    assert labels(bunch) == ["disgust", "happiness", "others", "others"]
    # The apex 5 of the last has no image, frame 4 takes its place.
    assert keys(bunch) == [(7, 0, 2, 6), (15, 0, 4, 14), (5, 0, 4, None), (8, 0, 3, 7)]
    notes = "no image of the apex 5; 8 of 9 images from 1 to 9 are there"
    assert bunch.frame["notes"][3] == notes
    with pytest.warns(UserWarning, match="no image has a number from 500 to 509"):
        raw = load_casme3(tmp_path, version="raw")
    assert keys(raw)[:3] == keys(bunch)[:3]
    assert raw.frame["path"][1] == "part_A/spNO.1/b/color"
    with pytest.raises(ValueError, match="version must be one of"):
        load_casme3(tmp_path, version="cropped")


@pytest.mark.parametrize("version", ["cropped", "raw"])
def test_smic_by_folders(tmp_path, version):
    trees.smic(tmp_path)
    bunch = load_smic(tmp_path, version=version)
    assert bunch.groups.tolist() == ["s01", "s01", "s20", "s20"]
    assert labels(bunch) == ["negative", "positive"] * 2
    assert keys(bunch)[0] == (12, 0, None, 11)
    visible = load_smic(tmp_path, camera="vis", version=version)
    assert visible.groups.tolist() == ["s11", "s11"]
    assert visible.clips[0].fps == 25
    with pytest.raises(DatasetError, match="no folder NIR"):
        load_smic(tmp_path, camera="nir", version=version)
    with pytest.raises(ValueError, match="camera must be one of"):
        load_smic(tmp_path, camera="uv")


def test_smic_from_inside(tmp_path):
    trees.smic(tmp_path)
    inner = load_smic(tmp_path / "SMIC_all_cropped" / "HS")
    assert keys(inner) == keys(load_smic(tmp_path))


def test_smic_long(tmp_path):
    trees.smic(tmp_path)
    bunch = load_smic(tmp_path, version="long")
    clips = ["s1_ne_01", "s20_ne_01", "s20_ne_01#2", "s20_sur_01"]
    assert bunch.frame["clip"].tolist() == clips
    assert [len(clip.path) for clip in bunch.clips] == [11, 10, 6, 5]
    assert "FirstF is 'MISSING <-426679'" in bunch.frame["notes"][1]
    long = load_long_videos("smic-hs", tmp_path)
    assert [(i.onset, i.offset) for i in long.intervals[1]] == [(0, 9), (20, 25)]


def test_smic_long_wants_the_sheet_of_its_own_camera(tmp_path):
    long = trees.smic(tmp_path) / "SMIC-E" / "HS_long" / "SMIC-HS-E"
    shutil.copytree(long, tmp_path / "SMIC-E" / "NIR_long" / "SMIC-NIR-E")
    with pytest.raises(DatasetError, match="has no worksheet NIR, but one of VIS"):
        load_smic(tmp_path, camera="nir", version="long")
    shutil.copytree(long, tmp_path / "SMIC-E" / "VIS_long" / "SMIC-VIS-E")
    with pytest.raises(DatasetError, match="SMIC-VIS: .*, long videos lists no clip"):
        load_smic(tmp_path, camera="vis", version="long")


def test_mmew(tmp_path):
    trees.mmew(tmp_path)
    bunch = load_mmew(tmp_path)
    assert keys(bunch) == [(11, 0, 5, 10), (9, 0, 3, 8), (9, 0, 3, 8)]
    assert bunch.frame["units"][1].numbers == [7, 43]
    assert bunch.frame["notes"][2] == "blurred"
    # Subjects first, as others have it.
    for clip in bunch.frame["path"]:
        _, emotion, name = clip.split("/")
        target = tmp_path / name.split("-")[0] / emotion
        target.mkdir(parents=True, exist_ok=True)
        (tmp_path / clip).rename(target / name)
    assert keys(load_mmew(tmp_path)) == keys(bunch)


def test_ckplus(tmp_path):
    trees.ckplus(tmp_path)
    bunch = load_ckplus(tmp_path)
    assert labels(bunch) == ["disgust", "surprise"]
    assert keys(bunch) == [(11, 0, 10, None)] * 2
    assert "unlabelled 1" in bunch.DESCR
    file = next((tmp_path / "Emotion" / "S005" / "001").iterdir())
    file.write_text("many words")
    with pytest.warns(UserWarning, match="must hold a number from 0 to 7, got 'many"):
        load_ckplus(tmp_path)
    shutil.rmtree(tmp_path / "Emotion")
    with pytest.raises(DatasetError, match="in a folder Emotion"):
        load_ckplus(tmp_path)


@pytest.mark.parametrize("header", [False, True])
def test_megc2019_by_its_table(tmp_path, header):
    trees.megc2019(tmp_path, header=header)
    with pytest.warns(UserWarning, match="samm/032"):
        bunch = load_megc2019(tmp_path)
    assert bunch.frame["database"].tolist() == ["casme2"] * 4 + ["smic"] * 4 + (
        ["samm"] * 4
    )
    assert labels(bunch)[:4] == ["positive", "negative", "surprise", "negative"]
    assert bunch.groups[0] == "casme2/sub01" and bunch.groups[-1] == "samm/037"
    assert [clip.fps for clip in bunch.clips] == [200] * 4 + [100] * 4 + [200] * 4


def test_megc2019_by_its_rule(tmp_path):
    trees.megc2019(tmp_path)
    table = quiet(load_megc2019, tmp_path)
    (tmp_path / "combined_3class_gt.csv").unlink()
    roots = {"casme2": tmp_path / "CASME2", "smic": tmp_path / "SMIC"}
    roots["samm"] = tmp_path / "SAMM_v2"
    for root in (tmp_path, roots):
        rule = quiet(load_megc2019, root)
        assert keys(rule) == keys(table)
        assert rule.groups.tolist() == table.groups.tolist()
        assert labels(rule) == labels(table)
    del roots["samm"]
    with pytest.raises(DatasetError, match="missing are SAMM"):
        load_megc2019(roots)


def test_megc2019_options_of_its_parts(tmp_path):
    trees.megc2019(tmp_path)
    trees.casme2(tmp_path / "CASME2", folder="Cropped")
    options = {"casme2": {"version": "cropped"}, "smic": {"version": "raw"}}
    bunch = quiet(load_megc2019, tmp_path, options=options)
    assert bunch.clips[0].path[0].name == "reg_img46.jpg"
    assert bunch.clips[4].path[0].suffix == ".jpg"
    with pytest.raises(ValueError, match="options must be of"):
        load_megc2019(tmp_path, options={"casme3": {}})


def test_megc2019_tells_clips_that_its_table_has_and_nobody_else(tmp_path):
    trees.megc2019(tmp_path)
    table = tmp_path / "combined_3class_gt.csv"
    table.write_text(table.read_text() + "samm,99,099_1_1,0\n")
    bunch, text = told(load_megc2019, tmp_path)
    assert len(bunch.clips) == 12
    assert re.search("samm/99 .*no such clip in its database", text)
    table.write_text("casme2,sub01,EP02_01f,1\nfer,1,2,0\n")
    with pytest.raises(DatasetError, match="row 2: expected one of"):
        load_megc2019(tmp_path)
