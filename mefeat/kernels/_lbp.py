"""Codes of local binary patterns, counted by region and folded into bins."""

import numpy as np

from mefeat.kernels import njit

_CHUNK = 4096
_WHITE = np.uint8(255)


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
def _compare_one(flat, start, pairs, weights, codes):
    """Do the same where all pairs share the second voxel; `codes` is overwritten."""
    n = codes.size
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    w4, w5, w6, w7 = weights[4], weights[5], weights[6], weights[7]
    none = w0 ^ w0
    a0, a1 = flat[start + pairs[0, 0] :][:n], flat[start + pairs[1, 0] :][:n]
    a2, a3 = flat[start + pairs[2, 0] :][:n], flat[start + pairs[3, 0] :][:n]
    a4, a5 = flat[start + pairs[4, 0] :][:n], flat[start + pairs[5, 0] :][:n]
    a6, a7 = flat[start + pairs[6, 0] :][:n], flat[start + pairs[7, 0] :][:n]
    center = flat[start + pairs[0, 1] :][:n]
    for i in range(n):
        c = center[i]
        codes[i] = (
            (w0 if a0[i] >= c else none)
            | (w1 if a1[i] >= c else none)
            | (w2 if a2[i] >= c else none)
            | (w3 if a3[i] >= c else none)
            | (w4 if a4[i] >= c else none)
            | (w5 if a5[i] >= c else none)
            | (w6 if a6[i] >= c else none)
            | (w7 if a7[i] >= c else none)
        )


@njit(cache=True, nogil=True)
def _part(flat, start, pairs, weights, limit, codes):
    """Set the bits of eight voxels that differ by a limit or more from one."""
    n = codes.size
    kind = flat.dtype.type
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    w4, w5, w6, w7 = weights[4], weights[5], weights[6], weights[7]
    none = w0 ^ w0
    a0, a1 = flat[start + pairs[0, 0] :][:n], flat[start + pairs[1, 0] :][:n]
    a2, a3 = flat[start + pairs[2, 0] :][:n], flat[start + pairs[3, 0] :][:n]
    a4, a5 = flat[start + pairs[4, 0] :][:n], flat[start + pairs[5, 0] :][:n]
    a6, a7 = flat[start + pairs[6, 0] :][:n], flat[start + pairs[7, 0] :][:n]
    center = flat[start + pairs[0, 1] :][:n]
    for i in range(n):
        c, p0, p1, p2, p3 = center[i], a0[i], a1[i], a2[i], a3[i]
        p4, p5, p6, p7 = a4[i], a5[i], a6[i], a7[i]
        codes[i] = (
            (w0 if kind(max(p0, c) - min(p0, c)) >= limit else none)
            | (w1 if kind(max(p1, c) - min(p1, c)) >= limit else none)
            | (w2 if kind(max(p2, c) - min(p2, c)) >= limit else none)
            | (w3 if kind(max(p3, c) - min(p3, c)) >= limit else none)
            | (w4 if kind(max(p4, c) - min(p4, c)) >= limit else none)
            | (w5 if kind(max(p5, c) - min(p5, c)) >= limit else none)
            | (w6 if kind(max(p6, c) - min(p6, c)) >= limit else none)
            | (w7 if kind(max(p7, c) - min(p7, c)) >= limit else none)
        )


@njit(cache=True, nogil=True)
def _part_bytes(flat, start, pairs, weights, limit, circle, codes):
    """Do the same for bytes: less than the limit away is a range around the center.

    It ends at 0 and 255, or goes on beyond them where `circle` is 255 instead of 0.
    """
    n = codes.size
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    w4, w5, w6, w7 = weights[4], weights[5], weights[6], weights[7]
    none, below, beyond = w0 ^ w0, np.uint8(limit - 1), np.uint8(circle)
    a0, a1 = flat[start + pairs[0, 0] :][:n], flat[start + pairs[1, 0] :][:n]
    a2, a3 = flat[start + pairs[2, 0] :][:n], flat[start + pairs[3, 0] :][:n]
    a4, a5 = flat[start + pairs[4, 0] :][:n], flat[start + pairs[5, 0] :][:n]
    a6, a7 = flat[start + pairs[6, 0] :][:n], flat[start + pairs[7, 0] :][:n]
    center = flat[start + pairs[0, 1] :][:n]
    for i in range(n):
        c = center[i]
        down = min(max(c, beyond), below)
        up = min(max(np.uint8(_WHITE - c), beyond), below)
        low, span = np.uint8(c - down), np.uint8(down + up)
        codes[i] = (
            (w0 if np.uint8(a0[i] - low) > span else none)
            | (w1 if np.uint8(a1[i] - low) > span else none)
            | (w2 if np.uint8(a2[i] - low) > span else none)
            | (w3 if np.uint8(a3[i] - low) > span else none)
            | (w4 if np.uint8(a4[i] - low) > span else none)
            | (w5 if np.uint8(a5[i] - low) > span else none)
            | (w6 if np.uint8(a6[i] - low) > span else none)
            | (w7 if np.uint8(a7[i] - low) > span else none)
        )
    if limit == 0:
        codes[:] = w0 | w1 | w2 | w3 | w4 | w5 | w6 | w7


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
def _set(flat, start, offsets, factors, plane, weights, total, codes):
    """Set all bits of a plane, eight at a time where there are no factors."""
    if factors.size:
        codes[:] = 0
        for p in range(len(offsets)):
            weight = weights[p]
            _weigh(flat, start, offsets[p], factors[plane, p], weight, total, codes)
        return
    shared = True
    for p in range(8):
        shared &= offsets[p, 1] == offsets[0, 1]
    if shared:
        _compare_one(flat, start, offsets[:8], weights[:8], codes)
    else:
        codes[:] = 0
    for p in range(8 if shared else 0, len(offsets), 8):
        _compare(flat, start, offsets[p : p + 8], weights[p : p + 8], codes)


