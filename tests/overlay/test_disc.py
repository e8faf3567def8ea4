"""Movement of squares of skin by correlation: slow twins, known answers."""

import naive_overlay as naive
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates, shift, zoom

from mefeat.kernels._disc import correlate, refine_subsets
from mefeat.overlay import disc_flow
from mefeat.overlay._disc import disc


def test_correlation_is_its_slow_twin(rng):
    first = gaussian_filter(rng.normal(size=(48, 52)), 1.5)
    second = shift(first, (1.3, -0.6), order=3) + 0.01 * rng.normal(size=(48, 52))
    rows, columns = np.array([16, 24, 30]), np.array([15, 21, 36])
    vectors, scores = np.zeros((2, 3, 3)), np.zeros((3, 3))
    correlate(first, second, rows, columns, 5, 3, vectors, scores)
    for r, c in np.ndindex(3, 3):
        vector, score = naive.correlate(first, second, columns[c], rows[r], 5, 3)
        assert scores[r, c] == pytest.approx(score, abs=1e-9)
        np.testing.assert_allclose(vectors[:, r, c], vector, atol=1e-6)


def test_the_refinement_is_its_slow_twin(rng):
    first = gaussian_filter(rng.normal(size=(40, 44)), 1.5)
    second = zoom(shift(first, (1.1, -0.7), order=3), (79 / 40, 87 / 44), order=1)
    slopes = np.stack(np.gradient(first)[::-1])
    rows, columns = np.array([14, 22]), np.array([13, 19, 27])
    start, scores = np.full((2, 2, 3), -0.6), np.ones((2, 3))
    start[1] = 1.0
    found = start.copy()
    refine_subsets(first, slopes, second, rows, columns, 5, 4, found, scores)
    for r, c in np.ndindex(2, 3):
        place = columns[c], rows[r], 5, 4, start[:, r, c]
        vector, score = naive.refine_subset(first, slopes, second, *place)
        np.testing.assert_allclose(found[:, r, c], vector, atol=1e-9)
        assert scores[r, c] == pytest.approx(score, abs=1e-9)


def test_the_refinement_follows_a_square_that_stretches_and_turns(rng):
    """Middles of squares move as they should, to a hundredth of a pixel."""
    image = gaussian_filter(rng.normal(size=(90, 90)), 2)
    image *= 30 / image.std()
    warp = np.array([[1.04, 0.03], [-0.05, 0.97]])
    back = np.linalg.inv(warp)
    y, x = np.mgrid[:90, :90] - 45.0
    places = np.einsum("ij,jyx->iyx", back, [x - 0.4, y + 0.3])[::-1] + 45
    moved = map_coordinates(image, places, order=3, mode="nearest")
    rows = columns = np.array([35, 45, 55])
    around = np.stack(np.meshgrid(columns, rows)) - 45.0
    truth = np.einsum("ij,jyx->iyx", warp, around) - around
    truth += np.array([0.4, -0.3])[:, None, None]
    rough, _ = disc(image, moved, rows, columns, n_rounds=0)
    fine, scores = disc(image, moved, rows, columns)
    assert np.abs(fine - truth).max() < 0.01 < np.abs(rough - truth).max()
    assert scores.min() > 0.98  # before the last step


def test_a_square_that_goes_away_is_lost(rng):
    first = gaussian_filter(rng.normal(size=(40, 40)), 1.5)
    second = zoom(np.roll(first, 4, axis=1), 79 / 40, order=1)
    slopes = np.stack(np.gradient(first)[::-1])
    found, scores = np.full((2, 1, 2), [[[2.2, 4.0]], [[0.0, 0.0]]]), np.ones((1, 2))
    columns = np.array([18, 18])
    refine_subsets(first, slopes, second, np.array([20]), columns, 5, 9, found, scores)
    assert np.isnan(scores[0, 0]) and found[:, 0, 0].tolist() == [2.2, 0]
    assert found[:, 0, 1] == pytest.approx([4, 0], abs=0.05)


def test_correlation_by_hand():
    """A dot that moves by (2, 1): its patch is found again, the same in all pixels."""
    first, second = np.zeros((2, 30, 30))
    first[15, 15], second[16, 17] = 9, 9
    for n_rounds in (0, 5):
        settings = {"half": 2, "reach": 3, "n_rounds": n_rounds}
        vectors, scores = disc(first, second, [15], [15], **settings)
        assert vectors[:, 0, 0].round(9).tolist() == [2, 1] and scores[0, 0] == 1


def test_correlation_knows_what_it_cannot_know(rng):
    image = rng.normal(size=(60, 60))
    flat = np.full((60, 60), 7.0)
    assert disc(flat, image, [30], [30])[1][0, 0] == 0
    assert disc(image, flat, [30], [30])[1][0, 0] == 0
    far = np.roll(image, 3, axis=1)
    assert np.isnan(disc(image, far, [30], [30], reach=3)[1][0, 0])
    for n_rounds, error in ((0, 1e-9), (5, 1e-4)):  # it stops within 0.01 pixel
        settings = {"reach": 4, "n_rounds": n_rounds}
        for second in (far, 50 + 2 * far):
            score = disc(image, second, [30], [30], **settings)[1][0, 0]
            assert 1 - error < score <= 1 + 1e-9


def test_disc_flow_fills_lost_points_from_their_neighbors(rng):
    first = gaussian_filter(rng.normal(size=(96, 90)), 2)
    second = np.roll(first, 2, axis=1)
    second[30:60, 30:60] = 0
    flow = disc_flow(first, second)
    assert flow.shape == (2, 96, 90)
    assert abs(flow[0, 20:76, 20:70] - 2).mean() < 0.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((9, 9)), np.zeros((9, 8)), [1], [1]), "of one size"),
        ((np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), [1], [1]), "gray images"),
        ((np.zeros((9, 9)), np.zeros((9, 9)), [9], [1]), "lie in 0..8"),
    ],
)
def test_disc_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        disc(*arguments)
