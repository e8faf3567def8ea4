"""Long videos laid out as those of the databases, with generated faces."""

import cv2
import pytest
import trees

from benchmarks import spotting as harness
from mefeat.clip import Interval
from mefeat.datasets import load_long_videos, make_video

SAMM_HEAD = (
    *("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset"),
    *("Duration", "Type", "Action Units", "Notes"),
)


def written(folder, name, clip):
    folder.mkdir(parents=True)
    for t, frame in enumerate(clip.frames):
        cv2.imwrite(str(folder / name.format(t + 1)), frame)


def samm_long(root, videos, *, numbers=4):
    """Frames from 1, a table below nine lines of text, the kind in its own words."""
    rows = [("Long videos",)] * 9 + [SAMM_HEAD]
    for name, (clip, truth) in videos.items():
        folder = root / "SAMM_longvideos" / name
        written(folder, f"{name}_{{:0{numbers}d}}.jpg", clip)
        for i, found in enumerate(truth):
            key = (found.onset + 1, found.apex + 1, found.offset + 1)
            kind = {"micro": "Micro - 1/2", "macro": "Macro"}[found.kind]
            row = (name[:3], f"{name}_{i + 1}", int(name[-1]), *key)
            rows.append((*row, found.offset - found.onset + 1, kind, "12", None))
    path = root / "SAMM_LongVideos_V2_Release.xlsx"
    trees.workbook(path, ("FACS_Movement_Only", rows), ("Legend", [("Macro",)]))


def casme_sq(root, videos):
    """No headers, participants and films by code; one offset is not annotated."""
    codes, participants, films = [], [], []
    for number, (name, (clip, truth)) in enumerate(videos.items(), 1):
        subject, film = name.split("_")
        code, stimulus = film[:4], film[4:]
        films.append((code, stimulus))
        written(root / "rawpic" / f"s{subject}" / name, "img{:03d}.jpg", clip)
        for i, found in enumerate(truth):
            key = (found.onset + 1, found.apex + 1, found.offset + 1)
            row = (number, f"{stimulus}_{i + 1}", *key, "12", "positive")
            codes.append((*row, f"{found.kind}-expression", "happy"))
            participants.append((int(subject), f"s{subject}", number))
    names = "CASFEcode_final", "naming rule1", "naming rule2"
    path = root / "CAS(ME)^2code_final(Updated).xlsx"
    trees.workbook(path, *zip(names, (codes, participants, films), strict=True))


@pytest.fixture(scope="module")
def slow_videos():
    """One of a macro-expression, one without any, as slow as cameras are."""
    options = {"fps": 30, "blinks": False, "head_motion": 0.3, "random_state": 4}
    return [make_video(5, n, amplitude=6, **options) for n in ((0, 1), 0)]


@pytest.mark.parametrize("name", ["samm-lv", "casme-sq"])
def test_rows_of_a_database_stand_beside_what_was_published(
    slow_videos, tmp_path, monkeypatch, name
):
    if name == "samm-lv":
        samm_long(tmp_path, dict(zip(("006_1", "007_3"), slow_videos, strict=True)))
    else:
        films = "15_0101disgust", "16_0503happy"
        casme_sq(tmp_path, dict(zip(films, slow_videos, strict=True)))
    # The loader's rate is that of the database.
    truth = slow_videos[0][1][0]
    bunch = load_long_videos(name, tmp_path)
    assert [len(found) for found in bunch.intervals] == [1, 0]
    loaded = bunch.intervals[0][0]
    assert (loaded.onset, loaded.apex, loaded.offset, loaded.kind) == (
        *(truth.onset, truth.apex, truth.offset),
        "macro",
    )
    spotters = {"box": {"face": "box", "macro": 2 * 30 / bunch.videos[0].fps}}
    monkeypatch.setattr(harness, "SPOTTERS", spotters | {"CFD": {"feature": "cfd"}})
    ours, *others = harness.long_videos(name, tmp_path, ["box", "CFD"], verbose=False)
    assert ours["method"] == "box"
    assert (ours["videos"], ours["true"]) == (2, 1)
    assert {row["method"] for row in others} == {
        "MEGC 2020, baseline",
        "MEGC 2019, LTP",
    }
    published = {"samm-lv": (0.0445, 0.0316), "casme-sq": (0.0376, 0.0179)}[name]
    assert [row.get("F1", row.get("F1 micro")) for row in others] == [*published]


def test_where_there_is_nothing_to_find_only_the_false_ones_count():
    row = harness._row([[], []], [[Interval(1, 2, 3)], []])
    assert row == {"videos": 2, "true": 0, "hits": 0, "false": 1}


def test_curves_are_measured_once_and_kept(tmp_path, monkeypatch):
    from benchmarks.spotting_curves import GeneratedCurves

    changes = {"duration": 2, "fps": 20, "n_expressions": 1, "size": (64, 56)}
    spotters = {"one": {"face": "whole"}, "other": {"face": "whole", "min_z": 3.0}}
    first = GeneratedCurves(changes, tmp_path).measure({"amplitude": 2.0}, 0, spotters)
    assert len([*tmp_path.iterdir()]) == 1  # min_z changes no curve

    def rendered(*args, **options):
        raise AssertionError("rendered again")

    monkeypatch.setattr("benchmarks.spotting_curves.make_video", rendered)
    again = GeneratedCurves(changes, tmp_path).measure({"amplitude": 2.0}, 0, spotters)
    assert again[0] == first[0]
    for ours, theirs in zip(again[1]["other"], first[1]["one"], strict=True):
        assert (ours.k, ours.fps) == (theirs.k, theirs.fps)
        assert (ours.z == theirs.z).all() and (ours.course == theirs.course).all()
    monkeypatch.setattr("benchmarks.spotting_curves._code", lambda: "other")
    with pytest.raises(AssertionError, match="rendered again"):
        GeneratedCurves(changes, tmp_path).measure({"amplitude": 2.0}, 0, spotters)
