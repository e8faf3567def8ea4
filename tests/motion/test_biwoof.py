"""Bi-WOOF, phase, and what is made of optical strain: OSF and OSW."""

import naive_motion
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from mefeat.flow import optical_strain
from mefeat.methods import METHODS
from mefeat.motion import OSF, BiWOOF, BiWOOFPhase, bi_woof, osf
from mefeat.motion._biwoof import phase_motion
from mefeat.regions import grid_regions, region_means
from mefeat.spotting import ApexFinder
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP, OSW
from mefeat.texture._osw import strain_weights


def random_clip(rng, pairs):
    clip = example_clips(1, pairs=pairs)[0]
    return clip.replace(flow=rng.normal(size=clip.flow.shape).astype(np.float32))


# Bi-WOOF


@pytest.mark.parametrize("n_bins", [1, 7, 8, 16])
def test_equals_the_slow_twin(rng, n_bins):
    flow = rng.normal(size=(3, 2, 12, 13))
    regions = rng.integers(-1, 4, (12, 13))
    slow = [
        naive_motion.bi_woof(field, regions, n_bins, naive_motion.strain(field))
        for field in flow
    ]
    np.testing.assert_allclose(bi_woof(flow, regions, n_bins=n_bins), slow, atol=1e-12)
    alone = bi_woof(flow[1], regions, n_bins=n_bins)
    np.testing.assert_allclose(alone, slow[1], atol=1e-12)


@pytest.mark.parametrize("k", range(8))
@pytest.mark.parametrize("off", [-0.001, 0, 0.001])
def test_a_pure_direction_goes_into_one_bin(k, off):
    angle = np.radians(-157.5 + 45 * k + off)
    ones = np.ones((6, 6))
    flow = np.stack([np.cos(angle) * ones, np.sin(angle) * ones])
    found = bi_woof(flow, strain=ones)
    np.testing.assert_allclose(found[0], np.eye(8)[k], atol=1e-15)


def test_180_and_minus_180_degrees_are_the_same():
    flow = np.zeros((2, 4, 4))
    flow[0] = -1
    flow[1, :2] = -0.0
    assert bi_woof(flow, strain=np.ones((4, 4)))[0].tolist() == [1] + 7 * [0]


def test_blocks_are_weighted_by_their_mean_strain():
    flow = np.zeros((2, 4, 8))
    flow[0, :, :4], flow[1, :, 4:] = 5, 1  # lengths inside a block do not matter
    strain = np.repeat([[3.0] * 4 + [4.0] * 4], 4, axis=0)
    found = bi_woof(flow, grid_regions((4, 8), (1, 2)), strain=strain)
    np.testing.assert_allclose(found[0], 0.6 * np.eye(8)[4])
    np.testing.assert_allclose(found[1], 0.8 * np.eye(8)[6])


def test_the_norm_is_one_and_still_blocks_are_zero(rng):
    flow = rng.normal(size=(2, 20, 20))
    flow[:, :12] = 0
    found = bi_woof(flow, grid_regions((20, 20), (5, 5)))
    assert np.linalg.norm(found) == pytest.approx(1)
    assert not found[:10].any()
    assert found[15:].any(axis=1).all()
    assert not bi_woof(np.zeros((2, 20, 20))).any()


def test_the_amplitude_of_the_motion_does_not_matter(rng):
    flow = rng.normal(size=(2, 20, 20))
    regions = grid_regions((20, 20), (5, 5))
    np.testing.assert_allclose(bi_woof(3 * flow, regions), bi_woof(flow, regions))


def test_bad_arguments_are_named():
    flow = np.zeros((2, 5, 6))
    with pytest.raises(ValueError, match="n_bins must be at least 1"):
        bi_woof(flow, n_bins=0)
    with pytest.raises(ValueError, match=r"strain must fit the flow, .* got \(6, 5\)"):
        bi_woof(flow, strain=np.zeros((6, 5)))
    with pytest.raises(ValueError, match="strain must fit the flow"):
        bi_woof(np.zeros((3, 2, 5, 6)), strain=np.zeros((5, 6)))


