"""LBP-SIP, ELBPTOP and WPCA: twins, known answers, what must not change them."""

import naive
import naive_texture
import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat import Clip
from mefeat.regions import grid_regions
from mefeat.texture import ELBPTOP, LBPSIP, LBPTOP, WPCA, elbp_top, lbp_sip, lbp_top
from mefeat.texture._sip import halve


def volume_of(rng, shape, levels=256):
    return rng.integers(0, levels, shape).astype(np.uint8)


def renumbered(order):
    """New code of each code when bit p moves to order[p]."""
    codes = np.arange(2 ** len(order))
    return sum(((codes >> p) & 1) << new for p, new in enumerate(order))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("part", ["rd", "ad"])
@pytest.mark.parametrize(
    ("n_points", "radius", "inner"),
    [(8, (1, 1, 1), (0, 0, 0)), (8, (3, 2, 2), (1, 1, 1)), (5, (2, 3, 2), (1, 2, 0))],
)
def test_elbp_equals_the_slow_twin(rng, part, n_points, radius, inner, interpolation):
    volume = volume_of(rng, (8, 13, 11))
    regions = rng.integers(-1, 3, (13, 11))
    options = {
        "part": part,
        "n_points": n_points,
        "radius": radius,
        "inner_radius": inner,
        "interpolation": interpolation,
        "n_times": 2,
    }
    fast = elbp_top(volume, regions, norm=None, **options)
    slow = naive_texture.elbp_top(volume, regions, **options)
    if interpolation == "nearest":
        np.testing.assert_array_equal(fast, slow)
    else:  # near ties fall either way, by the order of summation
        assert fast.sum() == slow.sum()
        assert np.abs(fast - slow).sum() <= 0.02 * slow.sum()


def test_radial_differences_from_the_center_are_lbp_top(rng):
    volume = volume_of(rng, (7, 20, 19))
    for options in ({}, {"interpolation": "bilinear", "radius": (2, 1, 2)}):
        np.testing.assert_array_equal(
            elbp_top(volume, part="rd", mapping="u2", **options),
            lbp_top(volume, **options),
        )
        np.testing.assert_array_equal(
            elbp_top(volume, part="lbp", mapping="u2", **options),
            lbp_top(volume, **options),
        )


def test_uniform_bins_sum_the_codes_of_every_part(rng):
    volume = volume_of(rng, (6, 15, 16))
    table, n_bins = naive.bins_of_codes(8, "u2")
    for part in ("lbp", "rd", "ad"):
        every = elbp_top(volume, part=part, norm=None)
        summed = np.zeros((1, 3, n_bins))
        for code, place in enumerate(table):
            summed[..., place] += every[..., code]
        uniform = elbp_top(volume, part=part, norm=None, mapping="u2")
        np.testing.assert_array_equal(uniform, summed)


def test_flat_volume_sets_every_bit_of_every_part():
    flat = np.full((5, 9, 9), 0.1)
    for part in ("lbp", "rd", "ad"):
        for interpolation in ("nearest", "bilinear"):
            options = {"radius": (2, 2, 2), "inner_radius": (1, 1, 1)}
            counts = elbp_top(flat, part=part, interpolation=interpolation, **options)
            assert counts[0, :, 255].tolist() == [1, 1, 1]


def test_angular_differences_of_opposite_order_are_the_complement(rng):
    # Walked the other way round the ring, each step goes down where it went up, if no
    # two neighbors are equal: bit p of the mirrored volume is not bit (3 - p).
    volume = rng.permutation(6 * 12 * 11).reshape(6, 12, 11).astype(float)
    plain = elbp_top(volume, part="ad", norm=None)[0]
    mirrored = elbp_top(volume[:, :, ::-1], part="ad", norm=None)[0]
    order = renumbered([(3 - p) % 8 for p in range(8)])
    np.testing.assert_array_equal(mirrored[:2, 255 - order], plain[:2])
    np.testing.assert_array_equal(mirrored[2], plain[2])


