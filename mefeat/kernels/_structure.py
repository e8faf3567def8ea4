"""Structure of images: total variation reduced by Chambolle's dual projection."""

import numpy as np

from mefeat.kernels import njit

_ONE = np.float32(1)
_QUARTER = np.float32(0.25)


@njit(cache=True, nogil=True, error_model="numpy")
def _push(value, below, step, px, py):
    """Step and shorten the dual vectors of a row; `px`, `py` are updated in place."""
    last = value.size - 1
    here, right = value[:last], value[1:]
    for x in range(last):
        qx = px[x] + step * (right[x] - here[x])
        qy = py[x] + step * (below[x] - here[x])
        shrink = _ONE / max(_ONE, np.sqrt(qx * qx + qy * qy))
        px[x] = qx * shrink
        py[x] = qy * shrink
    qy = py[last] + step * (below[last] - value[last])
    py[last] = qy / max(_ONE, abs(qy))


@njit(cache=True, nogil=True)
def _settle(image, theta, px, px_left, py, py_above, out):
    """Add the divergence to a row; `out` is updated in place."""
    for x in range(out.size):
        out[x] = image[x] + theta * (px[x] - px_left[x] + py[x] - py_above[x])


@njit(cache=True, nogil=True)
def structure(image, theta, n_iterations, out):
    """Find the structure part of an image; `out` is updated in place."""
    height, width = image.shape
    step = _QUARTER / theta
    # A border of zeros above and to the left stands for what is missing there.
    dual = np.zeros((2, height + 1, width + 1), image.dtype)
    px, py = dual[0], dual[1]
    for n in range(n_iterations + 1):
        for y in range(height):
            at_x, at_y = px[y + 1], py[y + 1, 1:]
            _settle(image[y], theta, at_x[1:], at_x[:width], at_y, py[y, 1:], out[y])
            # A row of dual vectors is pushed when the row below has been settled.
            if n < n_iterations and y > 0:
                _push(out[y - 1], out[y], step, px[y, 1:], py[y, 1:])
        if n < n_iterations:
            row = out[height - 1]
            _push(row, row, step, px[height, 1:], py[height, 1:])
