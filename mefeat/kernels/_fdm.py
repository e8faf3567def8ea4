"""Common motion and principal directions of sets of flow vectors."""

import math

import numpy as np

from mefeat.kernels import njit

_MAX_STEPS = 100
_LANES = 64
_PARTS = 32
# Bins of the histogram of common motions, to either side: the last ones take the rest.
_REACH = 100_000


@njit(cache=True, nogil=True)
def _fullest(counts, lowest):
    """Fullest bin, each of so many parts; of equally full ones that nearest to 0."""
    fullest = 0
    most = -1
    for k in range(counts.size // _PARTS):
        n = counts[k * _PARTS : (k + 1) * _PARTS].sum()
        if n > most or (n == most and abs(k + lowest) < abs(fullest + lowest)):
            fullest, most = k, n
    return fullest


@njit(cache=True, nogil=True)
def _common_value(values, width, codes):
    """Median of the fullest bin and its neighbors, by a histogram of parts of bins."""
    scale = _PARTS / width
    reach = float(_REACH * _PARTS)
    for i in range(values.size):
        codes[i] = math.floor(min(max(values[i] * scale, -reach), reach) + 0.5 * _PARTS)
    lowest = codes.min() // _PARTS
    first = lowest * _PARTS
    counts = np.zeros((codes.max() // _PARTS - lowest + 1) * _PARTS, np.int64)
    for i in range(codes.size):
        counts[codes[i] - first] += 1
    fullest = _fullest(counts, lowest)
    part = max(fullest - 1, 0) * _PARTS
    rank = (counts[part : (fullest + 2) * _PARTS].sum() - 1) // 2
    while rank >= counts[part]:
        rank -= counts[part]
        part += 1
    near = np.empty(counts[part], values.dtype)
    n = 0
    for i in range(values.size):
        if codes[i] == first + part:
            near[n] = values[i]
            n += 1
    return np.partition(near, rank)[rank]


@njit(cache=True, nogil=True)
def common_motions(flow, width, out):
    """Find the value that most pixels share, of u and v apart; updated in place."""
    codes = np.empty(flow.shape[2], np.int32)
    for t in range(len(flow)):
        for c in range(2):
            out[t, c] = _common_value(flow[t, c], width, codes)


@njit(cache=True, nogil=True)
def _gather(fields, places, u, v):
    """Copy the vectors of a cuboid that are not zero; return their number."""
    n = 0
    for t in range(len(fields)):
        for i in range(places.size):
            a, b = fields[t, 0, places[i]], fields[t, 1, places[i]]
            u[n], v[n] = a, b  # overwritten by the next if zero
            n += int(a != 0.0) | int(b != 0.0)
    return n


@njit(cache=True, nogil=True)
def _sum_ahead(u, v, to_u, to_v, least, sums):
    """Sum the vectors whose product with a direction exceeds a number."""
    sums[:] = 0.0
    sums_u, sums_v = sums[0], sums[1]
    # A sum for each column, so that the loop becomes vector instructions.
    for i in range(len(u)):
        for j in range(_LANES):
            ahead = to_u * u[i, j] + to_v * v[i, j] > least
            sums_u[j] += u[i, j] if ahead else 0.0
            sums_v[j] += v[i, j] if ahead else 0.0
    return sums_u.sum(), sums_v.sum()


@njit(cache=True, nogil=True)
def _iterate(u, v):
    """Follow the sum of the vectors ahead until it repeats; vectors come in rows."""
    sums = np.empty((2, _LANES))
    sum_u, sum_v = _sum_ahead(u, v, 0.0, 0.0, -1.0, sums)
    if sum_u == 0.0 and sum_v == 0.0:
        longest = np.argmax(u * u + v * v)
        sum_u, sum_v = u.ravel()[longest], v.ravel()[longest]
    reached = 0.0
    for _ in range(_MAX_STEPS):
        new_u, new_v = _sum_ahead(u, v, sum_u, sum_v, 0.0, sums)
        length = new_u * new_u + new_v * new_v
        if length <= reached:
            break
        sum_u, sum_v, reached = new_u, new_v, length
    return sum_u, sum_v


@njit(cache=True, nogil=True)
def _sweep(u, v):
    """Walk around all sums of the vectors ahead of a line that turns; keep the longest.

    Turned into the upper half-plane and sorted by angle, the vectors are the steps from
    the sum of the lower ones to that of the upper ones; the way back mirrors it.
    """
    n = u.size
    index_bits = 1
    while n >> index_bits:
        index_bits += 1
    scale = 2.0 ** (61 - index_bits)
    keys = np.empty(n, np.int64)
    at_u, at_v, all_u, all_v = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        all_u += u[i]
        all_v += v[i]
        if v[i] < 0.0 or (v[i] == 0.0 and u[i] < 0.0):
            at_u += u[i]
            at_v += v[i]
            u[i], v[i] = -u[i], -v[i]
        # From -1 to 1, grows with the angle; numbers sort faster than what they index.
        turn = -u[i] / (abs(u[i]) + v[i])
        keys[i] = (np.int64(turn * scale) << index_bits) | i
    keys.sort()
    mask = (1 << index_bits) - 1
    best_u, best_v, reached = 0.0, 0.0, 0.0
    for k in range(n + 1):
        length = at_u * at_u + at_v * at_v
        if length > reached:
            reached, best_u, best_v = length, at_u, at_v
        rest_u, rest_v = all_u - at_u, all_v - at_v
        length = rest_u * rest_u + rest_v * rest_v
        if length > reached:
            reached, best_u, best_v = length, rest_u, rest_v
        if k < n:
            i = keys[k] & mask
            at_u += u[i]
            at_v += v[i]
    return best_u, best_v


@njit(cache=True, nogil=True)
def principal_motions(fields, places, starts, times, exact, out):
    """Sum the vectors ahead of each cuboid's principal direction; updated in place."""
    n_times, n_regions, _ = out.shape
    largest = np.diff(times).max() * np.diff(starts).max()
    n_rows = largest // _LANES + 1  # also room to write past the last
    u, v = np.empty(n_rows * _LANES), np.empty(n_rows * _LANES)
    for i in range(n_times):
        segment = fields[times[i] : times[i + 1]]
        for region in range(n_regions):
            here = places[starts[region] : starts[region + 1]]
            n = _gather(segment, here, u, v)
            if n > 0:
                if exact:
                    sum_u, sum_v = _sweep(u[:n], v[:n])
                else:
                    end = (n // _LANES + 1) * _LANES
                    u[n:end] = 0.0
                    v[n:end] = 0.0
                    rows = (end // _LANES, _LANES)
                    sum_u, sum_v = _iterate(
                        u[:end].reshape(rows), v[:end].reshape(rows)
                    )
                out[i, region, 0] = sum_u / (len(segment) * here.size)
                out[i, region, 1] = sum_v / (len(segment) * here.size)
