"""Gradients of a volume on planes: their orientations, counted or weighed.

As for the binary patterns, a plane is a table: the voxels on both sides of the center
along the plane's two axes. Orientations of some rows go to a small buffer, in a loop
that becomes vector instructions, and are then added to the tables of the regions.
"""

import numpy as np
from numba import njit

_CHUNK = 4096
_STEEP = np.sqrt(2) - 1  # tangent of 22.5 degrees


@njit(cache=True, nogil=True)
def _orient(flat, start, sides, weighted, bins, lengths):
    """Find bin and length of gradients; the last two are updated in place."""
    n = bins.size
    after, before = flat[start + sides[0] :][:n], flat[start + sides[2] :][:n]
    above, below = flat[start + sides[1] :][:n], flat[start + sides[3] :][:n]
    one = lengths.dtype.type(1)
    steep = lengths.dtype.type(_STEEP)
    for i in range(n):
        x = one * after[i] - one * before[i]
        y = one * above[i] - one * below[i]
        wide, high = abs(x), abs(y)
        if weighted:
            lengths[i] = np.sqrt(x * x + y * y)
        else:
            lengths[i] = one if wide + high > 0 else one - one
        # Bins 0 to 2 of the first quadrant, by comparisons alone; then the others.
        quarter = np.uint8(high >= steep * wide) + np.uint8(wide <= steep * high)
        half = quarter if x >= 0 else np.uint8(4) - quarter
        bins[i] = (half if y >= 0 else np.uint8(8) - half) & np.uint8(7)


@njit(cache=True, nogil=True)
def _add(begins, bins, lengths, sums):
    """Add lengths to bins; `sums` is updated in place."""
    n_planes, n = bins.shape
    if n_planes == 3:
        # Side by side: additions to a single table would wait for each other.
        for i in range(n):
            sums[0, begins[i] + bins[0, i]] += lengths[0, i]
            sums[1, begins[i] + bins[1, i]] += lengths[1, i]
            sums[2, begins[i] + bins[2, i]] += lengths[2, i]
    else:
        for plane in range(n_planes):
            for i in range(n):
                sums[plane, begins[i] + bins[plane, i]] += lengths[plane, i]


@njit(cache=True, nogil=True)
def add_orientations(volume, sides, weighted, bases, margins, times, room, sums):
    """Add up gradients by region, time and orientation; `sums` is updated in place.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values, C-contiguous.
    sides : ndarray of shape (n_planes, 4)
        Offsets in the flat volume of the voxels after the center along the first axis
        of the plane, after it along the second, before it along the first, and before
        it along the second.
    weighted : bool
        Whether lengths are added, or ones where there is a gradient.
    bases : ndarray of shape (n_maps, height * width), uint16 or uint32
        Where in `sums` the bins of each pixel's region begin, of one or more maps.
    margins : tuple of int
        Rows and columns along the border without gradients. Those in the first and last
        columns are computed, and are wrong: their bases must lead aside.
    times : ndarray of shape (n_frames,)
        Block of time of each frame, negative for frames that have no gradients.
    room : ndarray of shape (n_planes, n), float32 or float64
        Room for lengths, in the precision they are computed in; n is at least 4096 and
        the width.
    sums : ndarray of shape (n_times, n_planes, n_places), float64
        Eight bins for each region, the first along the first axis, the others every 45
        degrees from there to the second axis.
    """
    n_frames, height, width = volume.shape
    flat = volume.reshape(-1)
    n_rows = max(1, _CHUNK // width)
    bins = np.empty((len(sides), n_rows * width), np.uint8)
    for t in range(n_frames):
        if times[t] < 0:
            continue
        for top in range(margins[0], height - margins[0], n_rows):
            below = min(top + n_rows, height - margins[0])
            start = top * width + margins[1]
            stop = below * width - margins[1]
            n = stop - start
            center = t * height * width + start
            for plane in range(len(sides)):
                _orient(
                    flat,
                    center,
                    sides[plane],
                    weighted,
                    bins[plane, :n],
                    room[plane, :n],
                )
            for one in range(len(bases)):
                begins = bases[one, start:stop]
                _add(begins, bins[:, :n], room[:, :n], sums[times[t]])