@njit(cache=True, nogil=True)
def _count(bases, codes, time, places, counts):
    """Count codes; `places` is a buffer and `counts` is updated in place."""
    n_rows, n = len(codes), bases.size
    # Side by side, and far apart in the image: additions to one table wait for each
    # other, the more so where neighbors have one code.
    one = np.uint32(1)
    half, quarter = n // 2, n // 4
    n_together = 3 if n_rows % 3 == 0 else 1
    for row in range(0, n_rows, n_together):
        for k in range(n_together):
            here, found = codes[row + k, :n], places[k, :n]
            for i in range(n):
                found[i] = bases[i] + here[i]
        p0, first = places[0, :n], counts[row, time]
        if n_together == 3:
            p1, p2 = places[1, :n], places[2, :n]
            q0, q1, q2 = p0[half:], p1[half:], p2[half:]
            second, third = counts[row + 1, time], counts[row + 2, time]
            for i in range(half):
                first[p0[i]] += one
                second[p1[i]] += one
                third[p2[i]] += one
                first[q0[i]] += one
                second[q1[i]] += one
                third[q2[i]] += one
            counted = 2 * half
        else:
            p1, p2, p3 = p0[quarter:], p0[2 * quarter :], p0[3 * quarter :]
            for i in range(quarter):
                first[p0[i]] += one
                first[p1[i]] += one
                first[p2[i]] += one
                first[p3[i]] += one
            counted = 4 * quarter
        for k in range(n_together):
            for i in range(counted, n):
                counts[row + k, time, places[k, i]] += one


@njit(cache=True, nogil=True)
def count_codes(
    volume, offsets, factors, weights, limits, bases, margins, times, counts
):
    """Count the codes of a volume by region and time; `counts` is updated in place."""
    n_planes, n_limits = offsets.shape[0], limits.shape[1]
    n_frames, height, width = volume.shape
    flat = volume.reshape(-1)
    n_rows = max(1, _CHUNK // width)
    codes = np.empty((counts.shape[0], n_rows * width), weights.dtype)
    places = np.empty((3, n_rows * width), bases.dtype)
    total = np.empty(n_rows * width if factors.size else 0, np.float64)
    for t in range(n_frames):
        if times[t] < 0:
            continue
        for top in range(margins[0], height - margins[0], n_rows):
            below = min(top + n_rows, height - margins[0])
            start = top * width + margins[1]
            stop = below * width - margins[1]
            n = stop - start
            center = t * height * width + start
            for plane in range(n_planes):
                pairs = offsets[plane]
                if n_limits < 2:
                    row = codes[plane, :n]
                    _set(flat, center, pairs, factors, plane, weights, total, row)
                if n_limits > 0:
                    limit, row = limits[plane, 0], codes[plane - n_planes, :n]
                    if flat.itemsize == 1:
                        circle = limits[plane, 1] if n_limits == 2 else 0
                        _part_bytes(flat, center, pairs, weights, limit, circle, row)
                    else:
                        _part(flat, center, pairs, weights, limit, row)
            for one in range(len(bases)):
                _count(bases[one, start:stop], codes, times[t], places, counts)


@njit(cache=True, nogil=True)
def fold_counts(counts, codes, bins, rest, relative, places, out):
    """Add up the counts of codes that share a bin; `out` is updated in place."""
    for row in range(len(counts)):
        if places[row] < 0:
            continue
        here, found = counts[row], out[places[row]]
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
