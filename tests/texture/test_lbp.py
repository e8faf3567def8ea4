"""LBP-TOP against its slow twin, the authors' numbers, and what must not change it."""

import naive
import numpy as np
import pytest

from mefeat import Clip
from mefeat.interpolate import TemporalInterpolation
from mefeat.regions import grid_regions
from mefeat.texture import LBPTOP, lbp_top
from mefeat.texture._patterns import MAPPINGS, PLANES


def volume_of(rng, shape, levels=256):
    return rng.integers(0, levels, shape).astype(np.uint8)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize(
    ("n_points", "radius", "mapping"),
    [
        (8, (1, 1, 1), "u2"),
        (4, (1, 1, 2), "all"),
        (8, (3, 2, 1), "riu2"),
        (6, (2, 2, 2), "u2"),
        (12, (2, 3, 2), "riu2"),
        (1, (1, 1, 1), "all"),
    ],
)
@pytest.mark.parametrize("levels", [3, 256])
def test_equals_the_slow_twin(rng, n_points, radius, mapping, interpolation, levels):
    volume = volume_of(rng, (7, 11, 9), levels)
    regions = rng.integers(-1, 3, (11, 9))
    options = {
        "n_points": n_points,
        "radius": radius,
        "mapping": mapping,
        "interpolation": interpolation,
        "n_times": 2,
    }
    fast = lbp_top(volume, regions, **options)
    if interpolation == "nearest" or levels == 256:
        np.testing.assert_array_equal(fast, naive.lbp_top(volume, regions, **options))
    else:
        # Few levels give exact ties, which each order of summation breaks its way.
        slow = naive.lbp_top(volume, regions, norm=None, **options)
        counts = lbp_top(volume, regions, norm=None, **options)
        assert np.abs(counts - slow).sum() <= 0.02 * slow.sum()


def test_many_rows_are_cut_into_pieces_without_a_seam(rng):
    volume = volume_of(rng, (3, 150, 90))
    fast = lbp_top(volume, mapping="all", norm=None)
    assert fast.sum() == 3 * 148 * 88
    np.testing.assert_array_equal(fast, naive.lbp_top(volume, mapping="all", norm=None))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint16])
def test_any_dtype_gives_the_same_counts(rng, dtype):
    volume = volume_of(rng, (5, 9, 8))
    np.testing.assert_array_equal(lbp_top(volume), lbp_top(volume.astype(dtype)))


def test_layout_in_memory_does_not_matter(rng):
    volume = volume_of(rng, (5, 9, 8))
    turned = np.asfortranarray(volume)
    writeable = lbp_top(volume)
    np.testing.assert_array_equal(writeable, lbp_top(turned))
    assert volume.flags.writeable


@pytest.mark.parametrize(
    ("name", "volume", "options"),
    [
        ("random_r1_u2", "random_volume", {}),
        ("random_r1_all", "random_volume", {"mapping": "all"}),
        ("random_r2_u2", "random_volume", {"radius": (2, 2, 2)}),
        ("random_r1_bilinear_u2", "random_volume", {"interpolation": "bilinear"}),
        ("real_r114_u2", "real_volume", {"radius": (1, 1, 4)}),
    ],
)
def test_equals_the_original_code_to_the_last_bit(reference, name, volume, options):
    with np.load(reference / "lbp_top.npz") as file:
        expected, ours = file[name], lbp_top(file[volume], **options)[0]
    if name.endswith("u2"):  # the original counts non-uniform codes first
        ours = np.roll(ours, 1, axis=1)
    np.testing.assert_array_equal(ours, expected)


def test_flat_volume_has_all_bits_set_also_between_pixels():
    # A plain weighted sum of 0.1 can miss 0.1 by an ulp.
    volume = np.full((5, 8, 8), 0.1)
    for interpolation in ("nearest", "bilinear"):
        counts = lbp_top(volume, mapping="all", interpolation=interpolation)
        assert counts[0, :, 255].tolist() == [1, 1, 1]


