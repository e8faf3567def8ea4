"""Region maps: where in an image, and when in a clip, numbers are pooled."""

import operator

import numpy as np

from mefeat.kernels._regions import sum_regions

__all__ = [
    "block_names",
    "check_grid",
    "check_regions",
    "edges",
    "grid_regions",
    "region_means",
    "time_blocks",
]


def edges(length, n_parts):
    """Cut a length into parts as equal as whole numbers allow.

    Parameters
    ----------
    length : int
        Number of pixels or frames.
    n_parts : int
        Number of parts.

    Returns
    -------
    ndarray of shape (n_parts + 1,)
        Where the parts begin and end: a rounded linspace.

    Examples
    --------
    >>> edges(10, 4).tolist()
    [0, 2, 5, 8, 10]
    """
    return np.rint(np.linspace(0, length, n_parts + 1)).astype(np.intp)


def check_grid(grid):
    """Check a grid of blocks of the face, and of time.

    Parameters
    ----------
    grid : tuple of int
        Numbers of rows and columns of blocks, and perhaps of blocks along time.

    Returns
    -------
    rows, columns, n_times : int
        The numbers; 1 along time by default.

    Raises
    ------
    ValueError
        If there are fewer or more numbers, or one is below 1.

    Examples
    --------
    >>> check_grid((8, 8))
    (8, 8, 1)
    """
    given = tuple(operator.index(n) for n in grid)
    if len(given) not in (2, 3) or min(given) < 1:
        raise ValueError(
            f"grid must be (rows, columns) or (rows, columns, times), got {grid}."
        )
    return (*given, 1)[:3]


def block_names(grid):
    """Name the blocks of a grid: time is slowest, then rows, then columns.

    Parameters
    ----------
    grid : tuple of int
        Numbers of rows and columns, and perhaps of blocks along time.

    Returns
    -------
    list of str
        Names.

    Examples
    --------
    >>> block_names((1, 2))
    ['t0_r0_c0', 't0_r0_c1']
    """
    rows, columns, n_times = check_grid(grid)
    return [
        f"t{t}_r{r}_c{c}"
        for t in range(n_times)
        for r in range(rows)
        for c in range(columns)
    ]


def grid_regions(size, grid):
    """Make a map of rectangular blocks that cover an image.

    Parameters
    ----------
    size : tuple of int
        Height and width of the image.
    grid : tuple of int
        Number of rows and columns of blocks.

    Returns
    -------
    ndarray of shape (height, width), intp
        Block of each pixel, numbered row by row.

    Raises
    ------
    ValueError
        If there are more blocks than pixels along a side.

    Examples
    --------
    >>> grid_regions((2, 6), (1, 3)).tolist()
    [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]]
    """
    _check_grid(size, grid)
    row, column = (
        np.repeat(np.arange(n), np.diff(edges(length, n)))
        for length, n in zip(size, grid, strict=True)
    )
    return row[:, None] * grid[1] + column


def separate_regions(size, grid, *, overlap=0.0, margin=0):
    """Make maps of blocks of one size that may overlap or keep a margin."""
    _check_grid(size, grid)
    if not 0 <= overlap < 1:
        raise ValueError(f"overlap must be from 0 to below 1, got {overlap}.")
    sides = [
        int(length / (n - (n - 1) * overlap) + 1e-9)
        for length, n in zip(size, grid, strict=True)
    ]
    if min(sides) <= 2 * margin:
        raise ValueError(
            f"blocks of {sides[0]}x{sides[1]} pixels have nothing left within a margin "
            f"of {margin}: use a coarser grid or a smaller radius."
        )
    n_blocks = grid[0] * grid[1]
    maps = np.full((n_blocks if overlap else 1, *size), -1, dtype=np.intp)
    for block in range(n_blocks):
        top, left = (
            int(place * side * (1 - overlap) + 1e-9) + margin
            for place, side in zip(divmod(block, grid[1]), sides, strict=True)
        )
        bottom, right = top + sides[0] - 2 * margin, left + sides[1] - 2 * margin
        maps[block if overlap else 0, top:bottom, left:right] = block
    return maps


