"""The 36 areas of the face that MDMO looks at."""

import numpy as np

from mefeat.kernels.polygons import mark_polygons

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
    """Lay out the 36 areas of MDMO.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)
        Points (x, y), pixels.

    Returns
    -------
    ndarray of shape (36, 4, 2)
        Corners (x, y) of each area.

    Raises
    ------
    ValueError
        If there are not 68 finite points.

    See Also
    --------
    mdmo_regions : The same as a region map, with references.

    Examples
    --------
    >>> from mefeat.testing import face_layout
    >>> mdmo_polygons(face_layout((100, 100)))[0, [0, 3]].round(1).tolist()
    [[22.7, 30.3], [34.0, 27.0]]
    """
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
        Height and width of the picture.

    Returns
    -------
    ndarray of shape (height, width), intp
        Area of each pixel, 0 to 35 (the paper counts from 1), or -1.

    Raises
    ------
    ValueError
        If there are not 68 finite points, or an area has no pixel of the picture.

    Notes
    -----
    The areas cover the face from above the brows to the chin, without eyeballs and the
    inside of the lips. The upper ones end 0.22 times the distance of the outer corners
    of the eyes above the brows, which is what the 20 pixels of the paper are in its
    normalized faces. What lies outside of the picture is cut off.

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
            f"areas {empty} of the 36 of MDMO have no pixel in pictures of {shape[0]}x"
            f"{shape[1]}: leave more margin around the face, make it larger, or look "
            "at the landmarks."
        )
    return regions
