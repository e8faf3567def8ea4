"""Geometry of point sets: best affine maps, meshes of triangles, local polynomials.

Everything is kept as a *displacement* that is added to a point: where source and target
agree, the map is the identity to the last bit.
"""

import numpy as np

from mefeat.kernels import njit


def fit_affine(source, target):
    """Find the affine maps that bring points closest to others (least squares)."""
    center, around, move, spread = _displacements(source, target)
    gradient = np.swapaxes(np.linalg.pinv(around) @ spread, -1, -2)
    return _plus_identity(gradient, center, move)


def fit_similarity(source, target):
    """Find the rotations, scalings and shifts that bring points closest to others."""
    center, around, move, spread = _displacements(source, target)
    square = (around**2).sum(axis=(-2, -1))
    stretch = (around * spread).sum(axis=(-2, -1)) / square
    x, y = around[..., 0], around[..., 1]
    turn = (x * spread[..., 1] - y * spread[..., 0]).sum(axis=-1) / square
    gradient = np.stack([stretch, -turn, turn, stretch], axis=-1)
    return _plus_identity(gradient.reshape(*turn.shape, 2, 2), center, move)


def _displacements(source, target):
    source, target = np.broadcast_arrays(source, target)
    center = source.mean(axis=-2)
    displacement = target - source
    move = displacement.mean(axis=-2)
    return (
        center,
        source - center[..., None, :],
        move,
        displacement - move[..., None, :],
    )


def _plus_identity(gradient, center, move):
    shift = move - np.einsum("...ij,...j->...i", gradient, center)
    return np.concatenate([gradient + np.eye(2), shift[..., None]], axis=-1)


@njit(cache=True, nogil=True)
def label_triangles(corners, triangles, out):
    """Find the triangle of each pixel; `out` is updated in place."""
    height, width = out.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ax, ay = corners[a]
        bx, by = corners[b, 0] - ax, corners[b, 1] - ay
        cx, cy = corners[c, 0] - ax, corners[c, 1] - ay
        area = bx * cy - by * cx
        if area == 0.0:
            continue
        left, right = ax + min(0.0, bx, cx), ax + max(0.0, bx, cx)
        top, below = ay + min(0.0, by, cy), ay + max(0.0, by, cy)
        for y in range(max(int(np.ceil(top)), 0), min(int(below), height - 1) + 1):
            for x in range(max(int(np.ceil(left)), 0), min(int(right), width - 1) + 1):
                v = ((x - ax) * cy - (y - ay) * cx) / area
                w = (bx * (y - ay) - by * (x - ax)) / area
                if min(v, w, 1.0 - v - w) >= -1e-9:
                    out[y, x] = t


@njit(cache=True, nogil=True)
def triangle_map(labels, corners, shifts, gradients, out):
    """Look up where a mesh shows each pixel; `out` is updated in place."""
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            t = labels[y, x]
            dx = x - corners[t, 0]
            dy = y - corners[t, 1]
            for k in range(2):
                bend = gradients[t, k, 0] * dx + gradients[t, k, 1] * dy
                out[y, x, k] = (x, y)[k] + (shifts[t, k] + bend)


@njit(cache=True, nogil=True)
def paint_triangles(source, triangles, target, out):
    """Map each pixel that a mesh covers; `out` is updated in place."""
    height, width = out.shape[:2]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ax, ay = source[a]
        bx, by = source[b, 0] - ax, source[b, 1] - ay
        cx, cy = source[c, 0] - ax, source[c, 1] - ay
        area = bx * cy - by * cx
        if area == 0.0:
            continue
        sx, sy = target[a, 0] - ax, target[a, 1] - ay
        bu, bv = target[b, 0] - source[b, 0] - sx, target[b, 1] - source[b, 1] - sy
        cu, cv = target[c, 0] - source[c, 0] - sx, target[c, 1] - source[c, 1] - sy
        left, right = ax + min(0.0, bx, cx), ax + max(0.0, bx, cx)
        top, below = ay + min(0.0, by, cy), ay + max(0.0, by, cy)
        for y in range(max(int(np.ceil(top)), 0), min(int(below), height - 1) + 1):
            for x in range(max(int(np.ceil(left)), 0), min(int(right), width - 1) + 1):
                v = ((x - ax) * cy - (y - ay) * cx) / area
                w = (bx * (y - ay) - by * (x - ax)) / area
                if min(v, w, 1.0 - v - w) >= -1e-9:
                    out[y, x, 0] = x + (sx + v * bu + w * cu)
                    out[y, x, 1] = y + (sy + v * bv + w * cv)


@njit(cache=True, nogil=True)
def move_with_mesh(points, triangles, source, target, out):
    """Move points along with the triangles they lie in; `out` is updated in place."""
    for i in range(points.shape[0]):
        best = -np.inf
        out[i] = np.nan
        for t in range(triangles.shape[0]):
            a, b, c = triangles[t]
            bx = source[b, 0] - source[a, 0]
            by = source[b, 1] - source[a, 1]
            cx = source[c, 0] - source[a, 0]
            cy = source[c, 1] - source[a, 1]
            area = bx * cy - by * cx
            if area == 0.0:
                continue
            px = points[i, 0] - source[a, 0]
            py = points[i, 1] - source[a, 1]
            v = (px * cy - py * cx) / area
            w = (bx * py - by * px) / area
            least = min(v, w, 1.0 - v - w)
            if least > best:
                best = least
                for k in range(2):
                    at_a = target[a, k] - source[a, k]
                    at_b = target[b, k] - source[b, k]
                    at_c = target[c, k] - source[c, k]
                    shift = at_a + v * (at_b - at_a) + w * (at_c - at_a)
                    out[i, k] = points[i, k] + shift


@njit(cache=True, nogil=True)
def weighted_polynomials(points, centers, radii, terms, least, out):
    """Blend local polynomials of second order; `out` is updated in place.

    Each polynomial is written in (x, y) around its center, in units of its radius, and
    weighs 1 - 3 r^2 + 2 r^3 at the distance r < 1.
    """
    for i in range(points.shape[0]):
        total = 0.0
        sum_x = 0.0
        sum_y = 0.0
        for j in range(centers.shape[0]):
            x = (points[i, 0] - centers[j, 0]) / radii[j]
            if abs(x) >= 1.0:
                continue
            y = (points[i, 1] - centers[j, 1]) / radii[j]
            square = x * x + y * y
            if square >= 1.0:
                continue
            weight = 1.0 - square * (3.0 - 2.0 * np.sqrt(square))
            total += weight
            c = terms[j]
            bend = x * (c[1, 0] + x * c[3, 0] + y * c[4, 0])
            sum_x += weight * (c[0, 0] + bend + y * (c[2, 0] + y * c[5, 0]))
            bend = x * (c[1, 1] + x * c[3, 1] + y * c[4, 1])
            sum_y += weight * (c[0, 1] + bend + y * (c[2, 1] + y * c[5, 1]))
        total = max(total, least)
        out[i, 0] = sum_x / total
        out[i, 1] = sum_y / total