def test_brightness_and_contrast_do_not_matter(rng):
    volume = rng.uniform(0, 100, (5, 12, 12)).astype(np.float64)
    np.testing.assert_array_equal(lbp_top(volume), lbp_top(2 * volume + 16))


def test_mirrored_clip_has_mirrored_codes(rng):
    volume = volume_of(rng, (6, 9, 10))
    plain = lbp_top(volume, mapping="all", norm=None)[0]
    mirrored = lbp_top(volume[:, :, ::-1], mapping="all", norm=None)[0]
    codes = np.arange(256)

    def renumbered(order):
        new = sum(((codes >> p) & 1) << order[p] for p in range(8))
        return new.astype(int)

    # x turns around: the angle a becomes pi - a on XY and XT; YT does not see x.
    flip = renumbered([(4 - p) % 8 for p in range(8)])
    np.testing.assert_array_equal(mirrored[:2, flip], plain[:2])
    np.testing.assert_array_equal(mirrored[2], plain[2])


def test_reversed_clip_has_reversed_codes(rng):
    volume = volume_of(rng, (6, 9, 10))
    plain = lbp_top(volume, mapping="all", norm=None)[0]
    backward = lbp_top(volume[::-1], mapping="all", norm=None)[0]
    codes = np.arange(256)
    for plane, order in [
        (1, [-p % 8 for p in range(8)]),
        (2, [(4 - p) % 8 for p in range(8)]),
    ]:
        new = sum(((codes >> p) & 1) << order[p] for p in range(8))
        np.testing.assert_array_equal(backward[plane, new], plain[plane])
    np.testing.assert_array_equal(backward[0], plain[0])


def test_blocks_add_up_to_the_whole(rng):
    volume = volume_of(rng, (9, 20, 17))
    whole = lbp_top(volume, norm=None)[0]
    blocks = lbp_top(volume, grid_regions((20, 17), (3, 4)), norm=None, n_times=2)
    assert blocks.shape == (24, 3, 59)
    np.testing.assert_array_equal(blocks.sum(axis=0), whole)


def test_overlapping_maps_count_twice(rng):
    volume = volume_of(rng, (4, 8, 8))
    left, right = np.full((2, 8, 8), -1)
    left[:, :5], right[:, 3:] = 0, 1
    both = lbp_top(volume, np.stack([left, right]))
    np.testing.assert_array_equal(both[0], lbp_top(volume, left)[0])
    np.testing.assert_array_equal(both[1], lbp_top(volume, right)[1])


def test_a_region_without_codes_stays_zero(rng):
    regions = np.zeros((8, 8), int)
    regions[0] = 1  # on the border: no center lies there
    histograms = lbp_top(volume_of(rng, (4, 8, 8)), regions)
    assert histograms[0].sum() == pytest.approx(3)
    assert not histograms[1].any()


@pytest.mark.parametrize("grid", [(3, 2), (2, 2, 2)])
def test_per_block_borders_describe_each_block_alone(rng, grid):
    volume = volume_of(rng, (9, 19, 13))
    ours = LBPTOP(grid=grid, borders="per_block").describe(Clip(frames=volume))
    np.testing.assert_array_equal(ours, naive.lbp_top_per_block(volume, grid).ravel())


def test_overlap_makes_blocks_of_one_size(rng):
    volume = volume_of(rng, (4, 20, 20))
    row = LBPTOP(grid=(2, 2), overlap=0.5, norm=None).describe(Clip(frames=volume))
    # Sides of 20 / (2 - 0.5) = 13 pixels, the second from pixel 6 on.
    first, last = row.reshape(4, 3, 59)[[0, 3]]
    np.testing.assert_array_equal(last, lbp_top(volume[:, 5:20, 5:20], norm=None)[0])
    np.testing.assert_array_equal(first, lbp_top(volume[:, 0:14, 0:14], norm=None)[0])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_an_interpolated_still_clip_is_described_like_the_still_clip(rng, dtype):
    image = rng.uniform(0, 255, (30, 24)).astype(dtype)
    clip = Clip(frames=np.repeat(image[None], 17, axis=0))
    pipeline = [TemporalInterpolation(10), LBPTOP(grid=(2, 2))]
    np.testing.assert_array_equal(
        pipeline[1].transform(pipeline[0].transform([clip])),
        pipeline[1].transform([clip]),
    )


