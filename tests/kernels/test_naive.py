"""The twins themselves, against tables worked out by hand and the original code."""

import naive
import numpy as np
import pytest

# Gray values of a clip of three frames; the one center that has a code is a 5.
VOLUME = np.array(
    [
        [[5, 5, 9], [4, 5, 6], [2, 7, 3]],
        [[6, 5, 4], [5, 5, 1], [9, 2, 5]],
        [[1, 8, 2], [3, 4, 7], [5, 3, 5]],
    ],
    dtype=np.uint8,
)

# Points 0 to 7 go around the center, from +x over -y (XY), from +x over +t (XT) and
# from +t over -y (YT). 5 and more sets the bit.
#
#      p0 p1 p2 p3 p4 p5 p6 p7
# XY    1  4  5  6  5  9  2  5    0 0 1 1 1 1 0 1    4+8+16+32+128 = 188
# XT    1  7  4  3  5  4  5  6    0 1 0 0 1 0 1 1    2+16+64+128   = 210
# YT    4  8  5  5  5  7  2  3    0 1 1 1 1 1 0 0    2+4+8+16+32   =  62
NEAREST = {"xy": 188, "xt": 210, "yt": 62}

# Bilinear: 1/2 of the corner's difference from the center and 0.207 of each of the two
# beside it. What changes:
# XY p7:  0 - 0.83 - 0.62 < 0                188 - 128      =  60
# XT p1:  1 - 0.83 - 0.21 < 0
# XT p7:  0.5 - 0.83 < 0                     210 - 2 - 128  =  80
# YT p3:  three ties: still 1                                  62
BILINEAR = {"xy": 60, "xt": 80, "yt": 62}


@pytest.mark.parametrize(
    ("interpolation", "expected"), [("nearest", NEAREST), ("bilinear", BILINEAR)]
)
def test_codes_of_the_hand_table(interpolation, expected):
    codes = naive.lbp_top_codes(VOLUME, 8, (1, 1, 1), interpolation)
    assert {plane: codes[plane].tolist() for plane in codes} == {
        plane: [[[code]]] for plane, code in expected.items()
    }


def test_histograms_of_the_hand_table():
    # 188 and 210 change four times around the ring, 62 = 00111110 twice with five ones.
    # Uniform below 62: 0 1 2 3 4 6 7 8 12 14 15 16 24 28 30 31 32 48 56 60, twenty.
    u2 = naive.lbp_top(VOLUME)
    assert u2.shape == (1, 3, 59)
    assert u2[0].argmax(axis=1).tolist() == [58, 58, 20]
    riu2 = naive.lbp_top(VOLUME, mapping="riu2", norm=None)
    assert riu2.shape == (1, 3, 10)
    assert riu2[0].argmax(axis=1).tolist() == [9, 9, 5]
    every = naive.lbp_top(VOLUME, mapping="all", planes=("yt", "xy"))
    assert every.shape == (1, 2, 256)
    assert every[0].argmax(axis=1).tolist() == [62, 188]
    assert u2.sum() == riu2.sum() == 3


@pytest.mark.parametrize(
    ("n_points", "all_", "u2", "riu2"), [(4, 16, 15, 6), (8, 256, 59, 10)]
)
def test_number_of_bins(n_points, all_, u2, riu2):
    sizes = [naive.bins_of_codes(n_points, m)[1] for m in ("all", "u2", "riu2")]
    assert sizes == [all_, u2, riu2]


def test_mappings_of_four_points():
    # Only 0101 and 1010 change more than twice.
    table, _ = naive.bins_of_codes(4, "u2")
    assert table == [0, 1, 2, 3, 4, 14, 5, 6, 7, 8, 14, 9, 10, 11, 12, 13]
    table, _ = naive.bins_of_codes(4, "riu2")
    assert table == [0, 1, 1, 2, 1, 5, 2, 3, 1, 2, 5, 3, 2, 3, 3, 4]


