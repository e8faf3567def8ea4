"""Local binary patterns of a volume: codes of many voxels at once, then counted.

One idea serves every pattern. A bit says whether one voxel near a center is at least as
bright as another one, `first >= second`, both given by their offset in the flat volume;
for a plain LBP the second is the center itself. Codes of some rows go to a small
buffer, in a loop that becomes vector instructions; a second such loop adds where the
table of each pixel's region begins; then they are counted. (The obvious loop from voxel
to voxel is ten times slower.)
"""

import numpy as np
from numba import njit

_CHUNK = 4096


@njit(cache=True, nogil=True)
def _compare(flat, start, pairs, weights, codes):
    """Set the bits of eight pairs of voxels; `codes` is updated in place."""
    n = codes.size
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    w4, w5, w6, w7 = weights[4], weights[5], weights[6], weights[7]
    none = w0 ^ w0
    a0, b0 = flat[start + pairs[0, 0] :][:n], flat[start + pairs[0, 1] :][:n]
    a1, b1 = flat[start + pairs[1, 0] :][:n], flat[start + pairs[1, 1] :][:n]
    a2, b2 = flat[start + pairs[2, 0] :][:n], flat[start + pairs[2, 1] :][:n]
    a3, b3 = flat[start + pairs[3, 0] :][:n], flat[start + pairs[3, 1] :][:n]
    a4, b4 = flat[start + pairs[4, 0] :][:n], flat[start + pairs[4, 1] :][:n]
    a5, b5 = flat[start + pairs[5, 0] :][:n], flat[start + pairs[5, 1] :][:n]
    a6, b6 = flat[start + pairs[6, 0] :][:n], flat[start + pairs[6, 1] :][:n]
    a7, b7 = flat[start + pairs[7, 0] :][:n], flat[start + pairs[7, 1] :][:n]
    for i in range(n):
        codes[i] |= (
            (w0 if a0[i] >= b0[i] else none)
            | (w1 if a1[i] >= b1[i] else none)
            | (w2 if a2[i] >= b2[i] else none)
            | (w3 if a3[i] >= b3[i] else none)
            | (w4 if a4[i] >= b4[i] else none)
            | (w5 if a5[i] >= b5[i] else none)
            | (w6 if a6[i] >= b6[i] else none)
            | (w7 if a7[i] >= b7[i] else none)
        )


@njit(cache=True, nogil=True)
def _part(flat, start, pair, weight, limit, codes):
    """Set one bit where two voxels are apart by a limit."""
    n = codes.size
    kind = flat.dtype.type
    first, second = flat[start + pair[0] :][:n], flat[start + pair[1] :][:n]
    for i in range(n):
        a, b = first[i], second[i]
        if kind(max(a, b) - min(a, b)) >= limit:
            codes[i] |= weight


@njit(cache=True, nogil=True)
def _turn(flat, start, pair, weight, limits, codes):
    """Set one bit where two angles, 256 to the circle, are apart by a limit."""
    n = codes.size
    first, second = flat[start + pair[0] :][:n], flat[start + pair[1] :][:n]
    low, span = np.uint8(limits[0]), np.uint8(limits[1])
    for i in range(n):
        if np.uint8(first[i] - second[i] - low) <= span:
            codes[i] |= weight


@njit(cache=True, nogil=True)
def _weigh(flat, start, offsets, factors, weight, total, codes):
    """Set one bit by the sign of a weighted sum of differences from the center."""
    n = codes.size
    center = flat[start : start + n]
    total[:n] = 0.0
    for k in range(len(offsets)):
        factor = factors[k]
        here = flat[start + offsets[k] :][:n]
        for i in range(n):
            total[i] += factor * (np.float64(here[i]) - np.float64(center[i]))
    for i in range(n):
        if total[i] >= 0.0:
            codes[i] |= weight


@njit(cache=True, nogil=True)
def _count(bases, codes, places, counts):
    """Count codes; `places` is a buffer and `counts` is updated in place."""
    n_planes, n = codes.shape
    for plane in range(n_planes):
        for i in range(n):
            places[plane, i] = bases[i] + codes[plane, i]
    # Side by side, and far apart in the picture: additions to one table wait for each
    # other, the more so where neighbors have one code.
    one = np.uint32(1)
    if n_planes == 3:
        half = n // 2
        near0, near1, near2 = places[0, :half], places[1, :half], places[2, :half]
        far0, far1, far2 = places[0, half:n], places[1, half:n], places[2, half:n]
        for i in range(half):
            counts[0, near0[i]] += one
            counts[1, near1[i]] += one
            counts[2, near2[i]] += one
            counts[0, far0[i]] += one
            counts[1, far1[i]] += one
            counts[2, far2[i]] += one
        counted = 2 * half
    else:
        quarter = n // 4
        for plane in range(n_planes):
            first, second = places[plane, :quarter], places[plane, quarter:]
            third, fourth = second[quarter:], second[2 * quarter :]
            for i in range(quarter):
                counts[plane, first[i]] += one
                counts[plane, second[i]] += one
                counts[plane, third[i]] += one
                counts[plane, fourth[i]] += one
        counted = 4 * quarter
    for plane in range(n_planes):
        for i in range(counted, n):
            counts[plane, places[plane, i]] += one


