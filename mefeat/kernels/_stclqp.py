"""STCLQP: signs, magnitudes and angles around each voxel."""

import numpy as np

from mefeat.kernels import njit

_CHUNK = 4096

# Arc tangent of 0 to 1, 256 to the circle: odd powers, worst error 2e-6.
_TANGENT = (
    40.74363835395155,
    -13.57980670988107,
    8.126959108369352,
    -5.666871480875192,
    3.928549614874432,
    -2.27802643962194,
    0.8907453927230946,
    -0.16518936557892272,
)


@njit(cache=True, nogil=True)
def gradient_angles(padded, sides, angles):
    """Find the orientation of every gradient; `angles` is updated in place."""
    flat = padded.reshape(-1)
    n_frames, height, width = angles.shape
    one, none = np.float32(1), np.float32(0)
    for t in range(n_frames):
        for y in range(height):
            start = ((t + 1) * (height + 2) + y + 1) * (width + 2) + 1
            after, before = flat[start + sides[0] :], flat[start + sides[2] :]
            above, below = flat[start + sides[1] :], flat[start + sides[3] :]
            after, before = after[:width], before[:width]
            above, below = above[:width], below[:width]
            row = angles[t, y]
            for i in range(width):
                x = one * np.float32(after[i]) - one * np.float32(before[i])
                z = one * np.float32(above[i]) - one * np.float32(below[i])
                wide, high = abs(x), abs(z)
                longest = max(wide, high)
                slope = min(wide, high) / (longest if longest > none else one)
                square = slope * slope
                turn = np.float32(_TANGENT[7])
                turn = turn * square + np.float32(_TANGENT[6])
                turn = turn * square + np.float32(_TANGENT[5])
                turn = turn * square + np.float32(_TANGENT[4])
                turn = turn * square + np.float32(_TANGENT[3])
                turn = turn * square + np.float32(_TANGENT[2])
                turn = turn * square + np.float32(_TANGENT[1])
                turn = slope * (turn * square + np.float32(_TANGENT[0]))
                turn = np.float32(64) - turn if high > wide else turn
                turn = np.float32(128) - turn if x < none else turn
                turn = np.float32(256) - turn if z < none else turn
                row[i] = np.uint8(np.int32(turn + np.float32(0.5)) & 255)


@njit(cache=True, nogil=True)
def _place(after, before, above, below, places):
    """Tell where in the table gradients are; `places` is updated in place."""
    for i in range(places.size):
        wide = np.uint8(max(after[i], before[i]) - min(after[i], before[i]))
        high = np.uint8(max(above[i], below[i]) - min(above[i], below[i]))
        places[i] = np.uint16(np.uint16(wide) << np.uint16(8)) | np.uint16(high)


@njit(cache=True, nogil=True)
def _turn(after, before, above, below, found):
    """Turn angles from the first quadrant into their own; `found` is updated."""
    for i in range(found.size):
        angle = found[i]
        angle = np.uint8(np.uint8(128) - angle) if after[i] < before[i] else angle
        found[i] = np.uint8(-angle) if above[i] < below[i] else angle


@njit(cache=True, nogil=True)
def _look_up(flat, starts, table, places, found):
    """Find the orientations of some gradients; the last two are updated in place."""
    n = found.size
    after, above = flat[starts[0] :][:n], flat[starts[1] :][:n]
    before, below = flat[starts[2] :][:n], flat[starts[3] :][:n]
    _place(after, before, above, below, places)
    for i in range(n):
        found[i] = table[places[i]]
    _turn(after, before, above, below, found)


@njit(cache=True, nogil=True)
def _look_up_column(flat, starts, table, found):
    """Find the orientations down a column of some rows; `found` is updated in place."""
    width = found.strides[0]
    a, b, c, d = starts[0], starts[1], starts[2], starts[3]
    for row in range(found.size):
        x = np.int32(flat[a]) - np.int32(flat[c])
        y = np.int32(flat[b]) - np.int32(flat[d])
        angle = table[(abs(x) << 8) | abs(y)]
        angle = np.uint8(np.uint8(128) - angle) if x < 0 else angle
        found[row] = np.uint8(-angle) if y < 0 else angle
        a, b, c, d = a + width, b + width, c + width, d + width


@njit(cache=True, nogil=True)
def gradient_angles_of_bytes(volume, sides, table, angles):
    """Find the orientation of every gradient of bytes; `angles` is updated in place."""
    n_frames, height, width = volume.shape
    flat, found = volume.reshape(-1), angles.reshape(-1)
    n_rows = max(1, _CHUNK // width)
    places = np.empty(n_rows * width, np.uint16)
    starts = np.empty((3, 4), np.intp)
    inner, left, right = starts[0], starts[1], starts[2]
    for t in range(n_frames):
        top = 0
        while top < height:
            # The first and the last row have other neighbors than those between.
            below = top + 1 if top == 0 else max(min(top + n_rows, height - 1), top + 1)
            for k in range(4):
                frame = min(max(t + sides[k, 0], 0), n_frames - 1)
                row = min(max(top + sides[k, 1], 0), height - 1)
                start, x = (frame * height + row) * width, sides[k, 2]
                inner[k], left[k] = start + x + 1, start + max(x, 0)
                right[k] = start + width - 1 + min(x, 0)
            # From end to end, over the ends of rows between, which are wrong at first.
            n, begin = (below - top) * width - 2, (t * height + top) * width + 1
            _look_up(flat, inner, table, places[:n], found[begin : begin + n])
            _look_up_column(flat, left, table, angles[t, top:below, 0])
            _look_up_column(flat, right, table, angles[t, top:below, width - 1])
            top = below


@njit(cache=True, nogil=True)
def sum_differences(volume, offsets, margins, times, sums):
    """Sum how far pairs of voxels differ over all centers, into `sums`."""
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
def _difference(first, second, circular):
    """How far two values of uint8 are apart."""
    if circular:
        return np.uint8(min(np.uint8(first - second), np.uint8(second - first)))
    return np.uint8(max(first, second) - min(first, second))


@njit(cache=True, nogil=True)
def _add_differences(flat, start, points, circular, sums, carries):
    """Add how far four points are from the center; the last two are updated in place.

    Sums are bytes, which are quicker than longer numbers; carries count what they lose.
    """
    n = sums.size
    center = flat[start : start + n]
    p0, p1 = flat[start + points[0] :][:n], flat[start + points[1] :][:n]
    p2, p3 = flat[start + points[2] :][:n], flat[start + points[3] :][:n]
    for i in range(n):
        here, held, carry = center[i], sums[i], carries[i]
        d0, d1 = _difference(p0[i], here, circular), _difference(p1[i], here, circular)
        d2, d3 = _difference(p2[i], here, circular), _difference(p3[i], here, circular)
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
def sum_byte_differences(volume, points, circular, margins, frames):
    """Sum how far points are from their center, over all centers, in whole numbers."""
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
                four = points[p : p + 4]
                # Apart the loops become vector instructions.
                if circular:
                    _add_differences(flat, start, four, True, sums, carries)
                else:
                    _add_differences(flat, start, four, False, sums, carries)
                held += 1
                if held == 63:  # before carries overflow
                    whole += _take(totals, below - top, width, margins[1])
                    held = 0
        whole += _take(totals, below - top, width, margins[1])
        held = 0
    return whole
