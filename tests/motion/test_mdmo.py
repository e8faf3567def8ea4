"""MDMO: the areas of the face, main directions, and their mean over a clip."""

import naive_motion
import numpy as np
import pytest
from skimage.data import astronaut

from mefeat import Clip
from mefeat.flow import OpticalFlow
from mefeat.methods import METHODS
from mefeat.motion import MDMO, MDMOSequence, mdmo, mdmo_regions, mdmo_sequence
from mefeat.motion._mdmo import main_motion, mdmo_polygons
from mefeat.testing import example_clips, face_layout


def uniform(degrees, length=1.0, shape=(4, 5)):
    angle = np.radians(degrees)
    vector = length * np.array([np.cos(angle), np.sin(angle)])
    return vector[:, None, None] * np.ones(shape)


@pytest.fixture
def face():
    return face_layout((120, 100))


# Areas


def test_areas_are_on_the_face_and_apart(face):
    regions = mdmo_regions(face, (120, 100))
    assert np.unique(regions).tolist() == list(range(-1, 36))

    def area_at(point):
        x, y = np.rint(point).astype(int)
        return regions[y, x] + 1

    assert area_at((face[37] + face[40]) / 2) == 0  # eyeballs
    assert area_at((face[43] + face[46]) / 2) == 0
    assert area_at((face[62] + face[66]) / 2) == 0  # inside of the lips
    assert area_at(face[19] - [3, 5]) == 1
    assert area_at(face[24] + [3, -5]) == 6
    assert area_at((face[8] + face[57]) / 2 - [3, -1]) == 34  # chin
    assert area_at((face[8] + face[57]) / 2 + [3, 1]) == 35
    assert regions[2].max() == -1
    assert (regions[116:] == -1).all()


def test_areas_of_a_symmetric_face_are_symmetric(face):
    face[:, 0] += 0.25  # no pixel center on an edge or on the axis
    areas = mdmo_polygons(face)
    mirrored = areas * [-1, 1] + [2 * face[27, 0], 0]
    assert all(np.isfinite(areas).ravel())
    pairs = {1: 6, 2: 5, 3: 4, 7: 14, 8: 13, 9: 12, 10: 11, 15: 20, 18: 17, 22: 23}
    for left, right in pairs.items():
        a = np.sort(areas[left - 1].round(6), axis=0)
        b = np.sort(mirrored[right - 1].round(6), axis=0)
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_upper_areas_reach_as_far_above_the_brows_as_eyes_are_wide(face):
    areas = mdmo_polygons(face)
    height = 0.22 * np.linalg.norm(face[36] - face[45])
    np.testing.assert_allclose(areas[0, 1], face[17] - [0, height])
    np.testing.assert_allclose(areas[5, 1:3], face[[24, 26]] - [0, height])
    np.testing.assert_allclose(areas[2, 2], (face[21] + face[22]) / 2 - [0, height])


def test_the_map_equals_the_slow_twin(rng):
    size = (60, 50)
    face = face_layout(size) + rng.normal(scale=0.25, size=(68, 2))
    regions = mdmo_regions(face, size)
    assert regions.max() == 35
    slow = naive_motion.polygon_map(mdmo_polygons(face), size)
    np.testing.assert_array_equal(regions, slow)


def test_areas_are_cut_at_the_border_and_an_empty_one_is_an_error(face):
    cut = mdmo_regions(face - [0, 14], (100, 100))
    whole = mdmo_regions(face, (120, 100))
    np.testing.assert_array_equal(cut[:80], whole[14:94])
    message = "areas 1, 2, 5, 6 of the 36 of MDMO have no pixel in images of 100x100"
    with pytest.raises(ValueError, match=message):
        mdmo_regions(face - [0, 40], (100, 100))


@pytest.mark.parametrize("landmarks", [np.zeros((5, 2)), np.full((68, 2), np.nan)])
def test_bad_landmarks_are_named(landmarks):
    with pytest.raises(ValueError, match="68 finite points"):
        mdmo_regions(landmarks, (50, 50))


# Main directions


def test_equals_the_slow_twin(rng):
    flow = rng.normal(size=(5, 2, 14, 12)).astype(np.float32)
    flow[:, :, 3] = 0
    flow[:, :, 4] = 1e-7
    regions = rng.integers(-1, 6, (14, 12))
    slow = [naive_motion.main_motion(field, regions) for field in flow]
    np.testing.assert_allclose(main_motion(flow, regions), slow, atol=1e-12)
    np.testing.assert_allclose(
        mdmo(flow, regions, magnitude_weight=0.8),
        naive_motion.mdmo(flow, regions, 0.8),
        atol=1e-12,
    )


