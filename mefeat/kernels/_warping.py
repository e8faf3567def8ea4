"""Images through dense backward maps, and the way back for single points.

A field is kept on the grid of the image, looked up bilinearly, and goes on outside as
it is on the border. The map that it stands for is `p - field(p)`: for a place in the
warped image, the place it is taken from.
"""

import numpy as np

from mefeat.kernels import njit

_TOLERANCE = 1e-5
_MAX_STEPS = 100
_BORDER = 1.0 + 1e-6


@njit(cache=True, nogil=True, inline="always")
def _inside(x, y, height, width):
    """Bring a point just inside, so that it has a right and a lower neighbor."""
    # NaN goes to 0: an index made of it would end the process.
    x, y = x if x > 0.0 else 0.0, y if y > 0.0 else 0.0
    return min(x, width - _BORDER), min(y, height - _BORDER)


@njit(cache=True, nogil=True, inline="always")
def _cell(y, x, height, width):
    """Upper left neighbor of a point and the point's place in that cell."""
    x, y = _inside(x, y, height, width)
    left, top = np.uint32(x), np.uint32(y)
    return top, left, y - top, x - left


@njit(cache=True, nogil=True, inline="always")
def _mix(table, top, left, fy, fx, c):
    v00 = table[top, left, c]
    v01 = table[top, left + 1, c]
    v10 = table[top + 1, left, c]
    v11 = table[top + 1, left + 1, c]
    above = v00 + fx * (v01 - v00)
    return above + fy * (v10 + fx * (v11 - v10) - above)


@njit(cache=True, nogil=True)
def source_map(to_rest, moved, shape, to_portrait, out):
    """Find where the corners of all pixels come from; `out` is updated in place.

    A point goes through `to_rest`, then `moved`, then `shape`, then `to_portrait`.
    """
    height, width = moved.shape[0], moved.shape[1]
    a, b = to_rest, to_portrait
    for row in range(height + 1):
        for column in range(width + 1):
            px, py = column - 0.5, row - 0.5
            x = a[0, 0] * px + a[0, 1] * py + a[0, 2]
            y = a[1, 0] * px + a[1, 1] * py + a[1, 2]
            for field in (moved, shape):
                top, left, fy, fx = _cell(y, x, height, width)
                dx = _mix(field, top, left, fy, fx, 0)
                dy = _mix(field, top, left, fy, fx, 1)
                x -= dx
                y -= dy
            out[row, column, 0] = b[0, 0] * x + b[0, 1] * y + b[0, 2]
            out[row, column, 1] = b[1, 0] * x + b[1, 1] * y + b[1, 2]


@njit(cache=True, nogil=True)
def sample_areas(image, corners, n_sub, out):
    """Average an image over quadrangles; `out` is updated in place."""
    height, width = image.shape[0], image.shape[1]
    n_rows, n_columns, n_channels = out.shape
    share = 1.0 / n_sub
    for row in range(n_rows):
        x01, y01 = _inside(corners[row, 0, 0], corners[row, 0, 1], height, width)
        x11, y11 = _inside(
            corners[row + 1, 0, 0], corners[row + 1, 0, 1], height, width
        )
        for column in range(n_columns):
            x00, y00, x10, y10 = x01, y01, x11, y11
            right = column + 1
            x01, y01 = _inside(
                corners[row, right, 0], corners[row, right, 1], height, width
            )
            x11, y11 = _inside(
                corners[row + 1, right, 0], corners[row + 1, right, 1], height, width
            )
            for c in range(n_channels):
                total = np.float64(0.0)
                for j in range(n_sub):
                    gy = (j + 0.5) * share
                    x0, y0 = x00 + gy * (x10 - x00), y00 + gy * (y10 - y00)
                    x1, y1 = x01 + gy * (x11 - x01), y01 + gy * (y11 - y01)
                    for i in range(n_sub):
                        gx = (i + 0.5) * share
                        x, y = x0 + gx * (x1 - x0), y0 + gx * (y1 - y0)
                        left, top = np.uint32(x), np.uint32(y)
                        fx, fy = np.float32(x - left), np.float32(y - top)
                        total += _mix(image, top, left, fy, fx, c)
                out[row, column, c] = total * share * share


