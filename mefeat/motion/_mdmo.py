"""MDMO: the main directional mean optical flow of areas of the face."""

import numpy as np

from mefeat.base import Descriptor, SequenceDescriptor, need_landmarks
from mefeat.base._steps import need_flow, number
from mefeat.kernels._orientation import main_motions
from mefeat.kernels._regions import mark_polygons
from mefeat.motion._fields import checked_fields, flat_pixels, orientation_bins
from mefeat.regions import check_regions

# Parts of the distance of the outer corners of the eyes.
_ABOVE_BROWS = 0.22
# Points are landmarks, t0 to t6 above the brows, and midpoints of landmarks.
_MIDPOINTS = {
    "A": (3, 29),
    "B": (13, 29),
    "C": (4, 33),
    "D": (12, 33),
    "E": (5, 59),
    "F": (11, 55),
    "G": (2, 41),
    "H": (14, 46),
    "J": (6, 58),
    "K": (8, 57),
    "L": (10, 56),
}
_ABOVE = {"t0": 17, "t1": 19, "t2": 21, "t4": 22, "t5": 24, "t6": 26}
_CORNERS = """
17 t0 t1 19 | 19 t1 t2 21 | 21 t2 t3 27 | 27 t3 t4 22 | 22 t4 t5 24 | 24 t5 t6 26
1 0 17 36 | 36 17 19 38 | 38 19 21 39 | 39 21 27 28 | 28 27 22 42 | 42 22 24 43
43 24 26 45 | 45 26 16 15 | 3 2 G A | A G 41 39 | A 39 28 29 | 29 28 42 B
B 42 46 H | B H 14 13 | 4 3 A C | C A 29 33 | 33 29 B D | D B 13 12
5 4 C E | E C 33 59 | 55 33 D F | F D 12 11 | J E 59 58 | K J 58 57
L K 57 56 | F L 56 55 | 6 5 E J | 8 6 J K | 10 8 K L | 11 10 L F
"""
_AREAS = [
    area.split() for line in _CORNERS.strip().splitlines() for area in line.split("|")
]