@pytest.mark.parametrize("descriptor", [BiWOOF(), BiWOOFPhase()])
def test_names_what_is_missing(descriptor):
    name = type(descriptor).__name__
    clip = example_clips(1, pairs="apex")[0]
    message = f"{name} needs the apex of each clip: give it or put an apex finder"
    with pytest.raises(ValueError, match=message):
        descriptor.transform([clip.replace(apex=None)])
    message = r'of the onset and the apex: put an OpticalFlow\(to="apex"\) step before'
    with pytest.raises(ValueError, match=message):
        descriptor.transform(example_clips(1))
    with pytest.raises(ValueError, match=f"{name} needs the optical flow"):
        descriptor.transform([clip.replace(flow=None, flow_pairs=None)])


def test_the_row_is_that_of_the_function(rng):
    clip = random_clip(rng, "apex")
    regions = grid_regions(clip.frames.shape[1:], (3, 4))
    found = bi_woof(clip.flow[0], regions, n_bins=6)
    descriptor = BiWOOF(grid=(3, 4), n_bins=6)
    row, names = descriptor.describe(clip), descriptor.feature_names()
    np.testing.assert_array_equal(row, found.ravel())
    assert row[names.index("t0_r2_c1_bin5")] == found[9, 5]
    with pytest.raises(ValueError, match=r"grid must be \(rows, columns\), got"):
        BiWOOF(grid=(3, 4, 2)).describe(clip)


# Phase


@pytest.fixture
def image(rng):
    return 128 + 300 * gaussian_filter(rng.normal(size=(80, 90)), 3)


@pytest.mark.parametrize("motion", [(1, 0), (-1, 0), (0, 1), (0, -1), (0.5, 0.5)])
def test_phase_vectors_point_along_the_motion(image, motion):
    moved = shift(image, motion[::-1], order=3, mode="nearest")
    field = phase_motion(image, moved)[:, 8:-8, 8:-8]
    ahead = np.tensordot(motion, field, axes=1)
    assert (ahead > 0).mean() > 0.95
    mean = field.mean(axis=(1, 2))
    cosine = mean @ motion / np.linalg.norm(mean) / np.linalg.norm(motion)
    assert cosine > 0.99


def test_phase_of_a_wave_is_what_it_moves_by():
    x = np.arange(60)
    for length in (6, 10, 15):
        still = np.cos(2 * np.pi * x / length) * np.ones((60, 1))
        moved = np.cos(2 * np.pi * (x - 0.5) / length) * np.ones((60, 1))
        right, down = phase_motion(still, moved)[:, 20:40, 20:40]
        np.testing.assert_allclose(right, np.pi / length, rtol=0.02)
        np.testing.assert_allclose(down, 0, atol=1e-9)


def test_phase_of_what_stays_is_zero_and_light_does_not_matter(image):
    np.testing.assert_allclose(phase_motion(image, image), 0, atol=1e-12)
    assert not phase_motion(np.full((30, 30), 9.1), np.full((30, 30), 9.1)).any()
    moved = shift(image, (0, 1), order=3, mode="nearest")
    plain = phase_motion(image, moved)
    np.testing.assert_allclose(phase_motion(image, 2 * moved + 30), plain, atol=1e-9)


def test_phase_turns_with_the_image(image):
    moved = shift(image, (0.4, 1), order=3, mode="nearest")
    x, y = phase_motion(image, moved)
    turned_y, turned_x = phase_motion(image.T, moved.T).transpose(0, 2, 1)
    np.testing.assert_allclose([turned_x, turned_y], [x, y], atol=1e-9)


def test_phase_images_must_fit():
    with pytest.raises(ValueError, match="gray and of one size"):
        phase_motion(np.zeros((5, 5)), np.zeros((5, 6)))


def test_both_parts_of_the_row_weigh_the_same(rng):
    clip = random_clip(rng, "apex")
    row = BiWOOFPhase().describe(clip)
    parts = row.reshape(2, -1)
    assert np.linalg.norm(row) == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.norm(parts, axis=1), np.sqrt(0.5))
    np.testing.assert_allclose(parts[0] * np.sqrt(2), BiWOOF().describe(clip))
    frames = clip.frames[clip.flow_pairs[0]]
    phase = bi_woof(
        phase_motion(*frames),
        grid_regions(frames.shape[1:], (5, 5)),
        strain=optical_strain(clip.flow[0]),
    )
    np.testing.assert_allclose(parts[1] * np.sqrt(2), phase.ravel())
    names = BiWOOFPhase().feature_names()
    assert (names[0], names[200]) == ("flow_t0_r0_c0_bin0", "phase_t0_r0_c0_bin0")


# Strain pooled over a clip


