"""Region maps: polygons filled, values summed by region."""

import math

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def _crossings(polygon, y, found):
    """Find where a row crosses the sides of a polygon, in order; return how often."""
    n = 0
    for i in range(len(polygon)):
        j = i - 1
        # From top to bottom, so that both polygons at a side compute the same.
        if polygon[i, 1] <= polygon[j, 1]:
            top, low = polygon[i], polygon[j]
        else:
            top, low = polygon[j], polygon[i]
        if top[1] <= y < low[1]:
            share = (y - top[1]) / (low[1] - top[1])
            x = top[0] + share * (low[0] - top[0])
            place = n
            while place > 0 and found[place - 1] > x:
                found[place] = found[place - 1]
                place -= 1
            found[place] = x
            n += 1
    return n


@njit(cache=True, nogil=True)
def mark_polygons(polygons, regions):
    """Mark pixels by the polygon they lie in; `regions` is updated in place."""
    height, width = regions.shape
    found = np.empty(polygons.shape[1])
    for k in range(len(polygons)):
        polygon = polygons[k]
        first = max(math.floor(polygon[:, 1].min()), 0)
        last = min(math.ceil(polygon[:, 1].max()), height - 1)
        for y in range(first, last + 1):
            n = _crossings(polygon, float(y), found)
            for i in range(0, n - 1, 2):
                left = max(math.ceil(found[i]), 0)
                right = min(math.ceil(found[i + 1]), width)
                for x in range(left, right):
                    regions[y, x] = k


@njit(cache=True, nogil=True)
def sum_regions(values, regions, counts, sums):
    """Count the pixels of regions and add up their values; both updated in place."""
    n_maps, height, width = regions.shape
    for k in range(n_maps):
        for y in range(height):
            for x in range(width):
                region = regions[k, y, x]
                if region >= 0:
                    counts[region] += 1
                    sums[region] += values[y, x]
