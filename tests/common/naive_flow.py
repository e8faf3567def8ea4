"""Slow, obvious twins of the flow kernels."""

import numpy as np
from scipy.ndimage import convolve1d


def forward(field):
    """Forward differences along x and y, 0 at the end."""
    gx, gy = np.zeros_like(field), np.zeros_like(field)
    gx[:, :-1] = field[:, 1:] - field[:, :-1]
    gy[:-1] = field[1:] - field[:-1]
    return gx, gy


def divergence(px, py):
    """Backward differences, with zeros beyond the border."""
    before_x = np.pad(px, ((0, 0), (1, 0)))[:, :-1]
    before_y = np.pad(py, ((1, 0), (0, 0)))[:-1]
    return px - before_x + py - before_y


def structure(image, theta, n_iterations):
    """Chambolle's projection, written as in the paper."""
    px, py = np.zeros_like(image), np.zeros_like(image)
    for _ in range(n_iterations):
        gx, gy = forward(image + theta * divergence(px, py))
        px, py = px + gx / (4 * theta), py + gy / (4 * theta)
        length = np.maximum(1, np.hypot(px, py))
        px, py = px / length, py / length
    return image + theta * divergence(px, py)


def cubic(t, a=-0.75):
    """Kernel of cubic convolution."""
    t = abs(t)
    if t < 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0


def look(image, x, y):
    """Value at (x, y) by cubic convolution, border replicated."""
    height, width = image.shape
    total = 0.0
    for j in range(int(y) - 1, int(y) + 3):
        for i in range(int(x) - 1, int(x) + 3):
            value = image[np.clip(j, 0, height - 1), np.clip(i, 0, width - 1)]
            total += cubic(x - i) * cubic(y - j) * value
    return total


def median5(field):
    """Median of 5x5, border replicated."""
    padded = np.pad(field, 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5))
    return np.median(windows, axis=(2, 3))


def refine_tvl1(
    first, second, flow, attachment, tightness, tau, epsilon, warps, rounds, inner
):
    """TV-L1 on one scale, the change measured in every fifth iteration."""
    height, width = first.shape
    edge = np.pad(second, 1, mode="edge")
    slope_x = (edge[1:-1, 2:] - edge[1:-1, :-2]) / 2
    slope_y = (edge[2:, 1:-1] - edge[:-2, 1:-1]) / 2
    dual = np.zeros((2, 2, height, width))
    for _ in range(warps):
        rest, gx, gy = np.zeros((3, height, width))
        for y in range(height):
            for x in range(width):
                at = x + flow[0, y, x], y + flow[1, y, x]
                if 0 <= at[0] <= width - 1 and 0 <= at[1] <= height - 1:
                    gx[y, x] = look(slope_x, *at)
                    gy[y, x] = look(slope_y, *at)
                    rest[y, x] = look(second, *at) - first[y, x]
        rest -= gx * flow[0] + gy * flow[1]
        for _ in range(rounds):
            flow = np.stack([median5(flow[0]), median5(flow[1])])
            for n in range(1, inner + 1):
                step = -(rest + gx * flow[0] + gy * flow[1])
                step = step / np.maximum(gx**2 + gy**2, 1e-7)
                step = np.clip(step, -attachment * tightness, attachment * tightness)
                change = np.stack(
                    [
                        step * g + tightness * divergence(*dual[c])
                        for c, g in enumerate((gx, gy))
                    ]
                )
                flow = flow + change
                for c in range(2):
                    ux, uy = forward(flow[c])
                    dual[c] += tau / tightness * np.stack([ux, uy])
                    dual[c] /= 1 + tau / tightness * np.hypot(ux, uy)
                if n % 5 == 0 and (change**2).sum() <= epsilon**2 * height * width:
                    break
            if (change**2).sum() <= epsilon**2 * height * width:
                break
    return flow


def refine_lucas_kanade(first, second, weights, n_iterations, flow):
    """Dense Lucas-Kanade on one scale: a least-squares problem per pixel."""
    height, width = first.shape
    edge = np.pad(first, 1, mode="edge")
    gx = (edge[1:-1, 2:] - edge[1:-1, :-2]) / 2
    gy = (edge[2:, 1:-1] - edge[:-2, 1:-1]) / 2
    window = np.concatenate([weights[:0:-1], weights])

    def smooth(field):
        along_y = convolve1d(field, window, axis=0, mode="nearest")
        return convolve1d(along_y, window, axis=1, mode="nearest")

    for _ in range(n_iterations):
        x = np.arange(width) + flow[0]
        y = np.arange(height)[:, None] + flow[1]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        left, top = x.astype(int), y.astype(int)
        right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        a, b = x - left, y - top
        above = (1 - a) * second[top, left] + a * second[top, right]
        under = (1 - a) * second[below, left] + a * second[below, right]
        rest = (1 - b) * above + b * under - first - gx * flow[0] - gy * flow[1]
        pairs = [(gx, gx), (gx, gy), (gy, gy), (gx, rest), (gy, rest)]
        xx, xy, yy, xr, yr = (smooth(inside * p * q) for p, q in pairs)
        right_side = np.stack(
            [-xr - xx * flow[0] - xy * flow[1], -yr - xy * flow[0] - yy * flow[1]]
        )
        matrix = np.array([[xx + 1, xy], [xy, yy + 1]])
        moved = np.linalg.solve(
            np.moveaxis(matrix, (0, 1), (2, 3)),
            np.moveaxis(right_side, 0, 2)[..., None],
        )
        flow = flow + np.moveaxis(moved[..., 0], 2, 0)
    return flow


def strain(flow, shear=2.0):
    """Magnitude of the strain tensor, by numpy's gradient."""
    (u_y, u_x), (v_y, v_x) = np.gradient(flow[0]), np.gradient(flow[1])
    return np.sqrt(u_x**2 + v_y**2 + shear * ((u_y + v_x) / 2) ** 2)
