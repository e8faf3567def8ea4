"""The slow, obvious twins that kernels are tested against: loops to check by eye."""

import itertools
import math

import numpy as np

PLANES = ("xy", "xt", "yt")


# Local binary patterns


def ring(plane, n_points, radius):
    """Offsets (t, y, x) of the points around a center, as fractions of pixels."""
    rx, ry, rt = radius
    points = []
    for p in range(n_points):
        angle = 2 * math.pi * p / n_points
        sin, cos = math.sin(angle), math.cos(angle)
        point = {
            "xy": (0, -ry * sin, rx * cos),
            "xt": (rt * sin, 0, rx * cos),
            "yt": (rt * cos, -ry * sin, 0),
        }[plane]
        # sin(pi) is 1e-16 and not 0: without rounding its weight would break ties.
        points.append(tuple(round(value, 12) for value in point))
    return points


def bit_nearest(volume, center, offset):
    """1 where the pixel nearest to the point is not darker than the center."""
    index = tuple(c + math.floor(o + 0.5) for c, o in zip(center, offset, strict=True))
    return int(volume[index] >= volume[center])


def bit_bilinear(volume, center, offset):
    """1 where the sum of weighted differences from the center is not negative.

    The sum runs over the corners in the order of (t, y, x), from the floor up.
    """
    total = 0.0
    for corner in itertools.product((0, 1), repeat=3):
        weight, index = 1.0, []
        for c, o, upper in zip(center, offset, corner, strict=True):
            low = math.floor(o)
            weight *= (o - low) if upper else 1 - (o - low)
            index.append(c + low + upper)
        if weight > 0:
            total += weight * (float(volume[tuple(index)]) - float(volume[center]))
    return int(total >= 0)


BITS = {"nearest": bit_nearest, "bilinear": bit_bilinear}


def first_center(radius):
    """First center (t, y, x) that has a code; the last one mirrors it."""
    rx, ry, rt = radius
    return rt, max(rx, ry), max(rx, ry)


def lbp_top_codes(volume, n_points, radius, interpolation="nearest"):
    """Code volumes by plane, of the centers that have a code and no others."""
    start = first_center(radius)
    shape = [max(n - 2 * s, 0) for n, s in zip(volume.shape, start, strict=True)]
    codes = {}
    for plane in PLANES:
        codes[plane] = np.zeros(shape, dtype=int)
        for index in np.ndindex(*shape):
            center = tuple(i + s for i, s in zip(index, start, strict=True))
            for p, offset in enumerate(ring(plane, n_points, radius)):
                bit = BITS[interpolation](volume, center, offset)
                codes[plane][index] += bit * 2**p
    return codes


