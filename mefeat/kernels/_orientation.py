"""Where flow vectors point: bins of orientation found by comparisons, without angles.

A vector of the lower half-plane is turned by pi, so that its bin follows from counting
the edges of bins, given as unit vectors, that it does not lie before. This is done for
many vectors at once, in loops that become vector instructions. Arc tangents are only
taken where an angle itself is wanted.
"""

import math

import numpy as np

from mefeat.kernels import njit

_CHUNK = 1024


@njit(cache=True, nogil=True)
def _orient(us, vs, edges, bins, mirror, work, codes, lengths):
    """Find bins and lengths of a few vectors; what follows `mirror` is overwritten."""
    n = codes.size
    turned_u, turned_v, passed = work[0], work[1], work[2]
    table = bins.ravel()
    lower = float(bins.shape[1])
    for i in range(n):
        u, v = np.float64(us[i]), np.float64(vs[i])
        lengths[i] = math.sqrt(u * u + v * v)
        if mirror:
            turned_u[i], turned_v[i], passed[i] = -v, abs(u), 0.0
        else:
            below = (v < 0.0) | ((v == 0.0) & (u < 0.0))
            turned_u[i] = -u if below else u
            turned_v[i] = -v if below else v
            passed[i] = lower if below else 0.0
    for side in range(len(edges)):
        # The edges of the other half-plane must not count.
        first, last = side * lower, side * lower + lower
        for k in range(edges.shape[1]):
            x, y = edges[side, k, 0], edges[side, k, 1]
            for i in range(n):
                beyond = x * turned_v[i] - y * turned_u[i] >= 0.0
                here = (passed[i] >= first) & (passed[i] < last)
                passed[i] += 1.0 if beyond & here else 0.0
    for i in range(n):
        codes[i] = table[int(passed[i])]


@njit(cache=True, nogil=True)
def orientation_histograms(fields, regions, edges, bins, mirror, out):
    """Add up the lengths of vectors by region and bin; `out` is updated in place."""
    n_pixels = fields.shape[2]
    work = np.empty((3, _CHUNK))
    codes, lengths = np.empty(_CHUNK, np.intp), np.empty(_CHUNK)
    # Neighbors tend to share a bin: in turns, so that no sum waits for the one before.
    parts = np.zeros((4, out.shape[1], out.shape[2]))
    for t in range(len(fields)):
        parts[:] = 0.0
        for start in range(0, n_pixels, _CHUNK):
            n = min(_CHUNK, n_pixels - start)
            u, v = fields[t, 0, start : start + n], fields[t, 1, start : start + n]
            _orient(u, v, edges, bins, mirror, work, codes[:n], lengths[:n])
            for k in range(len(regions)):
                here = regions[k, start : start + n]
                for i in range(n):
                    if here[i] >= 0:
                        parts[i & 3, here[i], codes[i]] += lengths[i]
        out[t] += parts.sum(axis=0)


@njit(cache=True, nogil=True)
def main_motions(fields, regions, edges, bins, shortest, counts, out):
    """Average the vectors of the fullest bin of each region; updated in place."""
    n_pixels = fields.shape[2]
    work = np.empty((3, _CHUNK))
    codes, lengths = np.empty(n_pixels, np.intp), np.empty(n_pixels)
    main = np.empty(counts.shape[1], np.intp)
    for t in range(len(fields)):
        for start in range(0, n_pixels, _CHUNK):
            now = slice(start, min(start + _CHUNK, n_pixels))
            u, v = fields[t, 0, now], fields[t, 1, now]
            _orient(u, v, edges, bins, False, work, codes[now], lengths[now])
        for k in range(len(regions)):
            for i in range(codes.size):
                if regions[k, i] >= 0 and lengths[i] >= shortest:
                    counts[t, regions[k, i], codes[i]] += 1
        for region in range(main.size):
            main[region] = np.argmax(counts[t, region])
        for k in range(len(regions)):
            for i in range(codes.size):
                region = regions[k, i]
                if region >= 0 and codes[i] == main[region] and lengths[i] >= shortest:
                    angle = math.atan2(fields[t, 1, i], fields[t, 0, i])
                    # Around angle 0 angles have either sign, elsewhere they rise.
                    if angle < 0.0 and codes[i] > 0:
                        angle += 2.0 * math.pi
                    out[t, region, 0] += lengths[i]
                    out[t, region, 1] += angle
        for region in range(main.size):
            n = max(counts[t, region, main[region]], 1)
            angle = out[t, region, 1] / n
            angle = angle + 2.0 * math.pi if angle < 0.0 else angle
            out[t, region, 0] /= n
            # A tiny negative angle ends at 2 pi itself.
            out[t, region, 1] = 0.0 if angle >= 2.0 * math.pi else angle