def test_centers_that_have_a_code():
    codes = naive.lbp_top_codes(np.zeros((9, 8, 7), np.uint8), 4, (1, 2, 3))
    assert codes["xt"].shape == (3, 4, 3)
    assert (codes["xt"] == 15).all()
    codes = naive.lbp_top_codes(np.zeros((2, 8, 7), np.uint8), 4, (1, 1, 1))
    assert codes["xy"].size == 0


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("value", [0.1, 77.7, 255.0])
def test_flat_volume_sets_every_bit(interpolation, value):
    volume = np.full((5, 5, 5), value, dtype=np.float32)
    codes = naive.lbp_top_codes(volume, 8, (2, 1, 2), interpolation)
    assert all((codes[plane] == 255).all() for plane in naive.PLANES)


def test_regions_and_time_blocks_share_the_counts():
    volume = np.random.default_rng(0).integers(0, 256, (10, 6, 5), dtype=np.uint8)
    whole = naive.lbp_top(volume, n_points=4, norm=None)
    regions = naive.grid_regions((6, 5), (2, 2))
    parts = naive.lbp_top(volume, regions, n_points=4, norm=None, n_times=3)
    assert parts.shape == (12, 3, 15)
    np.testing.assert_array_equal(parts.sum(axis=0, keepdims=True), whole)
    # Frames 0..2, 3..6 and 7..9; 0 and 9 have no code. Columns 1 | 2 3 of the centers,
    # for 2.5 is rounded to 2; rows 1 2 | 3 4.
    n_frames = np.array([2, 4, 2])
    sizes = np.outer(n_frames, [2, 4, 2, 4]).ravel()
    np.testing.assert_array_equal(parts[:, 0].sum(axis=1), sizes)


def test_nowhere_is_not_counted_and_an_empty_histogram_stays_zero():
    regions = np.full((4, 4), -1)
    regions[1, 1] = 0
    regions[0, 0] = 1  # on the border, where no center has a code
    volume = np.random.default_rng(0).integers(0, 256, (3, 4, 4), dtype=np.uint8)
    counts = naive.lbp_top(volume, regions, norm=None)
    assert counts[0].sum(axis=1).tolist() == [1, 1, 1]
    assert not counts[1].any()
    assert not naive.lbp_top(volume, regions)[1].any()


def test_per_block_drops_what_does_not_fill_a_block():
    volume = np.random.default_rng(0).integers(0, 256, (9, 9, 11), dtype=np.uint8)
    blocks = naive.lbp_top_per_block(volume, (2, 3, 2), norm=None)
    assert blocks.shape == (12, 3, 59)
    # Blocks of 4x4x3 have 2x2x1 centers.
    assert (blocks.sum(axis=2) == 4).all()
    alone = naive.lbp_top(volume[4:8, 4:8, 6:9], norm=None)
    np.testing.assert_array_equal(blocks[-1:], alone)


