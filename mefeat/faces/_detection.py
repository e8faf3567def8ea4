"""Face detection, and the landmark model of dlib."""

import importlib.util
import os
import threading
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from mefeat.clip import luma

VARIABLE = "MEFEAT_LANDMARK_MODEL"
_NAME = "shape_predictor_68_face_landmarks.dat"
_DEBIAN = Path("/usr/share/dlib") / _NAME


def import_dlib():
    """Import dlib, or say how to get it."""
    try:
        import dlib
    except ImportError as error:
        raise ImportError(
            'dlib is not installed: `pip install "mefeat[faces]"` brings it, or give '
            "the clips landmarks of your own."
        ) from error
    return dlib


def find_landmark_model(path=None):
    """Find the file of dlib's 68-point landmark model.

    Parameters
    ----------
    path : path, optional
        The file. By default the one that the environment variable
        `MEFEAT_LANDMARK_MODEL` names, else that of the package
        `face_recognition_models` (part of the extra `faces`), else that of Debian's
        `libdlib-data`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileNotFoundError
        If there is none.

    Notes
    -----
    The model was trained on the iBUG 300-W data, whose licence excludes commercial use.

    Examples
    --------
    >>> find_landmark_model("there_is_none.dat")
    Traceback (most recent call last):
    FileNotFoundError: there is no landmark model 'there_is_none.dat'.
    """
    if path is not None:
        return _existing(path, "")
    if VARIABLE in os.environ:
        return _existing(os.environ[VARIABLE], f", which {VARIABLE} names")
    places = [_DEBIAN]
    # Found, never imported: the package cannot be imported beside new setuptools.
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is not None and spec.origin is not None:
        places.insert(0, Path(spec.origin).parent / "models" / _NAME)
    for place in places:
        if place.is_file():
            return place
    package = "the package face_recognition_models, which is not installed, "
    raise FileNotFoundError(
        f"found no {_NAME}: looked at the variable {VARIABLE}, which is not set, "
        f"{package if len(places) == 1 else ''}and {' and '.join(map(str, places))}. "
        '`pip install "mefeat[faces]"` brings it.'
    )


def _existing(path, who):
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no landmark model {str(path)!r}{who}.")
    return Path(path)


@lru_cache(maxsize=1)
def load_predictor(path):
    """Load a landmark model, once in each process."""
    return import_dlib().shape_predictor(str(path))


_HOG_WINDOW = 80
_CASCADE_SHORT_SIDE = 240

# dlib's detector works in memory of its own and lets other threads run meanwhile.
_hog_lock = threading.Lock()


def detect_faces(image, *, detector="auto", min_size=0.15):
    """Find the faces in an image.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3)
        Gray or RGB, values in 0..255 of any real dtype.
    detector : {"auto", "dlib", "cascade"}, default="auto"
        "dlib" is the HOG detector of the extra `faces`, "cascade" the LBP cascade of
        scikit-image, which finds fewer turned faces. "auto" takes dlib if it is
        installed.
    min_size : float, default=0.15
        Smallest face to look for, as a part of the image's shorter side.

    Returns
    -------
    ndarray of shape (n_faces, 4)
        Boxes (top, left, height, width), pixels, the largest first; none gives (0, 4).

    Raises
    ------
    ImportError
        If "dlib" is asked for and not installed.
    ValueError
        If the image has another shape, there is no such detector, or `min_size` is
        not between 0 and 1.

    Notes
    -----
    A box reaches from the brows to below the chin and from ear to ear, and may leave
    the image. Those of the cascade, which lie higher and are larger, are shifted and
    scaled to the convention of dlib by the mean difference between the two.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> top, left, height, width = detect_faces(astronaut())[0]
    >>> nose_x, nose_y = 220, 125
    >>> bool(left < nose_x < left + width and top < nose_y < top + height)
    True
    """
    gray = gray_image(image)
    if detector == "auto":
        detector = "dlib" if _has_dlib() else "cascade"
    if detector not in DETECTORS:
        raise ValueError(
            f"detector must be 'auto' or one of {sorted(DETECTORS)}, got {detector!r}."
        )
    if not 0 < min_size <= 1:
        raise ValueError(f"min_size must be a part of the image, got {min_size}.")
    boxes = DETECTORS[detector](gray, min_size * min(gray.shape))
    return boxes[np.argsort(-boxes[:, 2], kind="stable")]


def gray_image(image):
    """Turn an image into the gray bytes that detectors and models want."""
    image = np.asarray(image)
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
        raise ValueError(
            "image must be (height, width) or (height, width, 3), got shape "
            f"{image.shape}."
        )
    gray = luma(image[None])[0]
    if gray.dtype != np.uint8:
        gray = np.clip(np.rint(gray), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(gray)


def steady_box(frames, *, detector="cascade", n_frames=10):
    """Find the one box that holds the face of a whole clip."""
    looked = np.unique(np.linspace(0, len(frames) - 1, n_frames).round().astype(int))
    boxes = [detect_faces(frame, detector=detector) for frame in frames[looked]]
    boxes = np.concatenate(boxes)
    if not len(boxes):
        raise ValueError(f"found no face in the frames {', '.join(map(str, looked))}.")
    agree = _overlap(boxes) >= 0.5
    return np.median(boxes[agree[np.argmax(agree.sum(axis=0))]], axis=0)


def _overlap(boxes):
    """Intersection over union of each box with each other."""
    start, size = boxes[:, :2], boxes[:, 2:]
    end = start + size
    common = np.minimum(end[:, None], end) - np.maximum(start[:, None], start)
    inside = np.clip(common, 0, None).prod(axis=-1)
    area = size.prod(axis=-1)
    return inside / (area[:, None] + area - inside)


def _has_dlib():
    try:
        import_dlib()
    except ImportError:
        return False
    return True


def _by_hog(gray, min_side):
    """Scale the image so that the smallest face just fills dlib's window."""
    dlib = import_dlib()
    scaled, scale = _scaled(gray, _HOG_WINDOW / min_side)
    with _hog_lock:
        found = _hog(dlib)(scaled, 0)
    rows = [(r.top(), r.left(), r.height(), r.width()) for r in found]
    return _unscaled(rows, scale)


def _by_cascade(gray, min_side):
    scaled, scale = _scaled(gray, _CASCADE_SHORT_SIDE / min(gray.shape))
    least = max(round(min_side * scale), 24)
    found = _cascade().detect_multi_scale(
        scaled,
        scale_factor=1.1,
        step_ratio=1,
        min_size=(least, least),
        max_size=scaled.shape,
    )
    rows = [(f["r"], f["c"], f["height"], f["width"]) for f in found]
    boxes = _unscaled(rows, scale)
    # Measured side by side on eight videos: 1.08 times as large, 0.09 higher.
    side = boxes[:, 2:] / 1.08
    center = boxes[:, :2] + boxes[:, 2:] / 2 + 0.09 * side * [1, 0]
    return np.hstack([center - side / 2, side])


def _scaled(gray, scale):
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(gray, None, fx=scale, fy=scale, interpolation=mode), scale


def _unscaled(rows, scale):
    return np.array(rows, dtype=np.float64).reshape(-1, 4) / scale


@lru_cache(maxsize=1)
def _hog(dlib):
    return dlib.get_frontal_face_detector()


@lru_cache(maxsize=1)
def _cascade():
    return Cascade(lbp_frontal_face_cascade_filename())


DETECTORS = {"dlib": _by_hog, "cascade": _by_cascade}