@pytest.mark.parametrize("k", range(8))
@pytest.mark.parametrize("off", [-0.001, 0, 0.001])
def test_directions_near_the_center_of_a_bin_come_back(k, off):
    length, angle = main_motion(uniform(45 * k + off, 2.5))[0]
    assert length == pytest.approx(2.5)
    assert angle == pytest.approx(np.radians(45 * k + off) % (2 * np.pi))


def test_a_field_constant_by_region_comes_back():
    regions = np.repeat([[0, 1, 2]], 4, axis=0)
    angles, lengths = np.radians([10, 200, 355]), np.array([1, 2, 4])
    vectors = lengths * np.stack([np.cos(angles), np.sin(angles)])
    flow = np.repeat(vectors[:, None], 4, axis=1)
    np.testing.assert_allclose(
        main_motion(flow, regions), np.stack([lengths, angles], axis=1)
    )
    expected = np.stack([0.9 * lengths / 4, 0.1 * angles], axis=1)
    np.testing.assert_allclose(mdmo(np.stack([flow] * 3), regions), expected)


def test_angles_on_both_sides_of_zero_do_not_average_to_pi():
    flow = np.concatenate([uniform(20), uniform(-20), uniform(-10)], axis=2)
    assert main_motion(flow)[0, 1] == pytest.approx(np.radians(360 - 10 / 3))
    # Exactly opposite: the mean is 0 and not 2 pi.
    flow = np.concatenate([uniform(20), uniform(-20)], axis=2)
    assert main_motion(flow)[0, 1] % (2 * np.pi) == pytest.approx(0, abs=1e-12)
    assert main_motion(flow)[0, 1] < 2 * np.pi


def test_the_main_bin_has_the_most_vectors_not_the_longest():
    flow = np.concatenate([uniform(90), uniform(180, 9)[..., :4]], axis=2)
    np.testing.assert_allclose(main_motion(flow), [[1, np.pi / 2]])


def test_ties_go_to_the_lower_bin():
    flow = np.concatenate([uniform(225), uniform(90)], axis=2)
    np.testing.assert_allclose(main_motion(flow), [[1, np.pi / 2]])


def test_edges_of_bins():
    # Bin 0 is [-22.5, 22.5): two vectors there, one beyond.
    degrees = [-22.4, 22.4, 22.6]
    flow = np.concatenate([uniform(d, shape=(1, 1)) for d in degrees], axis=2)
    assert main_motion(flow)[0, 1] == pytest.approx(0, abs=1e-12)


def test_without_motion_all_is_zero_and_tiny_vectors_do_not_vote():
    assert not main_motion(np.zeros((2, 4, 4))).any()
    assert not mdmo(np.zeros((3, 2, 4, 4))).any()
    flow = np.concatenate([uniform(90, 9e-7), uniform(180)[..., :1]], axis=2)
    np.testing.assert_allclose(main_motion(flow), [[1, np.pi]])


def test_the_mean_over_pairs_is_that_of_vectors():
    # To the right by 1, then down by 1: half of each.
    flow = np.stack([uniform(0), uniform(90)])
    length, angle = mdmo(flow, magnitude_weight=0.5)[0]
    assert length == pytest.approx(0.5)
    assert angle == pytest.approx(0.5 * np.pi / 4)


def test_the_weight_is_shared(rng):
    flow, regions = rng.normal(size=(4, 2, 9, 9)), rng.integers(0, 3, (9, 9))
    lengths = mdmo(flow, regions, magnitude_weight=1)
    angles = mdmo(flow, regions, magnitude_weight=0)
    assert lengths[:, 0].max() == 1
    assert not lengths[:, 1].any()
    assert not angles[:, 0].any()
    some = mdmo(flow, regions, magnitude_weight=0.3)
    np.testing.assert_allclose(some, 0.3 * lengths + 0.7 * angles)
    with pytest.raises(ValueError, match="magnitude_weight must be 0 to 1, got 1.5"):
        mdmo(flow, regions, magnitude_weight=1.5)


