"""The texture methods of the table, from clips to rows, and those that learn."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from mefeat.base import is_stateless
from mefeat.cli import main
from mefeat.evaluation import evaluate
from mefeat.methods import METHODS
from mefeat.testing import example_clips

SHAPES = {
    "lbp-sip": 64 * 20,
    "lbp-mop": 64 * 3 * 59,
    "hog-top": 64 * 24,
    "higo-top": 64 * 24,
    "stclqp": 64 * 9 * 64,
    "elbptop": 3 * 3,
    "tics": 3 * 11328,
}


@pytest.fixture
def clips(rng):
    """Four clips of two subjects, in color, of a size that 8x8 blocks fit."""
    found = example_clips(4, size=(88, 80), color=True)
    for i, clip in enumerate(found):
        noise = rng.integers(0, 10 + 20 * (i % 2), clip.frames.shape)
        frames = np.clip(clip.frames.astype(int) + noise, 0, 255).astype(np.uint8)
        found[i] = clip.replace(frames=frames)
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_methods_give_rows(clips, name):
    method = METHODS[name]
    pipeline = method.pipeline(crop=False)
    rows = np.asarray(pipeline.fit_transform(clips))
    assert rows.shape == (4, SHAPES[name])
    assert len(pipeline.get_feature_names_out()) == SHAPES[name]
    assert is_stateless(pipeline) != method.learns


@pytest.mark.filterwarnings("ignore:every clip was predicted")
@pytest.mark.parametrize("name", [n for n in SHAPES if METHODS[n].learns])
def test_what_learns_is_fitted_in_the_fold(clips, name):
    model = make_pipeline(METHODS[name].pipeline(crop=False), KNeighborsClassifier(1))
    result = evaluate(model, clips, [0, 1, 0, 1], ["a", "a", "b", "b"])
    assert len(result.predictions) == 4


def test_the_command_says_that_a_method_learns(tmp_path, capsys):
    arguments = ["describe", str(tmp_path), "-o", "x.csv", "--method", "stclqp"]
    assert main(arguments) == 2
    assert "stclqp learns from clips" in capsys.readouterr().err