def bits_of(code, n_points):
    """Bits of a code, point 0 first."""
    return [code // 2**p % 2 for p in range(n_points)]


def n_transitions(code, n_points):
    """Count the changes between neighbors around the ring."""
    bits = bits_of(code, n_points)
    return sum(bits[p] != bits[(p + 1) % n_points] for p in range(n_points))


def bins_of_codes(n_points, mapping):
    """Bin of every code, and the number of bins."""
    codes = range(2**n_points)
    if mapping == "all":
        return list(codes), 2**n_points
    uniform = [code for code in codes if n_transitions(code, n_points) <= 2]
    if mapping == "u2":
        other = len(uniform)
        table = [uniform.index(c) if c in uniform else other for c in codes]
        return table, other + 1
    if mapping == "riu2":
        other = n_points + 1
        table = [sum(bits_of(c, n_points)) if c in uniform else other for c in codes]
        return table, other + 1
    raise ValueError(mapping)


def cut(length, n_parts):
    """Edges of n_parts about equal parts; halves go to the even number (numpy.rint)."""
    return [int(edge) for edge in np.rint(np.linspace(0, length, n_parts + 1))]


def grid_regions(size, grid):
    """Region map of a grid of (rows, columns), row by row."""
    rows, columns = cut(size[0], grid[0]), cut(size[1], grid[1])
    regions = np.full(size, -1)
    for r in range(grid[0]):
        for c in range(grid[1]):
            block = slice(rows[r], rows[r + 1]), slice(columns[c], columns[c + 1])
            regions[block] = r * grid[1] + c
    return regions


def l1(histograms):
    """Divide each histogram by its sum; an empty one stays zero."""
    out = np.zeros(histograms.shape)
    for index in np.ndindex(histograms.shape[:-1]):
        total = histograms[index].sum()
        if total > 0:
            out[index] = histograms[index] / total
    return out


def lbp_top(
    volume,
    regions=None,
    *,
    n_points=8,
    radius=(1, 1, 1),
    mapping="u2",
    planes=PLANES,
    interpolation="nearest",
    norm="l1",
    n_times=1,
):
    """LBP-TOP, shape (n_times * n_regions, n_planes, n_bins), time slowest."""
    if regions is None:
        regions = np.zeros(volume.shape[1:], dtype=int)
    n_regions = int(regions.max()) + 1
    table, n_bins = bins_of_codes(n_points, mapping)
    codes = lbp_top_codes(volume, n_points, radius, interpolation)
    t0, y0, x0 = first_center(radius)
    edges = cut(len(volume), n_times)
    counts = np.zeros((n_times * n_regions, len(planes), n_bins))
    for i, plane in enumerate(planes):
        for (t, y, x), code in np.ndenumerate(codes[plane]):
            region = regions[y + y0, x + x0]
            if region < 0:
                continue
            for block in range(n_times):
                if edges[block] <= t + t0 < edges[block + 1]:
                    counts[block * n_regions + region, i, table[code]] += 1
    return l1(counts) if norm == "l1" else counts


def lbp_top_per_block(volume, grid, **options):
    """LBP-TOP of every block alone; what does not fill a block at the end is dropped.

    The grid is (rows, columns) or (rows, columns, times).
    """
    rows, columns, times = (*grid, 1)[:3]
    depth, height, width = (
        n // parts
        for n, parts in zip(volume.shape, (times, rows, columns), strict=True)
    )
    blocks = []
    for k in range(times):
        for r in range(rows):
            for c in range(columns):
                block = volume[
                    k * depth : (k + 1) * depth,
                    r * height : (r + 1) * height,
                    c * width : (c + 1) * width,
                ]
                blocks.append(lbp_top(block, **options)[0])
    return np.stack(blocks)


# Temporal interpolation


def tim_curve(n_frames, positions):
    """Points t of the curve for positions 0..1 along the clip."""
    return [p * (1 - 1 / n_frames) + 1 / n_frames for p in positions]


def tim_matrix(n_frames, positions):
    """Closed form of TIM: entry (i, j) weights frame i in the image at position j."""
    n = n_frames
    times = tim_curve(n, positions)
    matrix = np.zeros((n, len(times)))
    for i in range(n):
        for j, t in enumerate(times):
            total = 0.0
            for k in range(1, n):
                # The middle of frame i (counted from 0) lies at (i + 1) / n - 1 / 2n.
                at_frame = math.cos(math.pi * k * ((i + 1) / n - 1 / (2 * n)))
                at_time = math.cos(math.pi * k * (t - 1 / (2 * n)))
                total += at_frame * at_time
            matrix[i, j] = 1 / n + 2 / n * total
    return matrix


def tim_svd(frames, positions):
    """TIM by the original recipe: images to the path graph's curve and back.

    Frames are rows, and so are the results. Needs frames in general position.
    """
    n = len(frames)
    mean = frames.mean(axis=0)
    basis, size, coordinates = np.linalg.svd((frames - mean).T, full_matrices=False)
    basis = basis[:, : n - 1]
    coordinates = np.diag(size[: n - 1]) @ coordinates[: n - 1]

    # Laplacian of the path graph: a chain of frames, each tied to its neighbors.
    laplacian = np.zeros((n, n))
    for i in range(n - 1):
        laplacian[i, i] += 1
        laplacian[i + 1, i + 1] += 1
        laplacian[i, i + 1] -= 1
        laplacian[i + 1, i] -= 1
    embedding = np.linalg.eigh(laplacian)[1][:, 1:].T  # the first one is constant

    # The linear map that takes the embedding of the frames to their coordinates.
    to_images = coordinates @ np.linalg.pinv(embedding)

    def curve(k, t):
        return math.sin(math.pi * k * t + math.pi * (n - k) / (2 * n))

    rows = []
    for t in tim_curve(n, positions):
        point = []
        for k in range(1, n):
            # Eigenvectors have any sign and length: the first frame settles both.
            scale = embedding[k - 1, 0] / curve(k, 1 / n)
            point.append(scale * curve(k, t))
        rows.append(mean + basis @ (to_images @ point))
    return np.stack(rows)


# Sampling


def pixel(image, y, x):
    """Value of a pixel; outside of the image, that of the nearest border pixel."""
    height, width = image.shape
    return float(image[min(max(y, 0), height - 1), min(max(x, 0), width - 1)])


def bilinear(image, y, x):
    """Value between pixels; outside, that of the nearest point of the border."""
    height, width = image.shape
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = math.floor(y), math.floor(x)
    fy, fx = y - top, x - left
    return (
        (1 - fy) * (1 - fx) * pixel(image, top, left)
        + (1 - fy) * fx * pixel(image, top, left + 1)
        + fy * (1 - fx) * pixel(image, top + 1, left)
        + fy * fx * pixel(image, top + 1, left + 1)
    )


def sample_affine(image, backward, size, n_sub=1):
    """Image of the given size whose pixel (x, y) shows backward @ (x, y, 1).

    Each pixel is the mean of n_sub x n_sub points spread evenly over its square.
    """
    inside = [(i + 0.5) / n_sub - 0.5 for i in range(n_sub)]
    out = np.zeros(size)
    for y, x in np.ndindex(*size):
        values = []
        for dy, dx in itertools.product(inside, inside):
            source_x, source_y = backward @ [x + dx, y + dy, 1]
            values.append(bilinear(image, source_y, source_x))
        out[y, x] = sum(values) / len(values)
    return out


def area_mean(image, factor):
    """Shrink an image by a whole factor: each new pixel is the mean of a block."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    out = np.zeros((height, width))
    for y, x in np.ndindex(height, width):
        block = image[
            y * factor : (y + 1) * factor,
            x * factor : (x + 1) * factor,
        ]
        out[y, x] = block.mean()
    return out
