"""The slow, obvious twins of what is made of flow: loops to check by eye."""

import itertools
import math

import numpy as np


def vectors_of(flow, regions, region):
    """Vectors (u, v) of one pair in a region, in the order of the pixels."""
    height, width = regions.shape
    return [
        (float(flow[0, y, x]), float(flow[1, y, x]))
        for y in range(height)
        for x in range(width)
        if regions[y, x] == region
    ]


def hoof(flow, regions, n_bins, symmetric):
    """Histograms (n_regions, n_bins) of one pair."""
    out = np.zeros((regions.max() + 1, n_bins))
    for region in range(len(out)):
        for u, v in vectors_of(flow, regions, region):
            if symmetric:
                angle = math.atan2(v, abs(u))
                k = min(math.floor((angle / math.pi + 0.5) * n_bins), n_bins - 1)
            else:
                angle = math.atan2(v, u) % (2 * math.pi)
                k = math.floor(angle / (2 * math.pi) * n_bins + 0.5) % n_bins
            out[region, k] += math.hypot(u, v)
        out[region] /= out[region].sum() or 1
    return out


def main_motion(flow, regions):
    """Length and angle (n_regions, 2) of one pair."""
    out = np.zeros((regions.max() + 1, 2))
    for region in range(len(out)):
        bins = [[] for _ in range(8)]
        for u, v in vectors_of(flow, regions, region):
            if math.hypot(u, v) >= 1e-6:
                degrees = math.degrees(math.atan2(v, u)) % 360
                bins[math.floor((degrees + 22.5) / 45) % 8].append((u, v))
        lengths = [len(b) for b in bins]
        main = lengths.index(max(lengths))
        if not bins[main]:
            continue
        angles = [math.atan2(v, u) for u, v in bins[main]]
        if main > 0:
            angles = [a % (2 * math.pi) for a in angles]
        out[region, 0] = sum(math.hypot(u, v) for u, v in bins[main]) / len(bins[main])
        out[region, 1] = sum(angles) / len(angles) % (2 * math.pi)
    return out


def mdmo(flow, regions, weight):
    """Weighted lengths and angles (n_regions, 2) of several pairs."""
    motions = [main_motion(field, regions) for field in flow]
    out = np.zeros(motions[0].shape)
    for region in range(len(out)):
        x = sum(m[region, 0] * math.cos(m[region, 1]) for m in motions) / len(motions)
        y = sum(m[region, 0] * math.sin(m[region, 1]) for m in motions) / len(motions)
        out[region] = math.hypot(x, y), math.atan2(y, x) % (2 * math.pi)
    out[:, 0] *= weight / (out[:, 0].max() or 1)
    out[:, 1] *= 1 - weight
    return out


def common_value(values, width=0.05):
    """Value that most of some numbers share."""
    values = sorted(float(v) for v in values)
    codes = [math.floor(v / width + 0.5) for v in values]
    fullest = max(set(codes), key=lambda k: (codes.count(k), -abs(k), -k))
    near = [v for v, k in zip(values, codes, strict=True) if abs(k - fullest) <= 1]
    return near[(len(near) - 1) // 2]


def longest_subset_sum(vectors):
    """Longest sum of any subset, all of them tried."""
    best = (0.0, 0.0)
    for chosen in itertools.product((0, 1), repeat=len(vectors)):
        total = tuple(
            sum(c * x[k] for c, x in zip(chosen, vectors, strict=True)) for k in (0, 1)
        )
        if math.hypot(*total) > math.hypot(*best):
            best = total
    return best


def iterated_sum(vectors):
    """Sum of the vectors ahead, followed from the mean until it repeats."""
    d = np.sum(vectors, axis=0)
    ahead = None
    while True:
        now = [float(np.dot(d, x)) > 0 for x in vectors]
        if now == ahead:
            return d
        ahead = now
        d = np.sum([x for x, a in zip(vectors, now, strict=True) if a], axis=0)


def strain(flow):
    """Optical strain of one pair, central differences, one-sided at the border."""
    (u_y, u_x), (v_y, v_x) = np.gradient(flow[0]), np.gradient(flow[1])
    return np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2)


def bi_woof(flow, regions, n_bins, strain_map):
    """Histograms (n_regions, n_bins) of one pair, of norm 1."""
    out = np.zeros((regions.max() + 1, n_bins))
    for region in range(len(out)):
        for u, v in vectors_of(flow, regions, region):
            turn = (math.atan2(v, u) + math.pi) / (2 * math.pi)  # from -180 degrees on
            out[region, math.floor(turn * n_bins) % n_bins] += math.hypot(u, v)
        out[region] /= out[region].sum() or 1
        out[region] *= strain_map[regions == region].mean()
    return out / (math.sqrt((out**2).sum()) or 1)


def polygon_map(polygons, shape):
    """Map of pixels whose centers lie inside of convex or other polygons."""
    out = np.full(shape, -1)
    for k, corners in enumerate(polygons):
        for y, x in np.ndindex(*shape):
            inside = False
            for (xa, ya), (xb, yb) in zip(corners, np.roll(corners, 1, 0), strict=True):
                if (ya > y) != (yb > y) and x < xa + (y - ya) / (yb - ya) * (xb - xa):
                    inside = not inside
            if inside:
                out[y, x] = k
    return out