def mdmo_polygons(landmarks):
    """Lay out the 36 areas of MDMO."""
    landmarks = np.asarray(landmarks, dtype=np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(
            "landmarks must be 68 finite points (x, y), got shape "
            f"{landmarks.shape}{' with others' if landmarks.shape == (68, 2) else ''}."
        )
    points = {str(i): point for i, point in enumerate(landmarks)}
    up = np.array([0, _ABOVE_BROWS * np.linalg.norm(landmarks[36] - landmarks[45])])
    for name, i in _ABOVE.items():
        points[name] = landmarks[i] - up
    points["t3"] = (points["t2"] + points["t4"]) / 2
    for name, (i, j) in _MIDPOINTS.items():
        points[name] = (landmarks[i] + landmarks[j]) / 2
    return np.array([[points[name] for name in area] for area in _AREAS])


def mdmo_regions(landmarks, shape):
    """Map the 36 areas of MDMO.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels, in the order of iBUG 300-W.
    shape : tuple of int
        Height and width of the image.

    Returns
    -------
    ndarray of shape (height, width), intp
        Area of each pixel, 0 to 35 (the paper counts from 1), or -1.

    Raises
    ------
    ValueError
        If there are not 68 finite points, or an area has no pixel of the image.

    Notes
    -----
    The areas cover the face from above the brows to the chin, without eyeballs and the
    inside of the lips. The upper ones end 0.22 times the distance of the outer corners
    of the eyes above the brows, which is what the 20 pixels of the paper are in its
    normalized faces. What lies outside of the image is cut off.

    References
    ----------
    Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao, X. Fu, "A main directional
    mean optical flow feature for spontaneous micro-expression recognition", IEEE
    TAFFC 7(4), 2016. https://doi.org/10.1109/TAFFC.2015.2485205

    Examples
    --------
    >>> from mefeat.testing import face_layout
    >>> regions = mdmo_regions(face_layout((100, 100)), (100, 100))
    >>> regions[25, 30], regions[76, 50]  # above the right brow, between the lips
    (np.int64(0), np.int64(-1))
    """
    polygons = mdmo_polygons(landmarks)
    regions = np.full(shape, -1, dtype=np.intp)
    mark_polygons(polygons, regions)
    counts = np.bincount(regions.ravel() + 1, minlength=len(polygons) + 1)[1:]
    if not counts.all():
        empty = ", ".join(str(k + 1) for k in np.flatnonzero(counts == 0))
        raise ValueError(
            f"areas {empty} of the 36 of MDMO have no pixel in images of {shape[0]}x"
            f"{shape[1]}: leave more margin around the face, make it larger, or look "
            "at the landmarks."
        )
    return regions


_N_BINS = 8
_SHORTEST = 1e-6


def main_motion(flow, regions=None):
    """Average the flow of each region over its main direction.

    Notes
    -----
    Eight bins of 45 degrees are centered on the multiples of 45 degrees. The bin with
    the most vectors gives the mean length and the mean angle; those around angle 0 are
    averaged as -22.5 to 22.5 degrees. Ties go to the lower bin; vectors shorter than
    1e-6 do not count.
    """
    fields, single = checked_fields(flow)
    regions, n_regions = check_regions(regions, fields.shape[2:])
    tables = orientation_bins(_N_BINS, -0.5)
    counts = np.zeros((len(fields), n_regions, _N_BINS), dtype=np.intp)
    out = np.zeros((len(fields), n_regions, 2))
    main_motions(*flat_pixels(fields, regions), *tables, _SHORTEST, counts, out)
    return out[0] if single else out


def mdmo(flow, regions=None, *, magnitude_weight=0.9):
    """Describe a clip by the mean motion of each region along its main direction.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v) from the first frame to each later one, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none: `mdmo_regions`. One region by default.
    magnitude_weight : float, default=0.9
        Weight of lengths, 0 to 1; angles have the rest. The paper's lambda: 0.91 for
        CASME II, 0.98 for CASME (0.91 at 70 frames), 0.80 for SMIC.

    Returns
    -------
    ndarray of shape (n_regions, 2), float64
        Weighted lengths, the largest of the clip being 1 before it is weighted, and
        weighted angles in radians.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, or the weight leaves 0..1.

    Notes
    -----
    The vectors of `main_motion` are averaged over the pairs in Cartesian coordinates.
    The paper takes the flow of RLOF, from which the motion of the head has been taken
    out: `OpticalFlow(solver="rlof", align="affine")`.

    References
    ----------
    Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao, X. Fu, "A main directional
    mean optical flow feature for spontaneous micro-expression recognition", IEEE
    TAFFC 7(4), 2016. https://doi.org/10.1109/TAFFC.2015.2485205

    Examples
    --------
    Two regions, one moves to the right by 1, the other down by 2:

    >>> flow = np.array([[[1.0, 0.0]], [[0.0, 2.0]]])
    >>> mdmo(flow, np.array([[0, 1]])).round(6).tolist()
    [[0.45, 0.0], [0.9, 0.15708]]
    """
    return _weighted(_mean(_motions(flow, regions)), magnitude_weight)


def mdmo_sequence(flow, regions=None, *, magnitude_weight=0.9):
    """Describe each pair of a clip as `mdmo` describes their mean.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v) from the first frame to each later one, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none: `mdmo_regions`. One region by default.
    magnitude_weight : float, default=0.9
        Weight of lengths, 0 to 1; angles have the rest.

    Returns
    -------
    ndarray of shape (n_pairs, n_regions, 2), float64
        Weighted lengths, the largest of the whole clip being 1 before it is weighted,
        and weighted angles in radians.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, or the weight leaves 0..1.

    Examples
    --------
    >>> flow = np.array([[[[1.0]], [[0.0]]], [[[4.0]], [[0.0]]]])  # 1, then 4 pixels
    >>> mdmo_sequence(flow).tolist()
    [[[0.225, 0.0]], [[0.9, 0.0]]]
    """
    return _weighted(_motions(flow, regions), magnitude_weight)


class MDMO(Descriptor):
    """MDMO of the 36 areas of the face.

    Parameters
    ----------
    magnitude_weight : float, default=0.9
        Weight of lengths, 0 to 1, the paper's lambda; angles have the rest.

    See Also
    --------
    mdmo : The function on arrays, with the details.
    mdmo_regions : The areas, from the landmarks of the first frame.

    Notes
    -----
    Needs landmarks and the flow from the first frame to each later one,
    `OpticalFlow(to="first", align="affine")`.

    References
    ----------
    Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao, X. Fu, "A main directional
    mean optical flow feature for spontaneous micro-expression recognition", IEEE
    TAFFC 7(4), 2016. https://doi.org/10.1109/TAFFC.2015.2485205

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> row = MDMO().transform(example_clips(1))[0]  # all moves to the right
    >>> row[:36].round(6).tolist() == [0.9] * 36, row[36:].any()
    (True, np.False_)
    """

    pairs = "first"

    _parameter_constraints: dict = {"magnitude_weight": [number(0, 1, closed="both")]}

    def __init__(self, magnitude_weight=0.9):
        self.magnitude_weight = magnitude_weight

    def describe(self, clip):
        """Describe a clip.

        Gives lengths of the 36 areas, then angles.
        """
        flow, regions = _flow_and_regions(clip, self)
        return mdmo(flow, regions, magnitude_weight=self.magnitude_weight).T.ravel()

    def feature_names(self):
        """Name area, counted from 1 as in the paper, and quantity of each number."""
        return [f"area{i}_{name}" for name in ("length", "angle") for i in range(1, 37)]


class MDMOSequence(SequenceDescriptor):
    """MDMO of each frame of a clip but the first, as sparse MDMO wants it.

    Parameters
    ----------
    magnitude_weight : float, default=0.9
        Weight of lengths, 0 to 1; angles have the rest.

    See Also
    --------
    mdmo_sequence : The function on arrays.
    MDMO : The mean over the frames.

    Notes
    -----
    The paper does not say whether lengths are divided by the largest one and weighted
    also here; they are, per clip.

    References
    ----------
    Y.-J. Liu, B.-J. Li, Y.-K. Lai, "Sparse MDMO: learning a discriminative feature for
    micro-expression recognition", IEEE TAFFC 12(1), 2021.
    https://doi.org/10.1109/TAFFC.2018.2854166

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> MDMOSequence().transform(example_clips(1, n_frames=5))[0].shape
    (4, 72)
    """

    pairs = "first"

    _parameter_constraints: dict = {"magnitude_weight": [number(0, 1, closed="both")]}

    def __init__(self, magnitude_weight=0.9):
        self.magnitude_weight = magnitude_weight

    def describe(self, clip):
        """Describe the frames of a clip.

        Gives lengths of the 36 areas, then angles, of each pair.
        """
        flow, regions = _flow_and_regions(clip, self)
        motion = mdmo_sequence(flow, regions, magnitude_weight=self.magnitude_weight)
        return motion.transpose(0, 2, 1).reshape(len(motion), -1)


def _flow_and_regions(clip, owner):
    flow = need_flow(clip, owner, owner.pairs)
    landmarks = need_landmarks(clip, owner, "put a FaceLandmarks step before it")
    return flow, mdmo_regions(landmarks[0], clip.frames.shape[1:3])


def _motions(flow, regions):
    motions = main_motion(flow, regions)
    return motions.reshape(-1, *motions.shape[-2:])


def _mean(motions):
    """Average polar coordinates over pairs as vectors."""
    length, angle = np.moveaxis(motions, 2, 0)
    x, y = (length * np.cos(angle)).mean(axis=0), (length * np.sin(angle)).mean(axis=0)
    # A remainder just below 2 pi may be 2 pi itself.
    angle = np.arctan2(y, x) % (2 * np.pi) % (2 * np.pi)
    return np.stack([np.hypot(x, y), angle], axis=1)


def _weighted(motions, magnitude_weight):
    if not 0 <= magnitude_weight <= 1:
        raise ValueError(f"magnitude_weight must be 0 to 1, got {magnitude_weight}.")
    largest = motions[..., 0].max(initial=0)
    scale = magnitude_weight / largest if largest > 0 else 0.0
    return motions * [scale, 1 - magnitude_weight]