def test_names_say_block_plane_and_code(rng):
    volume = volume_of(rng, (8, 12, 12))
    lbp = LBPTOP(grid=(2, 3, 2), planes=("xt", "yt"), n_points=4, mapping="all")
    row, names = lbp.describe(Clip(frames=volume)), lbp.feature_names()
    assert len(row) == len(names) == 2 * 2 * 3 * 2 * 16
    histograms = lbp_top(
        volume,
        grid_regions((12, 12), (2, 3)),
        n_points=4,
        mapping="all",
        planes=("xt", "yt"),
        n_times=2,
    )
    value = row[names.index("t1_r0_c2_yt_code9")]
    assert value == histograms[1 * 6 + 0 * 3 + 2, 1, 9]


def test_a_color_clip_is_described_channel_by_channel(rng):
    frames = rng.integers(0, 256, (5, 12, 12, 3)).astype(np.uint8)
    lbp = LBPTOP(grid=(1, 1))
    row = lbp.fit_transform([Clip(frames=frames)])[0]
    for c in range(3):
        gray = lbp.describe(Clip(frames=frames[..., c]))
        np.testing.assert_array_equal(row.reshape(3, -1)[c], gray)
    assert lbp.get_feature_names_out()[177] == "channel1_t0_r0_c0_xy_code0"


def test_gray_and_color_clips_do_not_mix(rng):
    gray = Clip(frames=volume_of(rng, (5, 12, 12)))
    color = Clip(frames=np.repeat(gray.frames[..., None], 3, axis=3))
    with pytest.raises(ValueError, match="all be gray or all RGB"):
        LBPTOP(grid=(1, 1)).transform([gray, color])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_points": 17}, "n_points must be 1 to 16, got 17"),
        ({"radius": (1, 1)}, "three whole numbers"),
        ({"radius": (1, 1, 0)}, "at least 1"),
        ({"mapping": "u3"}, "mapping must be among"),
        ({"planes": ("xz",)}, "planes must be among"),
        ({"planes": ()}, "planes must be among"),
        ({"norm": "l2"}, "norm must be among"),
        ({"n_times": 9}, "n_times must be 1 to n_frames=5"),
        ({"radius": (1, 1, 3)}, "need at least 7 frames of 3x3 pixels, got 5 of"),
        ({"regions": np.full((12, 12), -1)}, "at least one region"),
        ({"regions": np.zeros((3, 3), int)}, r"size \(12, 12\), got shape \(3, 3\)"),
    ],
)
def test_bad_arguments_are_named(rng, options, message):
    with pytest.raises(ValueError, match=message):
        lbp_top(volume_of(rng, (5, 12, 12)), **options)


def test_bad_volumes_are_named():
    with pytest.raises(ValueError, match="volume must be"):
        lbp_top(np.zeros((5, 5)))
    with pytest.raises(TypeError, match="real numbers"):
        lbp_top(np.zeros((5, 5, 5), complex))
    with pytest.raises(TypeError, match="regions must be whole"):
        lbp_top(np.zeros((5, 5, 5)), np.zeros((5, 5)))
    with pytest.raises(ValueError, match="grid must be"):
        LBPTOP(grid=(8,)).describe(Clip(frames=np.zeros((5, 9, 9))))
    with pytest.raises(ValueError, match="does not fit"):
        LBPTOP(grid=(80, 80)).describe(Clip(frames=np.zeros((5, 9, 9))))


@pytest.mark.parametrize("n_points", [4, 8, 10])
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_mappings(mapping, n_points):
    table, labels = MAPPINGS[mapping](n_points)
    slow, n_bins = naive.bins_of_codes(n_points, mapping)
    assert table.tolist() == slow
    assert len(labels) == n_bins
    assert set(PLANES) == {"xy", "xt", "yt"}
