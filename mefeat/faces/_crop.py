"""Cropping: one box for all frames of a clip."""

import numpy as np

from mefeat.base import Stage, need_landmarks
from mefeat.base._steps import checked_size, choice, number
from mefeat.faces._detection import DETECTORS, steady_box
from mefeat.faces._template import place


def landmark_box(landmarks, size, *, margin=0.05):
    """Find the box of a given shape that holds the face of a whole clip."""
    size = checked_size(size)
    if not np.isfinite(landmarks).all():
        raise ValueError(
            "the box of a face needs finite landmarks, got NaN or infinity: "
            "FaceLandmarks(on_missing='interpolate'), in the command --on-missing "
            "interpolate, fills frames without a face."
        )
    left, top = np.median(landmarks.min(axis=1), axis=0)
    right, below = np.median(landmarks.max(axis=1), axis=0)
    height, width = (1 + 2 * margin) * np.array([below - top, right - left])
    if not min(height, width) > 0:
        raise ValueError("the landmarks must span a box, got points on one line.")
    lowest = (top + below + height) / 2
    scale = max(height / size[0], width / size[1])
    height, width = scale * size[0], scale * size[1]
    # A box starts at the edge of its first pixel, half a pixel before its center.
    top, left = lowest - height + 0.5, (left + right - width) / 2 + 0.5
    return np.array([top, left, height, width])


class CropFace(Stage):
    """Cut the face out of each clip, by one box for all frames.

    A box per frame would follow every flicker of what it is made from, and the face
    would seem to move.

    Parameters
    ----------
    size : tuple of int, default=(170, 140)
        (height, width) of the new frames, pixels.
    margin : float, default=0.05
        What is added on each side of the face, as a part of its extent.
    source : {"auto", "landmarks", "box"}, default="auto"
        What says where the face is: the clip's landmarks, or the box of a detector,
        found by `steady_box`. "auto" takes landmarks where the clip has them.
    detector : {"cascade", "dlib", "auto"}, default="cascade"
        The detector, as for `detect_faces`. The cascade is part of every installation,
        so the same clip is cropped alike everywhere.

    See Also
    --------
    landmark_box : How the box is found.

    Notes
    -----
    Frames are sampled once, bilinearly, with averaging where they shrink. Where the box
    leaves the image the border is repeated.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from mefeat import Clip
    >>> from mefeat.faces import CropFace
    >>> CropFace().transform([Clip(astronaut()[None])])
    [Clip(1 frames of 170x140 RGB float32)]
    """

    by_frame = True
    _parameter_constraints = {
        "size": [tuple, list],
        "margin": [number(0)],
        "source": [choice(["auto", "landmarks", "box"])],
        "detector": [choice(["auto", *DETECTORS])],
    }

    def __init__(
        self, size=(170, 140), *, margin=0.05, source="auto", detector="cascade"
    ):
        self.size = size
        self.margin = margin
        self.source = source
        self.detector = detector

    def apply(self, clip):
        """Crop one clip.

        Gives the clip with frames of the new size and landmarks moved. Raises a
        ValueError if landmarks are asked for and the clip has none, or no face is
        found.
        """
        if self.source == "box" or (self.source == "auto" and clip.landmarks is None):
            points = place(steady_box(clip.frames, detector=self.detector))[None]
        else:
            step = "put a FaceLandmarks step before it, or take source='box'"
            points = need_landmarks(clip, self, step)
        box = landmark_box(points, self.size, margin=self.margin)
        return clip.warp(_to_box(box, self.size), self.size)


def _to_box(box, size):
    """Map a box onto an image; pixel (0, 0) covers -0.5..0.5 in both."""
    scale = np.asarray(size) / box[2:]
    shift = (0.5 - box[:2]) * scale - 0.5
    return np.array([[scale[1], 0, shift[1]], [0, scale[0], shift[0]]])