def test_edges_are_rounded_to_even():
    assert naive.cut(5, 2) == [0, 2, 5]
    assert naive.cut(7, 2) == [0, 4, 7]
    # Rows 0 1 | 2, for 1.5 is rounded to 2; columns 0 1 | 2 3 4, for 2.5 is too.
    expected = [[0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [2, 2, 3, 3, 3]]
    assert naive.grid_regions((3, 5), (2, 2)).tolist() == expected


@pytest.mark.parametrize(
    ("name", "volume", "radius", "mapping"),
    [
        ("random_r1_u2", "random_volume", (1, 1, 1), "u2"),
        ("random_r1_all", "random_volume", (1, 1, 1), "all"),
        ("random_r2_u2", "random_volume", (2, 2, 2), "u2"),
        ("real_r114_u2", "real_volume", (1, 1, 4), "u2"),
    ],
)
def test_nearest_equals_the_original(reference, name, volume, radius, mapping):
    with np.load(reference / "lbp_top.npz") as stored:
        expected, volume = stored[name], stored[volume]
    if mapping == "u2":  # non-uniform codes stand first there
        expected = np.roll(expected, -1, axis=1)
    histograms = naive.lbp_top(volume, radius=radius, mapping=mapping)
    np.testing.assert_array_equal(histograms[0], expected)


def test_bilinear_equals_the_original_on_noise(reference):
    # Only flat patches differ: the original floors what it interpolates.
    with np.load(reference / "lbp_top.npz") as stored:
        expected, volume = stored["random_r1_bilinear_u2"], stored["random_volume"]
    histograms = naive.lbp_top(volume, interpolation="bilinear")
    np.testing.assert_array_equal(histograms[0], np.roll(expected, -1, axis=1))


POSITIONS = np.linspace(0, 1, 10)


def test_tim_matrix_equals_the_original(reference):
    with np.load(reference / "tim.npz") as stored:
        frames, expected = stored["frames"], stored["to_10_frames"]
    by_matrix = naive.tim_matrix(len(frames), POSITIONS).T @ frames
    np.testing.assert_allclose(by_matrix, expected, rtol=0, atol=1e-10)
    by_svd = naive.tim_svd(frames, POSITIONS)
    np.testing.assert_allclose(by_svd, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_frames", [2, 3, 8])
def test_tim_by_matrix_and_by_svd_agree(rng, n_frames):
    frames = rng.normal(size=(n_frames, 30))
    by_matrix = naive.tim_matrix(n_frames, POSITIONS).T @ frames
    np.testing.assert_allclose(by_matrix, naive.tim_svd(frames, POSITIONS), atol=1e-10)


def test_tim_matrix_of_two_frames():
    # cos(pi/4) = sqrt(1/2) at the first frame, -sqrt(1/2) at the second; halfway 0.
    matrix = naive.tim_matrix(2, [0, 0.5, 1])
    np.testing.assert_allclose(matrix, [[1, 0.5, 0], [0, 0.5, 1]], atol=1e-15)


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_tim_gives_frames_back_at_their_own_places(n_frames):
    positions = [i / max(n_frames - 1, 1) for i in range(n_frames)]
    matrix = naive.tim_matrix(n_frames, positions)
    np.testing.assert_allclose(matrix, np.eye(n_frames), atol=1e-14)


def test_sampling_between_four_pixels():
    image = np.array([[0.0, 4.0], [8.0, 20.0]])
    assert naive.bilinear(image, 0, 0.25) == 1
    assert naive.bilinear(image, 0.5, 0.5) == 8
    assert naive.bilinear(image, -3, 9) == 4
    assert naive.bilinear(image, 1.5, 0.5) == 14


def test_affine_sampling_of_ramps():
    y, x = np.mgrid[:9, :9]
    image = 100 + 10.0 * y + x
    identity = np.array([[1.0, 0, 0], [0, 1, 0]])
    assert (naive.sample_affine(image, identity, (9, 9), 1) == image).all()
    shift = np.array([[1, 0, 2.5], [0, 1, 1]])
    expected = 100 + 10 * (y[:4, :4] + 1) + x[:4, :4] + 2.5
    np.testing.assert_allclose(naive.sample_affine(image, shift, (4, 4)), expected)
    transpose = np.array([[0.0, 1, 0], [1, 0, 0]])
    assert (naive.sample_affine(image, transpose, (9, 9)) == image.T).all()


def test_area_mean(rng):
    assert naive.area_mean(np.array([[1, 2, 3, 4], [3, 6, 5, 8]]), 2).tolist() == [
        [3, 5]
    ]
    # The same by sampling: pixel 0 shows the middle of pixels 0 and 1.
    image = rng.normal(size=(6, 8))
    halve = np.array([[2, 0, 0.5], [0, 2, 0.5]])
    sampled = naive.sample_affine(image, halve, (3, 4), n_sub=2)
    np.testing.assert_allclose(sampled, naive.area_mean(image, 2))
