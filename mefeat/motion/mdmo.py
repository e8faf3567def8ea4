"""MDMO: the main directional mean optical flow of areas of the face."""

import numpy as np

from mefeat.base import Descriptor, SequenceDescriptor, need_landmarks
from mefeat.base.params import number
from mefeat.flow.needs import need_flow
from mefeat.kernels.orientation import main_motions
from mefeat.motion.areas import mdmo_regions
from mefeat.motion.fields import checked_fields, flat_pixels, orientation_bins
from mefeat.regions import check_regions

_N_BINS = 8
_SHORTEST = 1e-6


def main_motion(flow, regions=None):
    """Average the flow of each region over its main direction.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v), u to the right and v down, pixels.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.

    Returns
    -------
    ndarray of shape ([n_pairs,] n_regions, 2), float64
        Length in pixels and angle in [0, 2 pi) of each region; zeros where nothing
        moves.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite.

    See Also
    --------
    mdmo : The descriptor made of it, with references.

    Notes
    -----
    Eight bins of 45 degrees are centered on the multiples of 45 degrees. The bin with
    the most vectors gives the mean length and the mean angle; those around angle 0 are
    averaged as -22.5 to 22.5 degrees. Ties go to the lower bin; vectors shorter than
    1e-6 do not count.

    Examples
    --------
    Three of four pixels move down, which is the angle pi / 2:

    >>> flow = np.array([[[0.0, 0.0, 0.0, 5.0]], [[1.0, 2.0, 3.0, 0.0]]])
    >>> main_motion(flow).round(6).tolist()
    [[2.0, 1.570796]]
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

        Parameters
        ----------
        clip : Clip
            The clip, with landmarks and the flow from its first frame.

        Returns
        -------
        ndarray of shape (72,)
            Lengths of the 36 areas, then angles.
        """
        flow, regions = _flow_and_regions(clip, self)
        return mdmo(flow, regions, magnitude_weight=self.magnitude_weight).T.ravel()

    def feature_names(self):
        """Name area, counted from 1 as in the paper, and quantity of each number.

        Returns
        -------
        list of str
            Names.
        """
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

        Parameters
        ----------
        clip : Clip
            The clip, with landmarks and the flow from its first frame.

        Returns
        -------
        ndarray of shape (n_pairs, 72)
            Lengths of the 36 areas, then angles, of each pair.
        """
        flow, regions = _flow_and_regions(clip, self)
        atoms = mdmo_sequence(flow, regions, magnitude_weight=self.magnitude_weight)
        return atoms.transpose(0, 2, 1).reshape(len(atoms), -1)


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
