"""Gradients of a volume on its planes, by orientation.

As for the binary patterns, a plane is a table: the voxels on both sides of the center
along the plane's two axes. Bins of some rows go to a small buffer, in a loop that
becomes vector instructions, and so do the places that they have in the tables of the
regions; then ones or lengths are added there.
"""

import numpy as np

from mefeat.kernels import njit

_CHUNK = 4096
_STEEP = np.sqrt(2) - 1  # tangent of 22.5 degrees
# A little less, and no quotient of numbers up to 255 lies between.
_ABOVE, _BELOW = np.uint16(70), np.uint16(169)
_NONE = np.uint8(8)


@njit(cache=True, nogil=True)
def _orient(after, before, above, below, steep, bins):
    """Find the bins of gradients, 8 where there is none; `bins` is updated in place."""
    one = steep / steep
    for i in range(bins.size):
        x, y = one * after[i] - one * before[i], one * above[i] - one * below[i]
        wide, high = abs(x), abs(y)
        # Bins 0 to 2 of the first quadrant, by comparisons alone; then the others.
        quarter = np.uint8(high >= steep * wide) + np.uint8(wide <= steep * high)
        half = quarter if x >= 0 else np.uint8(4) - quarter
        turned = (half if y >= 0 else np.uint8(8) - half) & np.uint8(7)
        bins[i] = turned if wide + high > 0 else _NONE


@njit(cache=True, nogil=True)
def _orient_bytes(after, before, above, below, bins):
    """Do the same for bytes in whole numbers, of 16 bits at most."""
    kind = np.uint16
    for i in range(bins.size):
        a, b, c, d = after[i], before[i], above[i], below[i]
        wide = kind(np.uint8(max(a, b) - min(a, b)))
        high = kind(np.uint8(max(c, d) - min(c, d)))
        rises = kind(kind(high * _BELOW) > kind(wide * _ABOVE))
        lies = kind(kind(wide * _BELOW) > kind(high * _ABOVE))
        quarter = kind(kind(rises + kind(1)) - lies)
        half = kind(kind(4) - quarter) if a < b else quarter
        turned = kind(kind(8) - half) & kind(7) if c < d else half
        bins[i] = np.uint8(turned) if kind(wide | high) > kind(0) else _NONE


@njit(cache=True, nogil=True)
def _measure(after, before, above, below, lengths):
    """Measure gradients; `lengths` is updated in place."""
    one = lengths.dtype.type(1)
    for i in range(lengths.size):
        x, y = one * after[i] - one * before[i], one * above[i] - one * below[i]
        lengths[i] = np.sqrt(x * x + y * y)


@njit(cache=True, nogil=True)
def _place(begins, bins, aside, places):
    """Tell where bins are in the tables; `places` is updated in place."""
    n = begins.size
    for plane in range(len(bins)):
        here, found = bins[plane, :n], places[plane, :n]
        for i in range(n):
            place = places.dtype.type(begins[i] + here[i])
            found[i] = place if here[i] < _NONE else aside


@njit(cache=True, nogil=True)
def _count(places, n, time, counts):
    """Add ones at the first n places; `counts` is updated in place."""
    one, half, counted = np.uint32(1), n // 2, 0
    if len(places) == 3:
        # Side by side, and far apart in the image: additions to one table wait for
        # each other, the more so where neighbors point alike.
        first, second, third = counts[time, 0], counts[time, 1], counts[time, 2]
        p0, p1, p2 = places[0], places[1], places[2]
        q0, q1, q2 = p0[half:], p1[half:], p2[half:]
        for i in range(half):
            first[p0[i]] += one
            second[p1[i]] += one
            third[p2[i]] += one
            first[q0[i]] += one
            second[q1[i]] += one
            third[q2[i]] += one
        counted = 2 * half
    for plane in range(len(places)):
        for i in range(counted, n):
            counts[time, plane, places[plane, i]] += one


@njit(cache=True, nogil=True)
def _add(places, lengths, n, time, parts):
    """Add the first n lengths; `parts` are two tables of sums, updated in place."""
    half, added = n // 2, 0
    if len(places) == 3:
        # The same, and since it takes longer to add than to count, in two tables.
        first, second, third = parts[0, time, 0], parts[0, time, 1], parts[0, time, 2]
        fourth, fifth, sixth = parts[1, time, 0], parts[1, time, 1], parts[1, time, 2]
        p0, p1, p2 = places[0], places[1], places[2]
        q0, q1, q2 = p0[half:], p1[half:], p2[half:]
        a0, a1, a2 = lengths[0], lengths[1], lengths[2]
        b0, b1, b2 = a0[half:], a1[half:], a2[half:]
        for i in range(half):
            first[p0[i]] += a0[i]
            second[p1[i]] += a1[i]
            third[p2[i]] += a2[i]
            fourth[q0[i]] += b0[i]
            fifth[q1[i]] += b1[i]
            sixth[q2[i]] += b2[i]
        added = 2 * half
    for plane in range(len(places)):
        for i in range(added, n):
            parts[0, time, plane, places[plane, i]] += lengths[plane, i]


@njit(cache=True, nogil=True)
def add_orientations(volume, sides, weighted, bases, margins, times, room, sums):
    """Add up gradients by region, time and orientation; `sums` is updated in place."""
    n_frames, height, width = volume.shape
    flat = volume.reshape(-1)
    n_planes = len(sides)
    n_rows = max(1, _CHUNK // width)
    bins = np.empty((n_planes, n_rows * width), np.uint8)
    places = np.empty((n_planes, n_rows * width), bases.dtype)
    parts, counts = np.zeros((2, *sums.shape)), np.zeros(sums.shape, np.uint32)
    aside = bases.dtype.type(sums.shape[2] - 8)
    for t in range(n_frames):
        if times[t] < 0:
            continue
        for top in range(margins[0], height - margins[0], n_rows):
            rest = min(top + n_rows, height - margins[0])
            start = top * width + margins[1]
            stop = rest * width - margins[1]
            n = stop - start
            center = t * height * width + start
            for plane in range(n_planes):
                near = center + sides[plane]
                after, before = flat[near[0] :][:n], flat[near[2] :][:n]
                above, below = flat[near[1] :][:n], flat[near[3] :][:n]
                if flat.itemsize == 1:
                    _orient_bytes(after, before, above, below, bins[plane, :n])
                else:
                    steep = room.dtype.type(_STEEP)
                    _orient(after, before, above, below, steep, bins[plane, :n])
                if weighted:
                    _measure(after, before, above, below, room[plane, :n])
            for one in range(len(bases)):
                _place(bases[one, start:stop], bins, aside, places)
                if weighted:
                    _add(places, room, n, times[t], parts)
                else:
                    _count(places, n, times[t], counts)
    sums += counts
    sums += parts[0] + parts[1]
