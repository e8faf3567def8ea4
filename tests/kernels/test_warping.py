"""How generated faces are moved and lit: kernels by hand."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from mefeat.datasets._generator._scenes import blink_field
from mefeat.kernels import _warping as warping


def test_points_go_through_the_maps_in_order():
    moved, shape = np.zeros((5, 6, 2)), np.zeros((5, 6, 2))
    moved[..., 0] = np.arange(6) / 10
    shape[..., 1] = 0.5
    to_rest = np.array([[1.0, 0, 0.25], [0, 1.0, 0]])
    to_portrait = np.array([[2.0, 0, 1], [0, 3.0, 0]])
    corners = np.empty((6, 7, 2))
    warping.source_map(to_rest, moved, shape, to_portrait, corners)
    # (1.5, 2.5) -> (1.75, 2.5) -> x - x / 10 -> y - 1/2 -> (2 x + 1, 3 y)
    np.testing.assert_allclose(corners[3, 2], [2 * 1.575 + 1, 6], rtol=1e-6)


def test_areas_are_averaged():
    y, x = np.indices((20, 30))
    ramp = (3.0 * x + y)[..., None].astype(np.float32)
    corners = np.stack(np.meshgrid(np.arange(2, 27, 4), np.arange(3, 16, 4)), axis=2)
    out = np.empty((3, 6, 1), dtype=np.float32)
    for n_sub in (1, 2, 3):
        warping.sample_areas(ramp, corners.astype(float), n_sub, out)
        # The mean of a ramp over a square of four pixels is its value in the middle.
        np.testing.assert_allclose(out[1, 2], 3 * (2 + 8 + 2) + (3 + 4 + 2), rtol=1e-6)
    stripes = (x % 2 * 100.0)[..., None].astype(np.float32)
    warping.sample_areas(stripes, corners.astype(float), 4, out)
    np.testing.assert_allclose(out, 50, atol=1e-3)


def test_exposure_rounds_and_clips():
    image = np.full((1, 4, 1), 100, dtype=np.float32)
    noise = np.array([0, 0.6, -200, 500], dtype=np.float32).reshape(1, 4, 1)
    out = np.empty((1, 4, 1), dtype=np.uint8)
    warping.expose(image, 1.0, 0.0, noise, out)
    assert out.ravel().tolist() == [100, 101, 0, 255]
    warping.expose(image, 1.0, 0.4, np.zeros_like(noise), out)
    assert out.ravel().tolist() == [85, 95, 105, 115]


def test_moved_points_are_found(rng):
    y, x = np.indices((40, 50))
    bump = np.exp(-((x - 25) ** 2 + (y - 20) ** 2) / 60.0)
    smooth = np.stack([4 * bump, -5 * bump], axis=2)
    eyes = [[10, 20], [13, 16], [17, 16], [20, 20], [17, 23], [13, 23]]
    landmarks = np.zeros((68, 2))
    landmarks[17:27] = 20, 9
    landmarks[36:42], landmarks[42:48] = eyes, np.add(eyes, [18, 0])
    points = rng.uniform([-5, -5], [55, 45], (300, 2))
    moved = np.empty_like(points)
    for field in (smooth, blink_field(landmarks, (40, 50))):
        assert np.abs(field).max() > 4
        warping.find_moved(points, field, moved)
        at = [
            map_coordinates(c, moved.T[::-1], order=1, mode="nearest")
            for c in np.moveaxis(field, 2, 0)
        ]
        np.testing.assert_allclose(moved - np.transpose(at), points, atol=1e-3)
        back = np.empty_like(points)
        warping.take_back(moved, field, back)
        np.testing.assert_allclose(back, points, atol=1e-4)
    warping.find_moved(points, np.zeros_like(smooth), moved)
    np.testing.assert_array_equal(moved, points)


def test_bumps_add_up():
    out = np.empty((9, 9, 1))
    centers, heights = np.array([[2.0, 4.0], [6.0, 4.0]]), np.array([[1.0], [3.0]])
    warping.spread(centers, heights, 4.0, out)
    # Halfway (r = 1/2) a bump is (1/2)^4 * 3 = 3/16; each ends at the other's center.
    assert out[4, 2, 0] == 1 and out[4, 6, 0] == 3
    assert out[4, 4, 0] == pytest.approx(4 * 3 / 16)
    assert out[0, 2, 0] == 0
