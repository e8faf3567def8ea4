"""The slow, obvious twins of the texture descriptors: loops to check by eye."""

import itertools
import math

import naive
import numpy as np


def pooled(volume, regions, n_times, radius, n_bins, bin_of):
    """Count bin_of(t, y, x) of every center by block; time is slowest."""
    if regions is None:
        regions = np.zeros(volume.shape[1:], dtype=int)
    n_regions = int(regions.max()) + 1
    edges = naive.cut(len(volume), n_times)
    t0, y0, x0 = naive.first_center(radius)
    counts = np.zeros((n_times * n_regions, n_bins))
    n_frames, height, width = volume.shape
    for t in range(t0, n_frames - t0):
        block = max(k for k in range(n_times) if edges[k] <= t)
        for y in range(y0, height - y0):
            for x in range(x0, width - x0):
                if regions[y, x] >= 0:
                    place, weight = bin_of(t, y, x)
                    counts[block * n_regions + regions[y, x], place] += weight
    return counts


def value_at(volume, center, offset, interpolation):
    """Gray value of a point; bilinear as a difference from the center."""
    if interpolation == "nearest":
        index = [c + math.floor(o + 0.5) for c, o in zip(center, offset, strict=True)]
        return float(volume[tuple(index)])
    total = 0.0
    for corner in np.ndindex(2, 2, 2):
        weight, index = 1.0, []
        for c, o, upper in zip(center, offset, corner, strict=True):
            low = math.floor(o)
            weight *= (o - low) if upper else 1 - (o - low)
            index.append(c + low + upper)
        if weight > 0:
            total += weight * (float(volume[tuple(index)]) - float(volume[center]))
    return total


def elbp_top(
    volume,
    regions=None,
    *,
    part,
    n_points=8,
    radius=(1, 1, 1),
    inner_radius=(0, 0, 0),
    planes=naive.PLANES,
    interpolation="nearest",
    n_times=1,
):
    """Counts of all codes of radial or angular differences."""
    out = []
    for plane in planes:
        outer = naive.ring(plane, n_points, radius)
        inner = naive.ring(plane, n_points, inner_radius)

        def code(t, y, x, outer=outer, inner=inner):
            bits = 0
            for p in range(n_points):
                if part == "rd":
                    pair = outer[p], inner[p]
                else:
                    pair = outer[(p + 1) % n_points], outer[p]
                first, second = (
                    value_at(volume, (t, y, x), point, interpolation) for point in pair
                )
                bits += (first >= second) * 2**p
            return bits, 1

        out.append(pooled(volume, regions, n_times, radius, 2**n_points, code))
    return np.stack(out, axis=1)


def lbp_sip(volume, regions=None, *, radius=(1, 1, 1), n_times=1):
    """Counts of the 16 spatial and 4 temporal codes of one level."""
    rx, ry, rt = radius

    def space(t, y, x):
        points = [(t, y, x + rx), (t, y - ry, x), (t, y, x - rx), (t, y + ry, x)]
        bits = [volume[p] >= volume[t, y, x] for p in points]
        return sum(2**p for p in range(4) if bits[p]), 1

    def time(t, y, x):
        bits = [volume[t + s, y, x] >= volume[t, y, x] for s in (-rt, rt)]
        return sum(2**p for p in range(2) if bits[p]), 1

    parts = [
        pooled(volume, regions, n_times, radius, 16, space),
        pooled(volume, regions, n_times, radius, 4, time),
    ]
    return np.concatenate(parts, axis=1)


