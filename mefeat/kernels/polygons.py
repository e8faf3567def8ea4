"""Polygons on the pixel grid."""

from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _inside(x, y, polygon):
    """Tell by the even-odd rule; a point on an edge shared by two is in one of them."""
    inside = False
    for i in range(len(polygon)):
        j = i - 1
        # From top to bottom, so that both polygons at an edge compute the same.
        if polygon[i, 1] <= polygon[j, 1]:
            top, low = polygon[i], polygon[j]
        else:
            top, low = polygon[j], polygon[i]
        if top[1] <= y < low[1]:
            share = (y - top[1]) / (low[1] - top[1])
            if x < top[0] + share * (low[0] - top[0]):
                inside = not inside
    return inside


@njit(cache=True, nogil=True)
def mark_polygons(polygons, regions):
    """Mark pixels by the polygon they lie in; `regions` is updated in place.

    Parameters
    ----------
    polygons : ndarray of shape (n_polygons, n_corners, 2)
        Corners (x, y), pixels; where polygons overlap, the later one wins.
    regions : ndarray of shape (height, width), int
        Map of regions.
    """
    height, width = regions.shape
    for k in range(len(polygons)):
        polygon = polygons[k]
        left = max(int(polygon[:, 0].min()), 0)
        right = min(int(polygon[:, 0].max()) + 1, width - 1)
        top = max(int(polygon[:, 1].min()), 0)
        bottom = min(int(polygon[:, 1].max()) + 1, height - 1)
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                if _inside(float(x), float(y), polygon):
                    regions[y, x] = k
