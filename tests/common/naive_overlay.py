"""Slow, obvious twins of the kernels of the overlay."""

import numpy as np
from scipy.ndimage import map_coordinates


def paint_triangles(source, triangles, target, size):
    """Barycentric coordinates of each pixel in each triangle."""
    out = np.full((*size, 2), np.nan)
    for y in range(size[0]):
        for x in range(size[1]):
            for corners in triangles:
                matrix = np.vstack([source[corners].T, np.ones(3)])
                if abs(np.linalg.det(matrix)) < 1e-12:
                    continue
                shares = np.linalg.solve(matrix, [x, y, 1.0])
                if shares.min() >= -1e-9:
                    out[y, x] = shares @ target[corners]
    return out


def correlation(a, b):
    """Normalized cross-correlation of two patches."""
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a * a).sum() * (b * b).sum())
    return (a * b).sum() / norm if norm > 1e-6 * a.size else 0.0


def correlate(first, second, x, y, half, reach):
    """Score at every shift, and the top of a quadratic fitted to the best nine."""
    n = 2 * reach + 1
    own = first[y - half : y + half + 1, x - half : x + half + 1]
    score = np.zeros((n, n))
    for j in range(n):
        for i in range(n):
            top, left = y + j - reach - half, x + i - reach - half
            size = 2 * half + 1
            part = second[top : top + size, left : left + size]
            score[j, i] = correlation(own, part)
    top, left = np.unravel_index(score.argmax(), score.shape)
    if min(top, left) == 0 or max(top, left) == n - 1:
        return None, np.nan
    v, u = np.mgrid[-1:2, -1:2].reshape(2, 9)
    terms = np.stack([np.ones(9), u, v, u * u, v * v, u * v], axis=1)
    near = score[top - 1 : top + 2, left - 1 : left + 2].ravel()
    _, cu, cv, cuu, cvv, cuv = np.linalg.lstsq(terms, near, rcond=None)[0]
    peak = np.linalg.solve([[2 * cuu, cuv], [cuv, 2 * cvv]], [-cu, -cv])
    return np.array([left - reach, top - reach]) + peak, score[top, left]


def refine_subset(first, slopes, second, x, y, half, n_rounds, start):
    """Refine shift and stretch of one square, with its Jacobian written out."""
    v, u = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1)
    own, gx, gy = (p[y + v, x + u] for p in (first, *slopes))
    own = own - own.mean()
    jacobian = np.stack([k * g for g in (gx, gy) for k in (np.ones(len(u)), u, v)], 1)
    ridge = 1e-3 * len(u) * np.diag([1, half**2, half**2] * 2)
    warp = np.eye(3)
    warp[:2, 2] = start
    for _ in range(n_rounds):
        places = warp[:2, :2] @ [u, v] + warp[:2, 2:] + [[x], [y]]
        other = map_coordinates(second, 2 * places[::-1], order=1, mode="nearest")
        other = other - other.mean()
        ratio = np.linalg.norm(own) / np.linalg.norm(other)
        score = correlation(own, other)
        normal = jacobian.T @ jacobian + ridge
        a = -np.linalg.solve(normal, jacobian.T @ (own - ratio * other))
        step = np.array([[1 + a[1], a[2], a[0]], [a[4], 1 + a[5], a[3]], [0, 0, 1]])
        warp = warp @ np.linalg.inv(step)
        if np.hypot(a[0], a[3]) < 0.01:
            break
    return warp[:2, 2], score


def savgol(points, window, order):
    """Fit a polynomial to the window around each frame, or to that at an end."""
    n_frames, out = len(points), np.empty(points.shape)
    window = min(window, n_frames)
    for t in range(n_frames):
        first = min(max(t - window // 2, 0), n_frames - window)
        times = np.arange(first, first + window)
        for k in np.ndindex(points.shape[1:]):
            values = points[(times, *k)]
            line = np.polynomial.Polynomial.fit(times, values, min(order, window - 1))
            out[(t, *k)] = line(t)
    return out


def one_euro(values, fps, least_cutoff, slope, speed_cutoff):
    """The filter of one coordinate, as its authors write it."""

    def share(cutoff):
        tau = 1 / (2 * np.pi * cutoff)
        return 1 / (1 + tau * fps)

    place, speed, out = values[0], 0.0, []
    for value in values:
        rate = (value - place) * fps
        speed = share(speed_cutoff) * rate + (1 - share(speed_cutoff)) * speed
        now = share(least_cutoff + slope * abs(speed))
        place = now * value + (1 - now) * place
        out.append(place)
    return np.array(out)
