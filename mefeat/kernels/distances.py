"""How far voxels near a center are from each other, summed over all centers."""

import numpy as np

from mefeat.kernels import njit

_CHUNK = 4096


@njit(cache=True, nogil=True)
def sum_distances(volume, offsets, margins, times, sums):
    """Sum how far pairs of voxels differ over all centers; `sums` is updated in place.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width), float32 or float64
        Gray values, C-contiguous.
    offsets : ndarray of shape (n_pairs, 2)
        Two voxels as offsets in the flat volume from the center.
    margins : tuple of int
        Rows and columns along the border that are no centers.
    times : ndarray of shape (n_frames,)
        Negative for frames that have no centers.
    sums : ndarray of shape (n_pairs,), float64
        Sums of absolute differences.
    """
    n_frames, height, width = volume.shape
    flat = volume.reshape(-1)
    kind = flat.dtype.type
    n = width - 2 * margins[1]
    for t in range(n_frames):
        if times[t] < 0:
            continue
        for y in range(margins[0], height - margins[0]):
            start = (t * height + y) * width + margins[1]
            for pair in range(len(offsets)):
                first = flat[start + offsets[pair, 0] :][:n]
                second = flat[start + offsets[pair, 1] :][:n]
                total = np.float64(0.0)
                for i in range(n):
                    a, b = first[i], second[i]
                    total += kind(max(a, b) - min(a, b))
                sums[pair] += total


@njit(cache=True, nogil=True)
def _apart(first, second, circular):
    """How far two values of uint8 are apart."""
    if circular:
        return np.uint8(min(np.uint8(first - second), np.uint8(second - first)))
    return np.uint8(max(first, second) - min(first, second))


@njit(cache=True, nogil=True)
def _add_apart(flat, start, points, circular, sums, carries):
    """Add how far four points are from the center; the last two are updated in place.

    Sums are bytes, which are quicker than longer numbers; carries count what they lose.
    """
    n = sums.size
    center = flat[start : start + n]
    p0, p1 = flat[start + points[0] :][:n], flat[start + points[1] :][:n]
    p2, p3 = flat[start + points[2] :][:n], flat[start + points[3] :][:n]
    for i in range(n):
        here, held, carry = center[i], sums[i], carries[i]
        d0, d1 = _apart(p0[i], here, circular), _apart(p1[i], here, circular)
        d2, d3 = _apart(p2[i], here, circular), _apart(p3[i], here, circular)
        held = np.uint8(held + d0)
        carry = np.uint8(carry + 1) if held < d0 else carry
        held = np.uint8(held + d1)
        carry = np.uint8(carry + 1) if held < d1 else carry
        held = np.uint8(held + d2)
        carry = np.uint8(carry + 1) if held < d2 else carry
        held = np.uint8(held + d3)
        carry = np.uint8(carry + 1) if held < d3 else carry
        sums[i], carries[i] = held, carry


@njit(cache=True, nogil=True)
def _take(totals, n_rows, width, margin):
    """Sum totals and carries of some rows without their ends, and set all to zero."""
    whole = 0
    for y in range(n_rows):
        for x in range(y * width + margin, (y + 1) * width - margin):
            whole += np.int64(totals[0, x]) + 256 * np.int64(totals[1, x])
    totals[:] = 0
    return whole


@njit(cache=True, nogil=True)
def sum_apart(volume, points, circular, margins, frames):
    """Sum how far points are from their center, over all centers, in whole numbers.

    Parameters
    ----------
    volume : ndarray of shape (n_frames, height, width), uint8
        Gray values, or angles, 256 to the circle; C-contiguous.
    points : ndarray of shape (n_points,)
        Offsets in the flat volume from the center; n_points is a multiple of 4.
    circular : bool
        Whether values are angles.
    margins : tuple of int
        Rows and columns along the border that are no centers.
    frames : tuple of int
        The first frame that has centers, and the one behind the last.

    Returns
    -------
    int
        The sum.
    """
    _, height, width = volume.shape
    flat = volume.reshape(-1)
    n_rows = max(1, _CHUNK // width)
    totals = np.zeros((2, n_rows * width), np.uint8)
    whole, held = 0, 0
    for top in range(margins[0], height - margins[0], n_rows):
        below = min(top + n_rows, height - margins[0])
        inside = slice(margins[1], (below - top) * width - margins[1])
        sums, carries = totals[0, inside], totals[1, inside]
        for t in range(frames[0], frames[1]):
            start = (t * height + top) * width + margins[1]
            for p in range(0, len(points), 4):
                # Apart the loops become vector instructions.
                if circular:
                    _add_apart(flat, start, points[p : p + 4], True, sums, carries)
                else:
                    _add_apart(flat, start, points[p : p + 4], False, sums, carries)
                held += 1
                if held == 63:  # before carries overflow
                    whole += _take(totals, below - top, width, margins[1])
                    held = 0
        whole += _take(totals, below - top, width, margins[1])
        held = 0
    return whole
