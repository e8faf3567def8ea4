"""The 68 points of a face, followed from frame to frame."""

from os import PathLike

import cv2
import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import choice
from mefeat.faces._detection import (
    DETECTORS,
    detect_faces,
    find_landmark_model,
    gray_image,
    import_dlib,
    load_predictor,
)
from mefeat.faces._template import MEAN_FACE, place
from mefeat.kernels._mesh import fit_similarity

# The model gives whole pixels: the face is enlarged to at least this many.
_LEAST_SIDE, _LARGEST_SIDE = 400, 800
_MARGIN = 0.3
# Its answers for boxes moved and scaled a little are averaged: (x, y, scale).
_BOXES = np.array(
    [(0, 0, 1), (-0.04, 0, 1), (0.04, 0, 1), (0, -0.04, 1), (0, 0.04, 1)]
    + [(0, 0, 0.94), (0, 0, 1.06)]
)
# How far these answers lie apart (rms, parts of the face's side) tells a face from
# anything else: 0.002 to 0.007 on faces, to 0.025 with a hand on them; on other things
# 0.02 and more (99 %), 0.045 as a rule.
_LOST = 0.015


def face_landmarks(frames, *, model=None, detector="auto"):
    """Find the 68 landmarks of the face in each frame, to fractions of a pixel.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
        Images in order of time, values in 0..255.
    model : path, optional
        The 68-point model of dlib; by default where `find_landmark_model` finds it.
    detector : {"auto", "dlib", "cascade"}, default="auto"
        As for `detect_faces`.

    Returns
    -------
    ndarray of shape (n_frames, 68, 2)
        Points (x, y), pixels, in the order of iBUG 300-W; NaN where there is no face.

    Raises
    ------
    ImportError
        If dlib is not installed.
    FileNotFoundError
        If the model is not found.

    Notes
    -----
    The predictor is the ensemble of regression trees of [1]_ as dlib trained it, on
    data whose licence excludes commercial use [2]_. It answers in whole pixels. Here
    the face is turned upright, slightly smoothed (Gaussian of 0.01 of its side),
    enlarged to 400 pixels or more, and the mean over seven boxes is taken.

    The largest face is found in the first frame. From then on a frame's box comes from
    the landmarks before it; a face is detected anew only where the answers from the
    seven boxes disagree.

    References
    ----------
    .. [1] V. Kazemi, J. Sullivan, "One millisecond face alignment with an ensemble of
       regression trees", CVPR 2014, https://doi.org/10.1109/CVPR.2014.241.
    .. [2] C. Sagonas, G. Tzimiropoulos, S. Zafeiriou, M. Pantic, "300 faces
       in-the-wild challenge: the first facial landmark localization challenge", ICCV
       workshops 2013, https://doi.org/10.1109/ICCVW.2013.59.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> points = face_landmarks(astronaut()[None])
    >>> points.shape
    (1, 68, 2)
    """
    followed = iter_landmarks(frames, model=model, detector=detector)
    return np.array(list(followed)).reshape(-1, 68, 2)


def iter_landmarks(frames, *, model=None, detector="auto", face=0):
    """Find the 68 landmarks of a face frame by frame.

    Parameters
    ----------
    frames : iterable of ndarray of shape (height, width) or (height, width, 3)
        Images in order of time, values in 0..255. May be a generator.
    model : path, optional
        The 68-point model of dlib; by default where `find_landmark_model` finds it.
    detector : {"auto", "dlib", "cascade"}, default="auto"
        As for `detect_faces`.
    face : int, default=0
        Which face to follow where there are several: 0 is the largest when it is first
        found, 1 the second largest, and so on.

    Returns
    -------
    iterator of ndarray of shape (68, 2)
        Points (x, y), pixels; NaN where there is no such face.

    Raises
    ------
    ImportError
        If dlib is not installed; at once, before the first frame is asked for.
    FileNotFoundError
        If the model is not found.

    See Also
    --------
    face_landmarks : The same for an array, with the details.

    Examples
    --------
    >>> import numpy as np
    >>> nobody = (np.zeros((90, 90), np.uint8) for _ in range(2))
    >>> [bool(np.isnan(points).all()) for points in iter_landmarks(nobody)]
    [True, True]
    """
    import_dlib()
    return _followed(load_predictor(find_landmark_model(model)), frames, detector, face)


_FAR = 1e5  # further away than any image is large, pixels


def shows_face(points, t):
    """Say whether points of a frame are those of a face, NaN being those of none."""
    if not np.isfinite(points).all():
        return False
    far = np.abs(points).max(axis=1)
    if far.max() > _FAR:
        x, y = points[far.argmax()]
        raise ValueError(
            f"landmarks must lie near the image, got ({x:g}, {y:g}) for point "
            f"{far.argmax()} of frame {t}."
        )
    if len(points) > 1 and not np.ptp(points, axis=0).any():
        raise ValueError(
            f"landmarks must lie apart, but those of frame {t} all lie in "
            f"({points[0, 0]:g}, {points[0, 1]:g})."
        )
    return True


def _followed(predictor, frames, detector, face):
    last = None
    for frame in frames:
        last = _follow(predictor, gray_image(frame), last, detector, face)
        yield np.full((68, 2), np.nan) if last is None else last


def _follow(predictor, gray, last, detector, face):
    """Landmarks of a frame from those before it, or from a detected face, or None."""
    if last is not None:
        points, spread = _predict(predictor, gray, last)
        if spread < _LOST:
            return points
    boxes = detect_faces(gray, detector=detector)
    if len(boxes) <= face:
        return None
    points = place(boxes[face])
    for _ in range(2):  # the first answer turns the face upright for the second
        points, _ = _predict(predictor, gray, points)
    return points


