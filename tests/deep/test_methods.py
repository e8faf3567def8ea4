"""Networks among the methods, on the command line, in the guide, as detectors."""

import re
import textwrap
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sklearn
from tiny_networks import GROUPS, SIZE, UNITS, eight_clips, labels, needs_torch, tiny

from mefeat.cli import main
from mefeat.datasets import make_clips
from mefeat.facs import ActionUnitEmotion, facs_emotion
from mefeat.methods import DEEP
from mefeat.persistence._networks import _decode, _encode
from mefeat.video import write_video


@pytest.fixture
def clips():
    """The eight clips as a list."""
    return list(eight_clips())


@pytest.fixture
def make_small(monkeypatch):
    """Make generated clips small, whoever asks for them."""
    small = partial(make_clips, size=(64, 56), fps=50)
    monkeypatch.setattr("mefeat.datasets.make_clips", small)
    return small


@pytest.mark.parametrize("name", DEEP)
def test_methods_name_networks_behind_clips_of_faces(name):
    model = DEEP[name].pipeline(crop=False, clippipeline__read__on_error="raise")
    model[0].check()
    model[-1]._validate_params()
    assert model[0][0].color == ("color" in DEEP[name].needs)
    assert DEEP[name].predicts == ("units" if "units" in name else "classes")


@pytest.mark.parametrize("name", DEEP)
def test_all_steps_of_methods_can_be_saved(name):
    model = DEEP[name].pipeline(crop=False)
    again = _decode(_encode(model, "model"))
    with sklearn.config_context(print_changed_only=False):
        assert repr(again) == repr(model)


@needs_torch
def test_methods_run_on_clips(clips):
    model = DEEP["frame-attention"].pipeline(
        crop=False,
        clippipeline__resize__size=SIZE,
        frameattentionclassifier__size=SIZE,
        frameattentionclassifier__backbone="small",
        frameattentionclassifier__epochs=1,
    )
    model.fit(clips, labels("attention"), frameattentionclassifier__groups=GROUPS)
    assert model.predict(clips).shape == (8,)


def test_the_command_lists_them(capsys):
    assert main(["methods"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in DEEP)
    assert "a network of the extra deep; predicts units itself" in shown
    assert "None" not in re.findall(r"https.*", shown)


@needs_torch
def test_the_commands_train_and_predict(tmp_path, capsys, make_small):
    """From generated clips to a file, and from the file to a video's expression."""
    path, video = tmp_path / "net.safetensors", tmp_path / "clip.mp4"
    sizes = ["resize__size", "frameattentionclassifier__size"]
    changes = [f"--set={name}=(32,32)" for name in sizes]
    changes[0] = changes[0].replace("=resize", "=clippipeline__resize")
    changes += ["--set=frameattentionclassifier__backbone=small"]
    changes += ["--set=frameattentionclassifier__epochs=1"]
    made = ["--subjects=2", "--per-class=1", "--no-crop", "--quiet"]
    command = ["train", "synthetic", "--method=frame-attention", *made, *changes]
    assert main([*command, f"--output={tmp_path / 'net.skops'}"]) == 2
    assert ".safetensors" in capsys.readouterr().err
    assert main([*command, f"--output={path}"]) == 0
    assert "frame-attention and its own network" in capsys.readouterr().out
    clip = make_small(1, 1, ["surprise"], color=True).clips[0]
    write_video(video, clip.frames, 25)
    assert main(["predict", str(path), str(video)]) == 0
    shown = capsys.readouterr()
    assert "clip.mp4" in shown.out and "happiness 0." in shown.out


@needs_torch
def test_units_become_emotions(clips):
    model = ActionUnitEmotion(tiny("mobilenet3d", epochs=1), "facs")
    model.fit(clips, units=labels("mobilenet3d"))
    shown = model.detector_.predict(clips)
    expected = [facs_emotion(np.array(UNITS)[row]) or "others" for row in shown]
    assert model.predict(clips).tolist() == expected


def guide():
    text = Path(__file__).parents[2].joinpath("docs/guide/deep.rst").read_text("utf-8")
    return [
        textwrap.dedent(block)
        for block in re.findall(r"block:: python\n\n((?: {3}.*\n|\n)+)", text)
    ]


@needs_torch
@pytest.mark.filterwarnings("ignore:fitted without groups")
def test_the_guide_runs(tmp_path, monkeypatch, capsys, make_small):
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    blocks = guide()
    assert len(blocks) == 3
    names = {}
    for block in blocks:
        exec(block, names)
    assert len(capsys.readouterr().out.splitlines()) == 2
    plt.close("all")