@njit(cache=True, nogil=True)
def expose(image, gain, tilt, noise, out):
    """Light an image, add noise and round it to bytes; `out` is updated in place."""
    height, width, n_channels = image.shape
    for y in range(height):
        for x in range(width):
            light = gain + tilt * ((x + 0.5) / width - 0.5)
            for c in range(n_channels):
                value = light * image[y, x, c] + noise[y, x, c]
                out[y, x, c] = np.uint8(min(max(value + 0.5, 0.0), 255.0))


@njit(cache=True, nogil=True)
def take_back(points, field, out):
    """Apply the map `p - field(p)` to points; `out` is updated in place."""
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        out[i, 0], out[i, 1] = _residual(field, x, y, 0.0, 0.0)


@njit(cache=True, nogil=True)
def find_moved(points, field, out):
    """Find what the map `p - field(p)` takes to given points; updates `out`.

    Newton's method, each step halved until it comes closer; where that is not to
    1e-5 pixels after 100 steps the best point found stays.
    """
    height, width = field.shape[0], field.shape[1]
    for i in range(len(points)):
        px, py = points[i, 0], points[i, 1]
        x, y = px, py
        rx, ry = _residual(field, x, y, px, py)
        for _ in range(_MAX_STEPS):
            if rx * rx + ry * ry < _TOLERANCE**2:
                break
            sx, sy = _newton_step(field, x, y, rx, ry, height, width)
            size = 1.0
            while size > 1e-3:
                nx, ny = _residual(field, x - size * sx, y - size * sy, px, py)
                if nx * nx + ny * ny < rx * rx + ry * ry:
                    break
                size *= 0.5
            x -= size * sx
            y -= size * sy
            rx, ry = _residual(field, x, y, px, py)
        out[i, 0] = x
        out[i, 1] = y


@njit(cache=True, nogil=True, inline="always")
def _residual(field, x, y, px, py):
    top, left, fy, fx = _cell(y, x, field.shape[0], field.shape[1])
    dx = _mix(field, top, left, fy, fx, 0)
    dy = _mix(field, top, left, fy, fx, 1)
    return x - dx - px, y - dy - py


@njit(cache=True, nogil=True, inline="always")
def _newton_step(field, x, y, rx, ry, height, width):
    """Solve (I - D) step = residual, D the field's derivative (0 outside)."""
    top, left, fy, fx = _cell(y, x, height, width)
    in_x = 1.0 if 0.0 <= x <= width - 1.0 else 0.0
    in_y = 1.0 if 0.0 <= y <= height - 1.0 else 0.0
    a = 1.0 - in_x * _along_x(field, top, left, fy, 0)
    b = -in_y * _along_y(field, top, left, fx, 0)
    c = -in_x * _along_x(field, top, left, fy, 1)
    d = 1.0 - in_y * _along_y(field, top, left, fx, 1)
    det = a * d - b * c
    if abs(det) < 1e-3:
        return rx, ry
    return (d * rx - b * ry) / det, (a * ry - c * rx) / det


@njit(cache=True, nogil=True, inline="always")
def _along_x(field, top, left, fy, c):
    above = field[top, left + 1, c] - field[top, left, c]
    below = field[top + 1, left + 1, c] - field[top + 1, left, c]
    return above + fy * (below - above)


@njit(cache=True, nogil=True, inline="always")
def _along_y(field, top, left, fx, c):
    before = field[top + 1, left, c] - field[top, left, c]
    after = field[top + 1, left + 1, c] - field[top, left + 1, c]
    return before + fx * (after - before)


@njit(cache=True, nogil=True)
def spread(points, weights, radius, out):
    """Add up bumps of compact support around points; `out` is updated in place.

    The bump is Wendland's function (1 - r)^4 (4 r + 1), r the distance in units of
    `radius`, and 0 from r = 1 on.
    """
    height, width, n_fields = out.shape
    out[:] = 0.0
    for i in range(len(points)):
        x0, y0 = points[i, 0], points[i, 1]
        for y in range(max(0, int(y0 - radius)), min(height, int(y0 + radius) + 2)):
            for x in range(max(0, int(x0 - radius)), min(width, int(x0 + radius) + 2)):
                r = np.sqrt((x - x0) ** 2 + (y - y0) ** 2) / radius
                if r < 1.0:
                    bump = (1.0 - r) ** 4 * (4.0 * r + 1.0)
                    for c in range(n_fields):
                        out[y, x, c] += bump * weights[i, c]
