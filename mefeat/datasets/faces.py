"""Photographs that the generator makes its subjects of."""

import numpy as np

from mefeat.clip import Clip

# The 68 points of skimage.data.astronaut(), (x, y) in pixels: dlib's predictor on the
# enlarged face, averaged over jittered and mirrored boxes; brows and the corners of
# eyes and mouth were then set by eye.
# fmt: off
ASTRONAUT = np.array([
    [179.3, 104.5], [179.4, 116.0], [180.2, 127.4], [181.3, 138.9],
    [184.5, 150.3], [190.9, 160.1], [199.8, 168.4], [209.3, 175.6],
    [220.4, 178.1], [232.2, 176.7], [243.0, 170.8], [253.1, 163.3],
    [260.5, 153.7], [265.1, 142.7], [268.0, 131.1], [270.2, 119.8],
    [271.8, 107.9], [189.9, 91.0], [194.2, 88.9], [199.8, 88.2],
    [206.8, 89.6], [213.6, 92.3], [238.3, 93.1], [244.3, 92.2],
    [251.6, 91.8], [257.8, 92.4], [262.9, 95.6], [225.7, 102.2],
    [225.5, 110.6], [225.3, 118.7], [225.1, 127.1], [214.1, 130.9],
    [219.1, 132.4], [224.2, 134.3], [229.5, 133.0], [234.3, 131.9],
    [194.0, 101.0], [200.3, 97.8], [206.9, 98.5], [212.5, 103.8],
    [206.2, 104.2], [199.7, 103.7], [237.4, 105.2], [243.6, 100.3],
    [250.1, 100.4], [257.0, 103.9], [250.2, 106.3], [243.8, 106.1],
    [201.8, 139.2], [209.1, 139.0], [217.7, 139.4], [223.1, 140.7],
    [229.1, 139.8], [237.2, 140.2], [245.3, 140.8], [237.2, 151.0],
    [228.7, 155.0], [222.1, 155.5], [216.1, 154.5], [207.7, 149.4],
    [203.6, 140.2], [217.3, 142.9], [222.9, 144.0], [228.9, 143.3],
    [242.4, 141.8], [228.8, 149.7], [222.6, 150.2], [216.7, 149.3],
])
# fmt: on


def astronaut():
    """Load the default face, the portrait of Eileen Collins that scikit-image brings.

    Returns
    -------
    photo : ndarray of shape (512, 512, 3)
        The photograph.
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels.

    Examples
    --------
    The tip of the chin lies below that of the nose:

    >>> photo, landmarks = astronaut()
    >>> bool(landmarks[8, 1] > landmarks[30, 1])
    True
    """
    from skimage.data import astronaut as photograph

    return photograph(), ASTRONAUT.copy()


def check_faces(faces):
    """Check the faces given by a user, and find landmarks where they lack.

    Parameters
    ----------
    faces : sequence or None
        Photographs, or pairs of a photograph and its landmarks; None is the default
        face.

    Returns
    -------
    list of tuple of ndarray
        Photographs (height, width, 3) and landmarks (68, 2).

    Raises
    ------
    TypeError
        If `faces` is not a sequence of photographs or pairs.
    ValueError
        If there are none, or shapes or places are wrong.
    """
    if faces is None:
        return [astronaut()]
    if isinstance(faces, np.ndarray) or not hasattr(faces, "__len__"):
        raise TypeError(
            "faces must be a list of photographs, or of pairs (photograph, landmarks), "
            f"got {type(faces).__name__}."
        )
    if not len(faces):
        raise ValueError("faces must hold at least one photograph, got none.")
    return [_check_face(face, f"faces[{i}]") for i, face in enumerate(faces)]


def _check_face(face, name):
    photo, landmarks = face if isinstance(face, tuple | list) else (face, None)
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8:
        kind = getattr(photo, "dtype", type(photo).__name__)
        raise TypeError(f"{name} must be a uint8 photograph, got {kind}.")
    if photo.ndim != 3 or photo.shape[2] != 3:
        raise ValueError(
            f"{name} must be RGB of shape (height, width, 3), got {photo.shape}."
        )
    if landmarks is None:
        from mefeat.faces import FaceLandmarks

        clip = FaceLandmarks().fit_transform([Clip(frames=photo[None])])[0]
        landmarks = clip.landmarks[0]
    landmarks = np.array(landmarks, dtype=np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(
            f"the landmarks of {name} must be 68 finite points (x, y), got shape "
            f"{landmarks.shape}."
        )
    right, left = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    if left[0] - right[0] < 10:
        raise ValueError(
            f"the eyes of {name} must be at least 10 pixels apart, the right one "
            f"on the left of the picture, got {right} and {left}."
        )
    return photo, landmarks