@njit(cache=True, nogil=True)
def count_codes(
    volume, offsets, factors, weights, limits, bases, margins, times, counts
):
    """Count the codes of a volume by region and time; `counts` is updated in place.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width)
        Gray values, C-contiguous.
    offsets : ndarray of shape (n_planes, n_points, n_terms)
        Voxels of each bit as offsets in the flat volume from the center.
    factors : ndarray of shape (n_planes, n_points, n_terms), float64
        A bit is set where the sum of factor * (voxel - center) is not negative. Empty
        for the fast way: n_terms is 2, n_points a multiple of 8, and a bit is set where
        the first voxel is not below the second.
    weights : ndarray of shape (n_points,), uint8 or uint16
        Value of each bit, 0 for points that only fill up.
    limits : ndarray of shape (n_planes, n_limits)
        Without limits bits are set as told above. One limit: a bit is set where the
        two voxels differ by that or more. Two limits, for angles in uint8: where the
        first less the second less the first limit, modulo 256, is at most the second.
    bases : ndarray of shape (n_maps, height * width), uint16 or uint32
        Where in `counts` the codes of each pixel's region begin, of one or more maps.
    margins : tuple of int
        Rows and columns along the border without codes. Those in the first and last
        columns are computed, and are wrong: their bases must lead aside.
    times : ndarray of shape (n_frames,)
        Block of time of each frame, negative for frames that have no codes.
    counts : ndarray of shape (n_times, n_planes, n_places), uint32
        How often each code occurs.
    """
    n_planes, n_points = offsets.shape[0], offsets.shape[1]
    n_frames, height, width = volume.shape
    flat = volume.reshape(-1)
    n_rows = max(1, _CHUNK // width)
    codes = np.empty((n_planes, n_rows * width), weights.dtype)
    places = np.empty((n_planes, n_rows * width), bases.dtype)
    total = np.empty(n_rows * width if factors.size else 0, np.float64)
    for t in range(n_frames):
        if times[t] < 0:
            continue
        for top in range(margins[0], height - margins[0], n_rows):
            below = min(top + n_rows, height - margins[0])
            start = top * width + margins[1]
            stop = below * width - margins[1]
            here = codes[:, : stop - start]
            here[:] = 0
            center = t * height * width + start
            for plane in range(n_planes):
                row = here[plane]
                if factors.size:
                    for p in range(n_points):
                        _weigh(
                            flat,
                            center,
                            offsets[plane, p],
                            factors[plane, p],
                            weights[p],
                            total,
                            row,
                        )
                elif limits.shape[1] == 1:
                    for p in range(n_points):
                        pair, weight = offsets[plane, p], weights[p]
                        _part(flat, center, pair, weight, limits[plane, 0], row)
                elif limits.shape[1] == 2:
                    for p in range(n_points):
                        pair, weight = offsets[plane, p], weights[p]
                        _turn(flat, center, pair, weight, limits[plane], row)
                else:
                    for p in range(0, n_points, 8):
                        pairs = offsets[plane, p : p + 8]
                        _compare(flat, center, pairs, weights[p : p + 8], row)
            for one in range(len(bases)):
                _count(bases[one, start:stop], here, places, counts[times[t]])


@njit(cache=True, nogil=True)
def fold_counts(counts, codes, bins, rest, relative, out):
    """Add up the counts of codes that share a bin; `out` is updated in place.

    Parameters
    ----------
    counts : ndarray of shape (n_rows, n_codes), uint32
        Counts of codes.
    codes, bins : ndarray of shape (n_listed,)
        Codes, and the bin of each.
    rest : int
        Bin of all codes that are not listed.
    relative : bool
        Whether counts are divided by their sum, where there are any.
    out : ndarray of shape (n_rows, n_bins), float64, zeros
        Counts of bins.
    """
    for row in range(len(counts)):
        here, found = counts[row], out[row]
        total = np.uint64(0)
        for code in range(here.size):
            total += here[code]
        left = total
        for k in range(codes.size):
            n = here[codes[k]]
            found[bins[k]] += n
            left -= n
        found[rest] = left
        if relative and total > 0:
            for place in range(found.size):
                found[place] /= total