def test_mirrored_and_reversed_radial_codes(rng):
    volume = volume_of(rng, (8, 12, 11), 8)
    options = {"radius": (2, 2, 2), "inner_radius": (1, 1, 1), "norm": None}
    plain = elbp_top(volume, **options)[0]
    flipped = renumbered([(4 - p) % 8 for p in range(8)])
    backward = renumbered([-p % 8 for p in range(8)])
    mirrored = elbp_top(volume[:, :, ::-1], **options)[0]
    np.testing.assert_array_equal(mirrored[:2, flipped], plain[:2])
    np.testing.assert_array_equal(mirrored[2], plain[2])
    late = elbp_top(volume[::-1], **options)[0]
    np.testing.assert_array_equal(late[0], plain[0])
    np.testing.assert_array_equal(late[1, backward], plain[1])
    np.testing.assert_array_equal(late[2, flipped], plain[2])


@pytest.mark.parametrize("part", ["lbp", "rd", "ad"])
def test_increasing_affine_maps_of_floats_do_not_matter(rng, part):
    volume = rng.integers(0, 100, (5, 12, 12)).astype(np.float32)
    for interpolation in ("nearest", "bilinear"):
        plain = elbp_top(volume, part=part, interpolation=interpolation)
        mapped = elbp_top(2 * volume + 16, part=part, interpolation=interpolation)
        np.testing.assert_array_equal(mapped, plain)
    np.testing.assert_array_equal(lbp_sip(2 * volume + 16), lbp_sip(volume))


def test_elbp_names_say_part_block_plane_and_code(rng):
    clip = Clip(frames=volume_of(rng, (8, 12, 14)))
    describe = ELBPTOP(4, grid=(2, 2, 2), planes=("xt", "yt"))
    row, names = describe.describe(clip), describe.feature_names()
    assert len(row) == len(names) == 3 * 8 * 2 * 16
    counts = elbp_top(
        clip.frames,
        grid_regions((12, 14), (2, 2)),
        part="ad",
        n_points=4,
        planes=("yt",),
        n_times=2,
    )
    assert row[names.index("ad_t1_r0_c1_yt_code9")] == counts[5, 0, 9]
    alone = ELBPTOP(4, grid=(2, 2), parts=("lbp",), mapping="u2").describe(clip)
    np.testing.assert_array_equal(alone, LBPTOP(4, grid=(2, 2)).describe(clip))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inner_radius": (1, 0, 0)}, r"below radius \(1, 1, 1\), got \(1, 0, 0\)"),
        ({"inner_radius": (0, 0, -1)}, "inner_radius must be three whole numbers"),
        ({"part": "cd"}, "part must be among"),
        ({"n_points": 0}, "n_points must be 1 to 16"),
        ({"radius": (1, 1, 4)}, "at least 9 frames of 3x3 pixels, got 8 of"),
        ({"radius": (7, 1, 1)}, "of 15x15 pixels, got 8 of 12x12: use larger images"),
    ],
)
def test_bad_arguments_of_elbp_are_named(rng, options, message):
    with pytest.raises(ValueError, match=message):
        elbp_top(volume_of(rng, (8, 12, 12)), **options)


@pytest.mark.parametrize("describe", [ELBPTOP(), LBPSIP(), LBPTOP()])
def test_bad_clips_are_named(describe):
    frames = np.zeros((3, 40, 40), np.float32)
    describe.describe(Clip(frames=frames))
    with pytest.raises(ValueError, match="3 frames .* got 2 .* to more frames"):
        describe.describe(Clip(frames=frames[:2]))
    with pytest.raises(ValueError, match="blocks of 2x3 pixels are smaller than"):
        describe.describe(Clip(frames=frames[:, :16, :24]))
    frames[1, 5, 6] = np.nan
    with pytest.raises(ValueError, match="finite, got nan in frame 1 at"):
        describe.describe(Clip(frames=frames))


