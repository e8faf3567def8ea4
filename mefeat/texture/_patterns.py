"""Local patterns: neighborhoods, codes, mappings, counts by block."""

import operator
from functools import lru_cache

import numpy as np

from mefeat.kernels._lbp import count_codes, fold_counts
from mefeat.regions import (
    check_grid,
    check_regions,
    edges,
    grid_regions,
    region_bases,
    separate_regions,
    time_blocks,
)


def check_reach(shape, reach):
    """Check that at least one neighborhood fits into a volume."""
    least = [2 * r + 1 for r in reach]
    if any(n < m for n, m in zip(shape, least, strict=True)):
        short = shape[0] < least[0]
        remedy = "interpolate to more frames" if short else "use larger images"
        raise ValueError(
            f"these radii need at least {least[0]} frames of {least[1]}x{least[2]} "
            f"pixels, got {shape[0]} of {shape[1]}x{shape[2]}: {remedy}, or smaller "
            "radii."
        )


def check_volume(volume):
    """Check a volume of gray values and bring it to a form that kernels take."""
    volume = np.asarray(volume)
    if volume.ndim != 3:
        raise ValueError(
            f"volume must be (n_frames, height, width), gray, got shape {volume.shape}."
        )
    if volume.dtype.kind not in "buif":
        raise TypeError(f"volume must hold real numbers, got dtype {volume.dtype}.")
    if volume.dtype not in (np.uint8, np.float32, np.float64):
        volume = volume.astype(np.float64)
    if volume.dtype.kind == "f":
        _check_finite(volume)
    volume = np.ascontiguousarray(volume).view()
    volume.flags.writeable = False  # numba compiles read-only arrays apart
    return volume


def _check_finite(volume):
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(volume.sum()):  # quicker than to look at each
            return
    bad = np.flatnonzero(~np.isfinite(volume).all(axis=(1, 2)))
    if len(bad):
        raise ValueError(
            f"volume must be finite, but frame {bad[0]} of {len(volume)} holds NaN or "
            "infinity: repair or leave out such frames before."
        )


def _xy(cosine, sine, radius):
    return 0 * cosine, -radius[1] * sine, radius[0] * cosine


def _xt(cosine, sine, radius):
    return radius[2] * sine, 0 * cosine, radius[0] * cosine


def _yt(cosine, sine, radius):
    return radius[2] * cosine, -radius[1] * sine, 0 * cosine


MAX_POINTS = 16
PLANES = {"xy": _xy, "xt": _xt, "yt": _yt}


def check_points(n_points):
    """Check the number of points of a neighborhood."""
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be 1 to {MAX_POINTS}, got {n_points}.")


def ring(plane, n_points, radius):
    """Place the points of a neighborhood on one of the three planes."""
    angle = 2 * np.pi * np.arange(n_points) / n_points
    # Without the rounding, sin(pi) would reach into the next voxel.
    cosine, sine = np.round(np.cos(angle), 12), np.round(np.sin(angle), 12)
    return np.stack(PLANES[plane](cosine, sine, radius), axis=1) + 0.0


def nearest(first, second):
    """Compare the voxels nearest to two points."""
    voxels = np.floor(np.stack([first, second], axis=1) + 0.5)
    return voxels.astype(np.intp), None


def bilinear(first, second):
    """Compare two points by the four voxels around each and their bilinear weights."""
    voxels, factors = _corners(first)
    if second.any():
        others, minus = _corners(second)
        voxels = np.concatenate([voxels, others], axis=1)
        factors = np.concatenate([factors, -minus], axis=1)
    return voxels, factors


def _corners(points):
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1)
    corners = corners.reshape(8, 3)
    whole = np.floor(points)
    share = (points - whole)[:, None]
    factors = np.where(corners, share, 1 - share).prod(axis=2)
    voxels = whole[:, None].astype(np.intp) + corners
    return np.where(factors[..., None] > 0, voxels, 0), factors


INTERPOLATIONS = {"nearest": nearest, "bilinear": bilinear}


def _ring_and_center(plane, n_points, radius, inner_radius):
    return ring(plane, n_points, radius), np.zeros((n_points, 3))


def _ring_and_inner_ring(plane, n_points, radius, inner_radius):
    return ring(plane, n_points, radius), ring(plane, n_points, inner_radius)


def _along_the_ring(plane, n_points, radius, inner_radius):
    points = ring(plane, n_points, radius)
    return np.roll(points, -1, axis=0), points


PATTERNS = {"lbp": _ring_and_center, "rd": _ring_and_inner_ring, "ad": _along_the_ring}


@lru_cache(maxsize=64)
def neighborhoods(
    pattern, planes, n_points, radius, inner_radius=(0, 0, 0), interpolation="nearest"
):
    """Tabulate the voxels and factors of a pattern, as `pattern_counts` takes them."""
    read = INTERPOLATIONS[interpolation]
    points = [PATTERNS[pattern](p, n_points, radius, inner_radius) for p in planes]
    voxels, factors = zip(*[read(*both) for both in points], strict=True)
    return np.stack(voxels), None if factors[0] is None else np.stack(factors)


def _transitions(n_points):
    codes = np.arange(2**n_points)
    turned = (codes >> 1) | ((codes & 1) << (n_points - 1))
    return np.bitwise_count(codes ^ turned), np.bitwise_count(codes)


def _all(n_points):
    codes = np.arange(2**n_points)
    return codes, [f"code{code}" for code in codes]


def _u2(n_points):
    uniform = _transitions(n_points)[0] <= 2
    codes = np.flatnonzero(uniform)
    table = np.where(uniform, np.cumsum(uniform) - 1, len(codes))
    return table, [f"code{code}" for code in codes] + ["nonuniform"]


