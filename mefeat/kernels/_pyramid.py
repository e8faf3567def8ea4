"""Images and flow fields resized."""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def resize(image, factor, out):
    """Resize an image bilinearly and multiply it; `out` is updated in place."""
    rows, columns = image.shape
    height, width = out.shape
    for y in range(height):
        sy = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        top = int(sy)
        below = min(top + 1, rows - 1)
        fy = np.float64(sy - top)
        for x in range(width):
            sx = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
            left = int(sx)
            right = min(left + 1, columns - 1)
            fx = np.float64(sx - left)
            above = image[top, left] + fx * (image[top, right] - image[top, left])
            under = image[below, right] - image[below, left]
            under = image[below, left] + fx * under
            out[y, x] = factor * (above + fy * (under - above))
