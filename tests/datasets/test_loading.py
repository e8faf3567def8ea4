"""The loaders, on miniature trees with the layouts and quirks of each database."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import trees
from loaded import keys, labels, quiet

from mefeat import ClipFile, Read
from mefeat.datasets import (
    DATABASES,
    DatasetError,
    load_casme,
    load_casme2,
    load_database,
    load_samm,
)
from mefeat.datasets._layout import _ends, key_frames

# Trees with rows that cannot be used or apexes that are impossible.
FAULTY = {"casme-sq", "casme3", "samm", "samm-lv", "megc2019"}


@pytest.mark.parametrize("name", trees.TREES)
def test_what_every_loader_returns(name, tmp_path):
    bunch = quiet(load_database, name, trees.make(name, tmp_path))
    assert set(bunch) == {
        *("clips", "target", "target_names", "groups", "frame", "DESCR"),
    }
    n_clips = len(bunch.clips)
    assert n_clips == len(bunch.target) == len(bunch.groups) == len(bunch.frame)
    assert all(isinstance(clip, ClipFile) for clip in bunch.clips)
    assert set(bunch.target) == set(range(len(bunch.target_names)))
    wanted = "subject clip path onset apex offset emotion action_units units notes"
    assert set(wanted.split()) <= set(bunch.frame.columns)
    assert bunch.frame["class"].tolist() == labels(bunch)
    assert bunch.groups.tolist() == bunch.frame["subject"].tolist()
    if DATABASES[name].fps:
        assert {clip.fps for clip in bunch.clips} == {DATABASES[name].fps}
    assert f"{n_clips} clips" in bunch.DESCR
    assert DATABASES[name].citation in bunch.DESCR
    clip = Read().transform(bunch.clips[:1])[0]
    assert clip.frames.shape == (len(bunch.clips[0].path), 4, 4)


@pytest.mark.parametrize("name", sorted(FAULTY))
def test_faults_are_told(name, tmp_path):
    root = trees.make(name, tmp_path)
    with pytest.warns(UserWarning) as caught:
        load_database(name, root)
    assert 1 <= len(caught) <= 2
    assert all(str(warning.message).count("\n") for warning in caught)


@pytest.mark.parametrize("name", sorted(set(trees.TREES) - FAULTY))
def test_nothing_is_told_without_need(name, tmp_path):
    """Warnings are errors here."""
    bunch = load_database(name, trees.make(name, tmp_path), strict=True)
    assert len(bunch.clips) == len(bunch.frame) > 0


def test_casme2(tmp_path):
    bunch = load_casme2(trees.casme2(tmp_path))
    assert bunch.groups.tolist() == (
        ["sub01", "sub02", "sub04", "sub05", "sub05", "sub26", "sub26", "sub26"]
    )
    assert bunch.frame["clip"].tolist()[:3] == ["EP02_01f", "EP02_01f", "EP12_01f"]
    assert bunch.clips[0].path[0].name == "img46.jpg"
    assert bunch.clips[0].path[-1].name == "img86.jpg"
    # The second clip lacks frame 15 of 10 to 20; the apex of the third is "/".
    assert keys(bunch)[:3] == [(41, 0, 13, 40), (10, 0, 4, 9), (10, 0, None, 9)]
    assert bunch.frame["apex"][2] == "/"
    assert bunch.frame["units"][1].numbers == [4, 7]
    assert "sheet of 2014" in bunch.DESCR


def test_casme2_classes(tmp_path):
    trees.casme2(tmp_path)
    assert labels(load_casme2(tmp_path, classes="five")).count("disgust") == 3
    assert "sadness" not in load_casme2(tmp_path, classes="five").target_names
    three = load_casme2(tmp_path, classes="three")
    assert three.target_names.tolist() == ["negative", "positive", "surprise"]
    assert np.bincount(three.target).tolist() == [4, 1, 1]
    assert "others 1, sadness 1" in three.DESCR
    own = load_casme2(tmp_path, classes={"Disgust": "bad", "Others": "rest"})
    assert labels(own) == ["bad", "bad", "bad", "rest"]
    with pytest.raises(ValueError, match="one of .'own', 'five', 'three'. or a dict"):
        load_casme2(tmp_path, classes="four")
    with pytest.raises(DatasetError, match="all clips are left out"):
        load_casme2(tmp_path, classes={"boredom": "x"})


def test_casme2_of_2019_and_the_choice_between_both(tmp_path):
    trees.casme2(tmp_path, year="20190701")
    bunch = load_casme2(tmp_path)
    assert "sheet of 2019" in bunch.DESCR
    assert bunch.frame["objective"].tolist() == ["1", "4", "4", "4", "2", "5", "6", "7"]
    trees.casme2(tmp_path)
    assert "sheet of 2014" in load_casme2(tmp_path).DESCR
    given = load_casme2(tmp_path, sheet="CASME2-coding-20190701.xlsx")
    assert "sheet of 2019" in given.DESCR
    with pytest.raises(DatasetError, match="no such coding sheet"):
        load_casme2(tmp_path, sheet="other.xlsx")


@pytest.mark.parametrize("folder", ["Cropped", "Cropped/Cropped"])
def test_cropped_frames_and_doubled_folders(tmp_path, folder):
    trees.casme2(tmp_path, folder=folder)
    bunch = load_casme2(tmp_path, version="cropped")
    assert bunch.clips[0].path[0].name == "reg_img46.jpg"
    assert bunch.frame["path"][0] == f"{folder}/sub01/EP02_01f"
    with pytest.raises(DatasetError, match="'raw'; there is cropped in Cropped"):
        load_casme2(tmp_path)
    with pytest.raises(ValueError, match="version must be one of"):
        load_casme2(tmp_path, version="large")


@pytest.mark.parametrize(
    ("above", "version"),
    [
        *[(name, "cropped") for name in ("Cropped", "SAMM_crop", "CASME2-cropped")],
        *[(name, "cropped") for name in ("SMIC_all_cropped", "Cropped-updated")],
        *[(name, "cropped") for name in ("my crops", "FacesCropped", "SAMMCropped")],
        *[(name, "raw") for name in ("microcrops", "outcrop", "SAMM", "SAMM_raw")],
    ],
)
def test_a_word_in_a_folders_name_tells_the_version(tmp_path, above, version):
    root = trees.samm(tmp_path / above / "SAMM")
    assert len(quiet(load_samm, root, version=version).clips)
    other = {"raw": "cropped", "cropped": "raw"}[version]
    with pytest.raises(DatasetError, match=f"there is {version} in"):
        load_samm(root, version=other)


def test_all_frames_of_the_folder(tmp_path):
    bunch = load_casme2(trees.casme2(tmp_path), frames="all")
    assert keys(bunch)[:2] == [(51, 6, 19, 46), (16, 2, 6, 11)]
    with pytest.raises(ValueError, match="frames must be one of"):
        load_casme2(tmp_path, frames="some")


def test_all_frames_reach_to_key_frames_that_lie_outside():
    """Else a clip without its first images would begin with a false onset."""
    key = key_frames("3", "6", "9")
    assert _ends([5, 6, 7], key, True, "all") == (3, 9)
    assert _ends([1, 6, 12], key, True, "all") == (1, 12)
    assert _ends([5, 6, 7], key_frames("", "", ""), True, "all") == (5, 7)
    assert _ends([5, 6, 7], key, True, "event") == (3, 9)


def test_a_sheet_of_text_as_csv_will_do(tmp_path):
    trees.casme2(tmp_path)
    whole = load_casme2(tmp_path)
    (tmp_path / "CASME2-coding-20140508.xlsx").unlink()
    frame = whole.frame[["subject", "clip", "onset", "apex", "offset", "emotion"]]
    frame.columns = "Subject Filename OnsetFrame ApexFrame OffsetFrame Emotion".split()
    frame.to_csv(tmp_path / "CASME2-coding.csv", sep=";", index=False)
    assert keys(load_casme2(tmp_path)) == keys(whole)


def test_missing_clips_are_listed_once(tmp_path):
    root = trees.casme2(tmp_path)
    shutil.rmtree(root / "CASME2_RAW_selected" / "sub02")
    shutil.rmtree(root / "CASME2_RAW_selected" / "sub05" / "EP09_05f")
    for image in (root / "CASME2_RAW_selected" / "sub26" / "EP18_50").iterdir():
        image.unlink()
    message = r"3 of 8 clips cannot be used.*\n.*sub02 EP02_01f: the folder of the "
    message += r"subject is missing\n.*sub05 EP09_05f: the folder of the clip.*\n.*none"
    message = message.replace("none", "sub26 EP18_50: .*no frame image")
    with pytest.warns(UserWarning, match=message) as caught:
        bunch = load_casme2(root)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(bunch.clips) == 5
    assert "Cannot be used: 3 clips" in bunch.DESCR
    with pytest.raises(DatasetError, match="3 of 8 clips cannot be used"):
        load_casme2(root, strict=True)


def test_a_row_that_is_there_twice_is_one_clip(tmp_path):
    trees.casme2(tmp_path)
    head = "Subject,Filename,Onset,Apex,Offset,Emotion\n"
    rows = "1,EP02_01f,46,59,86,happiness\n01,EP02_01f,46,59,86,happiness\n"
    (tmp_path / "s.csv").write_text(head + rows + "1,EP02_01f,50,59,86,happiness\n")
    with pytest.warns(UserWarning, match="row 3: .* is there twice, also as s"):
        bunch = load_casme2(tmp_path, sheet="s.csv")
    assert [len(clip.path) for clip in bunch.clips] == [41, 37]


def test_padding_of_all_kinds_and_two_images_of_one_frame(tmp_path):
    root = trees.casme2(tmp_path)
    place = root / "CASME2_RAW_selected" / "sub04" / "EP12_01f"
    for i, image in enumerate(sorted(place.glob("img*.jpg"))):
        name = ["img{}.JPG", "img{:05d}.jpeg", "x1_img{:03d}.Png"][i % 3]
        image.rename(place / name.format(int(image.stem[3:])))
    assert keys(load_casme2(root))[2] == (10, 0, None, 9)
    trees.frames(place, ["other25.bmp"])
    with pytest.warns(UserWarning, match="frame 25 is there twice"):
        assert len(load_casme2(root).clips) == 7


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match="is no folder"):
        load_casme2(tmp_path / "nothing")
    with pytest.raises(DatasetError, match="no coding sheet of CASME II"):
        load_casme2(tmp_path)
    (tmp_path / "CASME2-coding-20140508.xls").touch()
    with pytest.raises(DatasetError, match="save CASME2-coding-20140508.xls as .xlsx"):
        load_casme2(tmp_path)
    root = trees.casme2(tmp_path)
    shutil.rmtree(root / "CASME2_RAW_selected")
    with pytest.raises(DatasetError, match="no folders of subjects .* nothing alike"):
        load_casme2(root)
    with pytest.raises(ValueError, match="database must be one of"):
        load_database("casme9", root)


def test_casme(tmp_path):
    trees.casme(tmp_path)
    bunch = load_casme(tmp_path)
    assert keys(bunch) == [(8, 0, 4, 7), (7, 0, 3, 6)]
    assert labels(bunch) == ["tenseness", "happiness"]
    assert bunch.clips[1].path[0].name == "EP10_2-003.jpg"
    assert load_casme(tmp_path, classes="three").target_names.tolist() == ["positive"]
    cropped = load_casme(tmp_path, version="cropped")
    assert cropped.clips[0].path[0].name == "reg_EP01_5-113.jpg"
    whole = load_casme(tmp_path, version="original")
    assert whole.frame["path"][1] == "CASME_A/Section A/sub03/EP10"
    assert whole.clips[1].path[0].name == "EP10-3.jpg"
    assert keys(whole) == keys(bunch)


@pytest.mark.parametrize("name", trees.TREES)
def test_the_name_of_a_root_does_not_matter(name, tmp_path):
    """Not even spaces, and letters that are not ASCII."""
    root = tmp_path / "données of others"
    trees.make(name, root)
    before = quiet(load_database, name, root)
    link = tmp_path / "link"
    link.symlink_to(root)
    after = quiet(load_database, name, link)
    pd.testing.assert_frame_equal(
        before.frame.drop(columns="units"), after.frame.drop(columns="units")
    )


def test_every_database_is_documented_and_cited():
    for name, database in DATABASES.items():
        assert re.fullmatch("[a-z0-9-]+", name) and database.name == name
        assert database.title and re.search("20[0-9]{2}", database.citation)
        assert sum(database.counts.values()) in (0, database.clips)
        assert set(database.counts) <= set(database.classes["own"])