@pytest.mark.parametrize("radius", [(1, 1, 1), (2, 1, 2)])
def test_sip_equals_the_slow_twin(rng, radius):
    volume = volume_of(rng, (8, 13, 11), 5)
    regions = rng.integers(-1, 3, (13, 11))
    fast = lbp_sip(volume, regions, radius=radius, norm=None, n_times=2)
    slow = naive_texture.lbp_sip(volume, regions, radius=radius, n_times=2)
    np.testing.assert_array_equal(fast[:, 0], slow)


def test_sip_of_a_volume_made_by_hand():
    volume = np.zeros((3, 3, 4), np.uint8)
    volume[:, 1, 1], volume[:, 1, 2] = 5, 7
    volume[2] += 1
    # Center 5: only the point at its right is not below: 1. Center 7: none is: 0. The
    # frame before is as bright and the one after brighter: 3.
    counts = lbp_sip(volume, norm=None)[0, 0]
    assert np.flatnonzero(counts).tolist() == [0, 1, 16 + 3]
    assert counts[[0, 1, 19]].tolist() == [1, 1, 2]
    assert lbp_sip(volume)[0, 0, [0, 1, 19]].tolist() == [0.5, 0.5, 1]


def test_mirrored_and_reversed_sip(rng):
    volume = volume_of(rng, (6, 12, 11), 9)
    plain = lbp_sip(volume, norm=None)[0, 0]
    mirrored = lbp_sip(volume[:, :, ::-1], norm=None)[0, 0]
    np.testing.assert_array_equal(mirrored[renumbered([2, 1, 0, 3])], plain[:16])
    np.testing.assert_array_equal(mirrored[16:], plain[16:])
    late = lbp_sip(volume[::-1], norm=None)[0, 0]
    np.testing.assert_array_equal(late[:16], plain[:16])
    np.testing.assert_array_equal(late[16:][[0, 2, 1, 3]], plain[16:])


@pytest.mark.parametrize("size", [(12, 11), (3, 8), (9, 3)])
def test_halve_equals_the_slow_twin(rng, size):
    frames = volume_of(rng, (2, *size))
    slow = np.stack([naive_texture.halve(frame) for frame in frames])
    np.testing.assert_array_equal(halve(frames), slow)  # whole numbers over 256
    assert halve(frames).dtype == np.float32
    flat = np.full((1, *size), 0.1)
    assert (halve(flat) == 0.1).all()


def test_levels_of_sip_are_the_patterns_of_halved_frames(rng):
    volume = volume_of(rng, (5, 24, 21))
    regions = grid_regions((24, 21), (2, 3))
    both = lbp_sip(volume, regions, levels=3)
    assert both.shape == (6, 3, 20)
    np.testing.assert_array_equal(both[:, :1], lbp_sip(volume, regions))
    np.testing.assert_array_equal(
        both[:, 1:2], lbp_sip(halve(volume), regions[::2, ::2])
    )
    with pytest.raises(ValueError, match="these radii need at least .* got 5 of 2x2"):
        lbp_sip(volume, levels=5)
    with pytest.raises(ValueError, match="of 2x2 pixels cannot be halved"):
        halve(np.zeros((1, 2, 2)))


@parametrize_with_checks([WPCA()])
def test_wpca_is_an_estimator(estimator, check):
    check(estimator)


def test_wpca_whitens_and_leaves_out_what_is_rounding(rng):
    rows = rng.normal(size=(12, 40)) * np.arange(1, 41)
    numbers = WPCA().fit_transform(rows)
    assert numbers.shape == (12, 11)
    np.testing.assert_allclose(np.cov(numbers.T), np.eye(11), atol=1e-9)
    twice = np.concatenate([rows[:4], rows[:4]])
    assert WPCA().fit(twice).transform(rows).shape == (12, 3)
    assert len(WPCA().fit(twice).get_feature_names_out()) == 3
    with pytest.raises(ValueError, match="rows that differ, got 4 times the same"):
        WPCA().fit(np.full((4, 3), 0.1))