def _riu2(n_points):
    transitions, ones = _transitions(n_points)
    table = np.where(transitions <= 2, ones, n_points + 1).astype(np.intp)
    return table, [f"ones{n}" for n in range(n_points + 1)] + ["nonuniform"]


MAPPINGS = {"all": _all, "u2": _u2, "riu2": _riu2}


@lru_cache(maxsize=64)
def code_mapping(mapping, n_points):
    """Tabulate the bin of each code, and name the bins."""
    return MAPPINGS[mapping](n_points)


def check_radius(radius, name="radius", *, at_least=1):
    """Check radii along x, y and t."""
    radius = tuple(operator.index(r) for r in radius)
    if len(radius) != 3 or min(radius) < at_least:
        raise ValueError(
            f"{name} must be three whole numbers (x, y, t) of at least {at_least}, "
            f"got {radius}."
        )
    return radius


def reach(radius):
    """Tell how far the neighborhoods of all planes extend from a common center."""
    return radius[2], max(radius[:2]), max(radius[:2])


def check_choices(**given):
    """Check that arguments are among the known."""
    for name, (values, known) in given.items():
        several = isinstance(values, tuple | list)
        if not (values if several else True) or any(
            value not in known for value in (values if several else [values])
        ):
            raise ValueError(f"{name} must be among {list(known)}, got {values!r}.")


def pool_blocks(
    function, frames, grid, margin, *, borders="frame", overlap=0.0, **options
):
    """Describe the blocks of a grid by a function of frames, regions and n_times."""
    rows, columns, times = check_grid(grid)
    size, alone = frames.shape[1:], borders == "per_block"
    if alone or overlap:
        regions = separate_regions(
            size, (rows, columns), overlap=overlap, margin=margin if alone else 0
        )
    else:
        regions = grid_regions(size, (rows, columns))
        sides = [np.diff(edges(*part)).min() for part in zip(size, grid, strict=False)]
        if min(sides) < 2 * margin + 1:
            raise ValueError(
                f"blocks of {sides[0]}x{sides[1]} pixels are smaller than a "
                f"neighborhood of {2 * margin + 1}x{2 * margin + 1}: use a coarser "
                "grid, a smaller radius or larger images."
            )
    if not alone:
        return function(frames, regions, n_times=times, **options)
    length = len(frames) // times
    parts = [frames[k * length : (k + 1) * length] for k in range(times)]
    return np.concatenate([function(part, regions, **options) for part in parts])


def pattern_counts(volume, voxels, factors=None, regions=None, *, reach, n_times=1):
    """Count the codes of a volume by region and block of time."""
    volume = check_volume(volume)
    n_planes, n_points = voxels.shape[:2]
    counter = CodeCounter(
        volume.shape, n_planes, n_points, regions, reach=reach, n_times=n_times
    )
    counter.count(volume, voxels, factors)
    return counter.counts()


class CodeCounter:
    """Counts of codes of the voxels of a volume, by region and time block."""

    def __init__(self, shape, n_rows, n_points, regions=None, *, reach, n_times=1):
        check_reach(shape, reach)
        regions, n_regions = check_regions(regions, shape[1:])
        self.n_codes = 2**n_points
        self.bases = region_bases(regions, n_regions, self.n_codes, reach[1:])
        self.margins = tuple(reach[1:])
        self.times = time_blocks(shape[0], n_times, reach[0])
        room = (n_rows, n_times, (n_regions + 1) * self.n_codes)
        self.table = np.zeros(room, np.uint32)

    def count(self, volume, voxels, factors=None, limits=None, first=0):
        """Count the codes of each plane."""
        n_rows = len(voxels)
        if limits is None:
            limits = np.empty((n_rows, 0), volume.dtype)
        elif limits.shape[1] == 1:
            n_rows *= 2
        tables = code_tables(voxels, factors, volume.shape[1:])
        rows = self.table[first : first + n_rows]
        count_codes(volume, *tables, limits, self.bases, self.margins, self.times, rows)

    def counts(self):
        """Give the counts."""
        n_rows, n_times, _ = self.table.shape
        counts = self.table.reshape(n_rows, n_times, -1, self.n_codes)
        counts = counts[:, :, :-1].transpose(1, 2, 0, 3)
        return counts.reshape(-1, n_rows, self.n_codes)


def code_tables(voxels, factors, size):
    """Bring the voxels and factors of a pattern to the form that the kernel takes."""
    n_points = voxels.shape[1]
    offsets = (voxels[..., 0] * size[0] + voxels[..., 1]) * size[1] + voxels[..., 2]
    weights = (1 << np.arange(n_points)).astype(
        np.uint8 if n_points <= 8 else np.uint16
    )
    if factors is None:
        if fill := -n_points % 8:
            offsets = np.pad(offsets, ((0, 0), (0, fill), (0, 0)))
            weights = np.pad(weights, (0, fill))
        factors = np.empty((0, 0, 0))
    return offsets, factors, weights


def histograms(counts, table, n_bins, norm, places=None):
    """Add up the codes that share a bin, and normalize."""
    rows = np.ascontiguousarray(counts).reshape(-1, counts.shape[-1])
    shape = counts.shape[:-1]
    if places is None:
        places = np.arange(len(rows))
    else:
        shape = (places.max() + 1,)
    out = np.zeros((*shape, n_bins))
    rest = int(np.bincount(table).argmax())
    codes = np.flatnonzero(table != rest)
    listed = codes.astype(np.uintp), table[codes].astype(np.uintp)
    fold_counts(rows, *listed, rest, norm is not None, places, out.reshape(-1, n_bins))
    return out