def test_atoms_are_weighted_by_the_largest_of_the_clip(rng):
    flow, regions = rng.normal(size=(4, 2, 9, 9)), rng.integers(0, 3, (9, 9))
    atoms = mdmo_sequence(flow, regions, magnitude_weight=0.6)
    plain = main_motion(flow, regions)
    assert atoms[..., 0].max() == pytest.approx(0.6)
    np.testing.assert_allclose(atoms[..., 1], 0.4 * plain[..., 1])
    ratio = atoms[..., 0] / plain[..., 0]
    np.testing.assert_allclose(ratio, ratio.flat[0])


def test_a_single_pair_is_a_clip_of_one(rng):
    flow = rng.normal(size=(2, 9, 9))
    np.testing.assert_array_equal(mdmo(flow), mdmo(flow[None]))
    np.testing.assert_array_equal(mdmo_sequence(flow)[0], mdmo_sequence(flow[None])[0])
    np.testing.assert_array_equal(main_motion(flow), main_motion(flow[None])[0])


# Descriptors


def test_descriptor_takes_areas_of_the_first_frame(rng):
    clip = example_clips(1, size=(120, 100))[0]
    clip = clip.replace(flow=rng.normal(size=clip.flow.shape).astype(np.float32))
    regions = mdmo_regions(clip.landmarks[0], (120, 100))
    found = mdmo(clip.flow, regions, magnitude_weight=0.8)
    descriptor = MDMO(magnitude_weight=0.8)
    row, names = descriptor.describe(clip), descriptor.feature_names()
    assert row.shape == (72,)
    assert row[names.index("area5_length")] == found[4, 0]
    assert row[names.index("area36_angle")] == found[35, 1]
    atoms = MDMOSequence(magnitude_weight=0.8).transform([clip])[0]
    sequence = mdmo_sequence(clip.flow, regions, magnitude_weight=0.8)
    np.testing.assert_array_equal(atoms[3, :36], sequence[3, :, 0])
    np.testing.assert_array_equal(atoms[3, 36:], sequence[3, :, 1])


@pytest.mark.parametrize("descriptor", [MDMO(), MDMOSequence()])
def test_names_what_is_missing(descriptor):
    name = type(descriptor).__name__
    clip = example_clips(1)[0]
    with pytest.raises(ValueError, match=f"{name} needs the optical flow of each clip"):
        descriptor.transform([clip.replace(flow=None, flow_pairs=None)])
    message = f"{name} needs the landmarks of each clip: put a FaceLandmarks step"
    with pytest.raises(ValueError, match=message):
        descriptor.transform([clip.replace(landmarks=None)])
    message = r'first frame and each later one: put an OpticalFlow\(to="first"\) step'
    with pytest.raises(ValueError, match=message):
        descriptor.transform(example_clips(1, pairs="previous"))


def test_affine_head_motion_is_no_motion_after_the_alignment():
    clip = example_clips(1, n_frames=4)[0]
    y, x = np.mgrid[:72, :64]
    turn = np.stack([0.02 * x - 0.03 * y + 1, 0.03 * x + 0.01 * y - 2])
    smile = np.zeros((2, 72, 64))
    smile[1, 50:60, 20:44] = -1

    def solver(first, second):
        return (turn + smile).astype(np.float32)

    row = MDMO().transform(OpticalFlow(solver, align="affine").transform([clip]))[0]
    lengths = row[:36]
    upper = np.array(range(14))  # brows and eyes do not take part in the smile
    assert lengths.max() == pytest.approx(0.9)
    assert lengths[upper].max() < 0.02


def test_the_whole_way_from_a_photograph():
    pytest.importorskip("dlib")
    photograph = astronaut()[:300, 50:400]
    bent = photograph.copy()
    bent[132:165, 145:200] = photograph[134:167, 145:200]  # the mouth moves up by 2
    clip = Clip(np.stack([photograph, photograph, bent]))
    row = METHODS["mdmo"].pipeline().transform([clip])[0]
    lengths = row[:36]
    assert lengths.max() == pytest.approx(0.9)
    assert lengths[:14].max() < 0.2  # brows and eyes do not
    assert 20 < np.argmax(lengths)


def test_a_mean_just_below_the_full_turn_is_zero():
    # Rounding leaves some -1e-16, whose remainder by 2 pi is 2 pi itself.
    for angle in (0.07, 0.12, 0.15, 0.2, 0.25):
        angles = np.array([angle, -angle])
        flow = np.stack([np.cos(angles), np.sin(angles)], axis=1)[..., None, None]
        assert mdmo(flow, magnitude_weight=0)[0, 1] < 1e-9
