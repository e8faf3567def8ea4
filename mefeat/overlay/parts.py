"""Parts of the face, and how each of them moves."""

import numpy as np

from mefeat.base import Descriptor, need_landmarks
from mefeat.base.params import choice, whole
from mefeat.flow.needs import need_flow
from mefeat.motion import mdmo_regions
from mefeat.regions import check_regions, edges, region_means

# Areas of MDMO, counted from 1, that make up each part; right is the person's right.
PARTS = {
    "right brow": (1, 2),
    "between brows": (3, 4),
    "left brow": (5, 6),
    "right eye": (7, 8, 9),
    "left eye": (12, 13, 14),
    "nose": (10, 11, 17, 18, 22, 23),
    "right cheek": (15, 16, 21),
    "left cheek": (19, 20, 24),
    "right mouth": (25, 26, 29),
    "left mouth": (27, 28, 32),
    "chin": (30, 31, 33, 34, 35, 36),
}


def face_parts(landmarks, size):
    """Map eleven parts of the face, made of the 36 areas of MDMO.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels, in the order of iBUG 300-W.
    size : tuple of int
        (height, width) of the picture.

    Returns
    -------
    ndarray of shape (height, width), intp
        Part of each pixel in the order of `PARTS`, or -1.

    See Also
    --------
    mefeat.motion.mdmo_regions : The areas.

    Examples
    --------
    >>> from mefeat.overlay import canonical_mesh
    >>> parts = face_parts(canonical_mesh().target, (256, 256))
    >>> list(PARTS)[parts[240, 128]], int(parts[0, 0])
    ('chin', -1)
    """
    areas = mdmo_regions(landmarks, size)
    part_of = np.full(37, -1, dtype=np.intp)  # the last is for no area at all
    for part, numbers in enumerate(PARTS.values()):
        part_of[np.array(numbers) - 1] = part
    return part_of[areas]


def mean_vectors(flow, regions=None, n_times=1):
    """Average flow over regions and blocks of time.

    Parameters
    ----------
    flow : ndarray of shape (n_pairs, 2, height, width)
        Flow (u, v), pixels.
    regions : ndarray of int of shape (height, width), default=None
        Region of each pixel, -1 for none. One region by default.
    n_times : int, default=1
        Blocks of time, cut by rounding over all pairs.

    Returns
    -------
    ndarray of shape (n_times, n_regions, 2), float64
        Mean vectors (u, v), pixels.

    Raises
    ------
    ValueError
        If there are more blocks than pairs.

    Examples
    --------
    Two regions, the right one moves down, by 2 and by 4:

    >>> flow = np.zeros((2, 2, 1, 2))
    >>> flow[:, 1, 0, 1] = 2, 4
    >>> mean_vectors(flow, np.array([[0, 1]])).tolist()
    [[[0.0, 0.0], [0.0, 3.0]]]
    """
    if not 1 <= n_times <= len(flow):
        raise ValueError(f"n_times must be 1 to n_pairs={len(flow)}, got {n_times}.")
    regions, _ = check_regions(regions, flow.shape[2:])
    means = np.array(
        [[region_means(component, regions) for component in pair] for pair in flow]
    )
    cuts = edges(len(flow), n_times)
    blocks = [means[a:b].mean(axis=0) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
    return np.stack(blocks).swapaxes(1, 2)


class MeanMovement(Descriptor):
    """Mean vector of each region of the face in each block of time.

    Parameters
    ----------
    n_times : int, default=3
        Blocks of time.
    regions : {"areas", "parts"}, default="areas"
        The 36 areas of MDMO, or the eleven parts made of them.

    See Also
    --------
    MicroMovement : The step before it.
    mean_vectors : The function on arrays.

    Notes
    -----
    Vectors are in pixels of the frames; on the canonical face, whose size is fixed,
    they compare between people.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> row = MeanMovement(1, regions="parts").transform(example_clips(1))[0]
    >>> row.round(2).tolist()[:2]  # all moves to the right
    [1.2, 0.0]
    """

    pairs = "first"

    _parameter_constraints: dict = {
        "n_times": [whole(1)],
        "regions": [choice(["areas", "parts"])],
    }

    def __init__(self, n_times=3, *, regions="areas"):
        self.n_times = n_times
        self.regions = regions

    def describe(self, clip):
        """Describe a clip.

        Parameters
        ----------
        clip : Clip
            The clip, with landmarks and the flow from its first frame.

        Returns
        -------
        ndarray of shape (n_times * n_regions * 2,)
            Mean vectors: of the first block of time those of all regions, and so on.
        """
        flow = need_flow(clip, self, self.pairs)
        step = "put a FaceLandmarks step before it, or give landmarks of your own"
        points = need_landmarks(clip, self, step)[0]
        layout = mdmo_regions if self.regions == "areas" else face_parts
        regions = layout(points, flow.shape[2:])
        return mean_vectors(flow, regions, self.n_times).ravel()

    def feature_names(self):
        """Name block of time, region and component of each number.

        Returns
        -------
        list of str
            Names; areas are counted from 1 as in the paper.
        """
        names = [f"area{i}" for i in range(1, 37)]
        if self.regions == "parts":
            names = [name.replace(" ", "_") for name in PARTS]
        return [
            f"t{t}_{name}_{axis}"
            for t in range(self.n_times)
            for name in names
            for axis in "xy"
        ]