def halve(frame):
    """Every second pixel of the frame smoothed by 1 4 6 4 1, mirrored borders."""
    height, width = frame.shape
    taps = {-2: 1, -1: 4, 0: 6, 1: 4, 2: 1}

    def mirrored(i, n):
        i = abs(i)
        return 2 * (n - 1) - i if i >= n else i

    out = np.zeros(((height + 1) // 2, (width + 1) // 2))
    for y, x in np.ndindex(*out.shape):
        for dy, wy in taps.items():
            for dx, wx in taps.items():
                value = frame[mirrored(2 * y + dy, height), mirrored(2 * x + dx, width)]
                out[y, x] += wy * wx / 256 * float(value)
    return out


def lbp_mop(volume, grid, *, n_points=8, radius=(1, 1, 1), interpolation="nearest"):
    """Counts of all codes of the mean images of each block, time slowest."""
    rx, ry, rt = radius
    rows, columns, times = (
        naive.cut(n, k)
        for n, k in zip(
            (*volume.shape[1:], volume.shape[0]), (*grid, 1)[:3], strict=True
        )
    )
    out = []
    for k, r, c in np.ndindex(len(times) - 1, len(rows) - 1, len(columns) - 1):
        block = volume[
            times[k] : times[k + 1], rows[r] : rows[r + 1], columns[c] : columns[c + 1]
        ].astype(float)
        histograms = np.zeros((3, 2**n_points))
        margins = (rt, ry, rx)
        for axis, plane in enumerate(naive.PLANES):
            mean = block.sum(axis=axis, keepdims=True)
            centers = [
                range(1) if axis == i else range(m, n - m)
                for i, (m, n) in enumerate(zip(margins, block.shape, strict=True))
            ]
            for center in itertools.product(*centers):
                code = 0
                for p, offset in enumerate(naive.ring(plane, n_points, radius)):
                    code += naive.BITS[interpolation](mean, center, offset) * 2**p
                histograms[axis, code] += 1
        out.append(histograms)
    return np.stack(out)


def gradient(volume, center, plane, radius=(1, 1, 1)):
    """Gradient at a center along the two axes of a plane."""
    right, up, left, down = naive.ring(plane, 4, radius)

    def value(offset):
        index = tuple(c + int(o) for c, o in zip(center, offset, strict=True))
        return float(volume[index])

    return value(right) - value(left), value(up) - value(down)


def orientations(volume, regions=None, *, weighted, n_times=1):
    """Sums of gradients in eight bins centered on multiples of 45 degrees."""
    out = []
    for plane in naive.PLANES:

        def bin_of(t, y, x, plane=plane):
            first, second = gradient(volume, (t, y, x), plane)
            length = math.hypot(first, second)
            angle = math.degrees(math.atan2(second, first))
            return math.floor(angle / 45 + 0.5) % 8, length if weighted else length > 0

        out.append(pooled(volume, regions, n_times, (1, 1, 1), 8, bin_of))
    return np.stack(out, axis=1)


def angle_level(volume, center, plane):
    """Orientation of the gradient, 256 to the circle; at borders the pixel itself."""
    values = []
    for offset in naive.ring(plane, 4, (1, 1, 1)):
        index = [
            min(max(c + int(o), 0), n - 1)
            for c, o, n in zip(center, offset, volume.shape, strict=True)
        ]
        values.append(float(volume[tuple(index)]))
    right, up, left, down = values
    turn = math.atan2(up - down, right - left) / (2 * math.pi)
    return math.floor(256 * turn + 0.5) % 256


def completed_lbp_top(volume, regions=None, *, n_points, radius, n_times=1):
    """Counts of the codes of sign, magnitude and orientation."""
    t0, y0, x0 = naive.first_center(radius)
    n_frames, height, width = volume.shape
    centers = list(
        itertools.product(
            range(t0, n_frames - t0), range(y0, height - y0), range(x0, width - x0)
        )
    )
    half = n_points // 2 if n_points % 2 == 0 else n_points
    out = []
    for component in ("sign", "magnitude", "orientation"):
        planes = []
        for plane in naive.PLANES:
            points = [
                tuple(math.floor(o + 0.5) for o in offset)
                for offset in naive.ring(plane, n_points, radius)
            ]

            def difference(center, point, component=component, plane=plane):
                other = tuple(c + o for c, o in zip(center, point, strict=True))
                if component == "orientation":
                    turn = angle_level(volume, other, plane)
                    turn -= angle_level(volume, center, plane)
                    return min(turn % 256, -turn % 256)
                found = float(volume[other]) - float(volume[center])
                return abs(found) if component == "magnitude" else found

            limit = 0.0
            if component != "sign":
                limit = np.mean(
                    [difference(c, p) for c in centers for p in points[:half]]
                )

            def code(t, y, x, points=points, limit=limit, difference=difference):
                bits = [difference((t, y, x), p) >= limit - 1e-9 for p in points]
                return sum(2**p for p in range(n_points) if bits[p]), 1

            planes.append(pooled(volume, regions, n_times, radius, 2**n_points, code))
        out.append(np.stack(planes, axis=1))
    return np.stack(out, axis=1)
