"""Mean absolute frame difference."""

import numpy as np
import pytest
from frame_difference import FrameDifference, frame_difference

from mefeat import Clip
from mefeat.regions import grid_regions
from mefeat.testing import check_descriptor, example_clips


def test_a_ramp_in_one_block_shows_there_alone():
    volume = np.zeros((4, 4, 6))
    volume[:, 2:, :3] = np.array([0.0, 2.0, 4.0, 6.0])[:, None, None]
    found = frame_difference(volume, grid_regions((4, 6), (2, 2)))
    np.testing.assert_array_equal(found, [[0, 0, 2, 0]])


def test_time_blocks_keep_apart():
    volume = np.array([0.0, 8.0, 8.0])[:, None, None] * np.ones((3, 2, 2))
    np.testing.assert_array_equal(frame_difference(volume, n_times=2), [[8], [0]])


def test_uint8_does_not_wrap():
    volume = np.array([[[200]], [[10]]], np.uint8)
    np.testing.assert_array_equal(frame_difference(volume), [[190]])


def test_too_few_frames_are_named():
    clip = Clip(np.zeros((2, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="n_times must be 1 to .* got 2"):
        FrameDifference().transform([clip])


@pytest.mark.parametrize("color", [False, True])
def test_it_is_a_descriptor(color):
    check_descriptor(FrameDifference(), example_clips(color=color))