def test_osf_adds_up_the_strain_of_all_pairs(rng):
    flow = rng.normal(size=(5, 2, 20, 16))
    total = sum(naive_motion.strain(field) for field in flow)
    found = osf(flow, size=(20, 16))
    np.testing.assert_allclose(found, total / total.max())
    np.testing.assert_allclose(osf(7 * flow, size=(20, 16)), found)
    halves = found.reshape(10, 2, 8, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(osf(flow, size=(10, 8)), halves)


def test_osf_of_a_still_clip_is_zero_and_of_an_even_stretch_one():
    assert not osf(np.zeros((3, 2, 30, 30))).any()
    assert not osf(np.ones((3, 2, 30, 30))).any()
    stretch = 0.01 * np.arange(60) * np.ones((70, 1))
    np.testing.assert_allclose(osf(np.stack([stretch, 0 * stretch])), np.ones((50, 50)))


def test_osf_rows_and_errors(rng):
    clip = random_clip(rng, "previous")
    row, names = OSF(size=(6, 5)).describe(clip), OSF(size=(6, 5)).feature_names()
    assert row[names.index("y2_x3")] == osf(clip.flow, size=(6, 5))[2, 3]
    with pytest.raises(ValueError, match="size must be"):
        osf(clip.flow, size=(6, 5, 4))
    with pytest.raises(ValueError, match="OSF needs the flow of each frame and the ne"):
        OSF().transform(example_clips(1))


def test_strain_weights_are_means_of_blocks_the_largest_one(rng):
    flow = rng.normal(size=(4, 2, 20, 18))
    flow[:, :, :10] *= 5
    regions = grid_regions((20, 18), (2, 2))
    mean = np.mean([naive_motion.strain(field) for field in flow], axis=0)
    blocks = [mean[regions == k].mean() for k in range(4)]
    np.testing.assert_allclose(strain_weights(flow, regions), blocks / max(blocks))
    assert not strain_weights(np.zeros((4, 2, 20, 18)), regions).any()


def test_osw_weighs_the_xy_plane_alone(rng):
    clip = random_clip(rng, "previous")
    osw, lbp = OSW(grid=(3, 2), mapping="riu2"), LBPTOP(grid=(3, 2), mapping="riu2")
    ours = osw.describe(clip).reshape(6, 3, -1)
    plain = lbp.describe(clip).reshape(6, 3, -1)
    weights = strain_weights(clip.flow, grid_regions(clip.frames.shape[1:], (3, 2)))
    assert weights.min() < 1
    np.testing.assert_array_equal(ours[:, 1:], plain[:, 1:])
    np.testing.assert_allclose(ours[:, 0], weights[:, None] * plain[:, 0])
    assert osw.feature_names() == lbp.feature_names()
    with pytest.raises(ValueError, match="OSW needs the flow of each frame and the ne"):
        osw.transform(example_clips(1))


@pytest.mark.parametrize("name", ["bi-woof", "bi-woof-phase"])
def test_the_method_finds_an_apex_that_is_missing(name):
    without = [clip.replace(apex=None) for clip in example_clips(2)]
    pipeline = METHODS[name].pipeline(crop=False)
    rows = pipeline.fit_transform(without)
    found = ApexFinder().transform(without)
    np.testing.assert_array_equal(rows, pipeline.transform(found))
    coded = pipeline.transform([clip.replace(apex=1) for clip in without])
    assert not np.array_equal(rows, coded)


def test_osw_refuses_grids_that_it_cannot_weigh():
    clips = example_clips(1, pairs="previous")
    with pytest.raises(ValueError, match="grid of OSW must be .rows, columns., got .5"):
        OSW(grid=(5, 5, 2)).transform(clips)
    with pytest.raises(ValueError, match="grid of OSW must be"):
        OSW(grid=(5, 5, 2)).feature_names()
    with pytest.raises(ValueError, match="blocks of 1x1 pixels are smaller than a nei"):
        OSW(grid=(40, 40)).transform(clips)


def test_region_means(rng):
    values, regions = rng.normal(size=(6, 7)), rng.integers(-1, 3, (6, 7))
    regions[regions == 1] = -1
    found = region_means(values, regions)
    assert found[1] == 0
    assert found[2] == pytest.approx(values[regions == 2].mean())
    both = region_means(values, np.stack([regions, regions]))
    np.testing.assert_allclose(both, found)