def time_blocks(n_frames, n_times, margin):
    """Tell the block along time of each frame.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    n_times : int
        Number of blocks, cut by rounding over all frames.
    margin : int
        Frames at both ends without codes.

    Returns
    -------
    ndarray of shape (n_frames,), intp
        Block of each frame, negative in the margins.

    Raises
    ------
    ValueError
        If there are more blocks than frames, or one holds no codes.

    Examples
    --------
    >>> time_blocks(6, 2, 1).tolist()
    [-1, 0, 0, 1, 1, -1]
    """
    if not 1 <= n_times <= n_frames:
        raise ValueError(f"n_times must be 1 to n_frames={n_frames}, got {n_times}.")
    blocks = np.repeat(np.arange(n_times), np.diff(edges(n_frames, n_times)))
    blocks[:margin] = blocks[n_frames - margin :] = -1
    if n_frames > 2 * margin and not {0, n_times - 1} <= set(blocks.tolist()):
        raise ValueError(
            f"of {n_times} blocks of {n_frames} frames the first or last lies within "
            f"the {margin} frames at each end that have no codes: use fewer blocks "
            "along time, a smaller radius along time, or interpolate to more frames."
        )
    return blocks


def region_bases(regions, n_regions, n_places, margins):
    """Tell where the table of each pixel's region begins."""
    dtype = np.uint16 if (n_regions + 1) * n_places <= 2**16 else np.uint32
    height, width = regions.shape[1:]
    bases = np.full(regions.shape, n_regions * n_places, dtype)
    rows, columns = margins
    inside = np.s_[:, rows : height - rows, columns : width - columns]
    inner = regions[inside].astype(dtype)
    inner[regions[inside] < 0] = n_regions
    bases[inside] = inner * dtype(n_places)
    return bases.reshape(len(regions), -1)


def check_regions(regions, size):
    """Check a region map, or make the map of one region.

    Parameters
    ----------
    regions : ndarray of int of shape ([n_maps,] height, width) or None
        Region of each pixel, -1 for none.
    size : tuple of int
        Height and width of the images.

    Returns
    -------
    regions : ndarray of shape (n_maps, height, width), intp
        The map, one for the whole image if none was given.
    n_regions : int
        Largest region plus one.

    Raises
    ------
    TypeError
        If the map does not hold whole numbers.
    ValueError
        If its size is not that of the images, or it names no region.
    """
    if regions is None:
        return np.zeros((1, *size), dtype=np.intp), 1
    regions = np.asarray(regions)
    if regions.dtype.kind not in "iu":
        raise TypeError(f"regions must be whole numbers, got dtype {regions.dtype}.")
    if regions.ndim not in (2, 3) or regions.shape[-2:] != tuple(size):
        raise ValueError(
            f"regions must be of the images' size {tuple(size)}, got shape "
            f"{regions.shape}."
        )
    regions = regions.reshape(-1, *size).astype(np.intp, copy=False)
    n_regions = int(regions.max(initial=-1)) + 1
    if n_regions == 0:
        raise ValueError("regions must name at least one region, got -1 everywhere.")
    return regions, n_regions


def region_means(values, regions=None):
    """Average an image over each region.

    Parameters
    ----------
    values : ndarray of shape (height, width)
        Numbers.
    regions : ndarray of int of shape ([n_maps,] height, width), default=None
        Region of each pixel, -1 for none. One region by default.

    Returns
    -------
    ndarray of shape (n_regions,), float64
        Means; 0 for a region without pixels.

    Examples
    --------
    >>> values = np.array([[1.0, 3.0, 8.0]])
    >>> region_means(values, np.array([[0, 0, 1]])).tolist()
    [2.0, 8.0]
    """
    regions, n_regions = check_regions(regions, values.shape)
    counts, sums = np.zeros(n_regions, np.intp), np.zeros(n_regions)
    sum_regions(np.ascontiguousarray(values), regions, counts, sums)
    return sums / np.maximum(counts, 1)


def _check_grid(size, grid):
    if len(grid) != 2:
        raise ValueError(f"grid must be (rows, columns), got {tuple(grid)}.")
    if any(not 1 <= n <= length for n, length in zip(grid, size, strict=True)):
        raise ValueError(
            f"a grid of {grid[0]}x{grid[1]} blocks does not fit images of "
            f"{size[0]}x{size[1]} pixels: use a coarser grid or larger images."
        )