def _predict(predictor, gray, near):
    """Ask the model, given points near the answer; also say how far answers differ."""
    to_frame = fit_similarity(MEAN_FACE, near)
    side = np.hypot(*to_frame[:, 0])
    chip_side = int(np.clip(side, _LEAST_SIDE, _LARGEST_SIDE))
    n_pixels = round(chip_side * (1 + 2 * _MARGIN))
    center = (n_pixels - 1) / 2
    to_frame[:, :2] /= chip_side
    to_frame[:, 2] -= to_frame[:, :2] @ [center, center]
    chip = _chip(gray, to_frame, n_pixels, 0.01 * side)
    answers = np.array([_answer(predictor, chip, chip_side, box) for box in _BOXES])
    spread = np.sqrt(answers.var(axis=0).sum(axis=-1).mean()) / chip_side
    return answers.mean(axis=0) @ to_frame[:, :2].T + to_frame[:, 2], spread


def _chip(gray, to_frame, n_pixels, sigma):
    """Cut the face out upright; it is smoothed before it is enlarged."""
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * (n_pixels - 1)
    corners = corners @ to_frame[:, :2].T + to_frame[:, 2]
    reach = 4 * sigma + 2
    left, top = np.maximum(np.floor(corners.min(axis=0) - reach), 0).astype(int)
    right, below = np.ceil(corners.max(axis=0) + reach).astype(int)
    part = gray[min(top, len(gray) - 1) : max(below, 1)]
    part = part[:, min(left, gray.shape[1] - 1) : max(right, 1)]
    smooth = cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    matrix = to_frame - [[0, 0, left], [0, 0, top]]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        smooth,
        matrix,
        (n_pixels, n_pixels),
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _answer(predictor, chip, side, box):
    half = side * box[2] / 2
    center = (len(chip) - 1) / 2 + side * box[:2]
    left, top = np.rint(center - half).astype(int).tolist()
    right, below = np.rint(center + half).astype(int).tolist()
    rectangle = import_dlib().rectangle(left, top, right, below)
    return [(p.x, p.y) for p in predictor(chip, rectangle).parts()]


def _refuse(clip, points, missing):
    raise ValueError(
        f"found no face in {missing.sum()} of {len(missing)} frames: "
        f"{_ranges(np.flatnonzero(missing))}. on_missing='interpolate' or 'drop' "
        "(--on-missing in the command) goes on without them."
    )


def _interpolate(clip, points, missing):
    known = np.flatnonzero(~missing)
    columns = points.reshape(len(points), -1).copy()
    for column in columns.T:
        column[missing] = np.interp(np.flatnonzero(missing), known, column[known])
    return clip.replace(landmarks=columns.reshape(points.shape))


def _drop(clip, points, missing):
    known = np.flatnonzero(~missing)
    return clip.at(known).replace(landmarks=points[known])


def _ranges(numbers):
    """Write numbers shortly: 3..7, 12."""
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(f"{p[0]}..{p[-1]}" if len(p) > 1 else f"{p[0]}" for p in parts)


ON_MISSING = {"raise": _refuse, "interpolate": _interpolate, "drop": _drop}


class FaceLandmarks(Stage):
    """Give each clip the 68 landmarks of its face.

    Landmarks that a clip brings are kept, and then nothing else is needed; frames where
    they are not finite count as frames without a face.

    Parameters
    ----------
    model : path, default=None
        The 68-point model of dlib; by default where `find_landmark_model` finds it.
    detector : {"auto", "dlib", "cascade"}, default="auto"
        As for `detect_faces`.
    on_missing : {"raise", "interpolate", "drop"}, default="raise"
        What becomes of frames without a face: an error that names them; points
        interpolated linearly between the frames around them (at the ends those of the
        nearest frame); or a clip without these frames (`fps` is then that of the mean
        step).

    See Also
    --------
    face_landmarks : The same for arrays.

    Notes
    -----
    The data the model was trained on exclude commercial use. dlib holds Python's
    global lock: to work on several clips at once, use processes
    (`joblib.parallel_config`).

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.faces import FaceLandmarks
    >>> clip = Clip(np.zeros((2, 9, 9), np.uint8), landmarks=np.ones((2, 68, 2)))
    >>> FaceLandmarks().transform([clip])[0] is clip
    True
    """

    by_frame = True
    _parameter_constraints = {
        "model": [str, PathLike, None],
        "detector": [choice(["auto", *DETECTORS])],
        "on_missing": [choice(ON_MISSING)],
    }

    def __init__(self, *, model=None, detector="auto", on_missing="raise"):
        self.model = model
        self.detector = detector
        self.on_missing = on_missing

    def apply(self, clip):
        """Find the landmarks of one clip.

        Gives the clip with landmarks; its frames are untouched. Raises a ValueError if
        there is no face in some frames and `on_missing` is "raise", or in any frame at
        all.
        """
        points = clip.landmarks
        if points is None:
            points = face_landmarks(
                clip.frames, model=self.model, detector=self.detector
            )
        missing = ~np.isfinite(points).all(axis=(1, 2))
        if not missing.any():
            return clip if clip.landmarks is points else clip.replace(landmarks=points)
        if missing.all():
            raise ValueError(f"found no face in any of the {len(points)} frames.")
        return ON_MISSING[self.on_missing](clip, points, missing)
