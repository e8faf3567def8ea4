"""What descriptors of blocks share: checks, the blocks of a clip, their names."""

import operator

import numpy as np

from mefeat.regions import edges, grid_regions, separate_regions


def check_radius(radius, name="radius", *, at_least=1):
    """Check radii along x, y and t.

    Parameters
    ----------
    radius : sequence of int
        Radii.
    name : str, default="radius"
        Name for the message.
    at_least : int, default=1
        Smallest value.

    Returns
    -------
    tuple of int
        Three radii.

    Raises
    ------
    ValueError
        If they are not three whole numbers in range.

    Examples
    --------
    >>> check_radius([1, 1, 4])
    (1, 1, 4)
    """
    radius = tuple(operator.index(r) for r in radius)
    if len(radius) != 3 or min(radius) < at_least:
        raise ValueError(
            f"{name} must be three whole numbers (x, y, t) of at least {at_least}, "
            f"got {radius}."
        )
    return radius


def reach(radius):
    """Tell how far the neighborhoods of all planes extend from a common center.

    Parameters
    ----------
    radius : tuple of int
        Radii along x, y and t.

    Returns
    -------
    tuple of int
        Frames, rows and columns, the last two alike.

    Examples
    --------
    >>> reach((1, 3, 2))
    (2, 3, 3)
    """
    return radius[2], max(radius[:2]), max(radius[:2])


def check_choices(**given):
    """Check that arguments are among the known.

    Parameters
    ----------
    **given
        For each argument what came, one value or a tuple or list of at least one, and
        what is known.

    Raises
    ------
    ValueError
        If one is not.

    Examples
    --------
    >>> check_choices(norm=("l2", ["l1", None]))
    Traceback (most recent call last):
    ValueError: norm must be among ['l1', None], got 'l2'.
    """
    for name, (values, known) in given.items():
        several = isinstance(values, tuple | list)
        if not (values if several else True) or any(
            value not in known for value in (values if several else [values])
        ):
            raise ValueError(f"{name} must be among {list(known)}, got {values!r}.")


def check_grid(grid):
    """Check a grid of blocks.

    Parameters
    ----------
    grid : sequence of int
        Number of blocks along y, x and, if three are given, time.

    Returns
    -------
    tuple of int
        Rows, columns and times.

    Raises
    ------
    ValueError
        If there are not two or three positive numbers.

    Examples
    --------
    >>> check_grid((5, 5))
    (5, 5, 1)
    """
    given = tuple(operator.index(n) for n in grid)
    if len(given) not in (2, 3) or min(given) < 1:
        raise ValueError(
            f"grid must be (rows, columns) or (rows, columns, times), got {grid}."
        )
    return (*given, 1)[:3]


def block_names(grid):
    """Name the blocks of a grid.

    Parameters
    ----------
    grid : sequence of int
        Number of blocks along y, x and, if three are given, time.

    Returns
    -------
    list of str
        Names in the order of histograms: time slowest, then row, then column.

    Examples
    --------
    >>> block_names((1, 2))
    ['t0_r0_c0', 't0_r0_c1']
    """
    rows, columns, times = check_grid(grid)
    return [
        f"t{t}_r{r}_c{c}"
        for t in range(times)
        for r in range(rows)
        for c in range(columns)
    ]


def pool_blocks(function, frames, grid, margin, *, borders="frame", overlap=0.0):
    """Describe the blocks of a grid.

    Parameters
    ----------
    function : callable
        `function(frames, regions, n_times)` returns an array whose first axis is the
        block.
    frames : ndarray of shape (n_frames, height, width)
        Gray frames.
    grid : sequence of int
        Number of blocks along y, x and, if three are given, time.
    margin : int
        Pixels that a neighborhood extends from its center.
    borders : {"frame", "per_block"}, default="frame"
        Whether neighborhoods may reach into the next block, or each block is described
        alone.
    overlap : float, default=0.0
        Share of its side that a block has in common with the next.

    Returns
    -------
    ndarray of shape (n_blocks, ...)
        What the function returns, time slowest.

    Raises
    ------
    ValueError
        If a block is smaller than a neighborhood.

    Examples
    --------
    >>> def sizes(frames, regions, n_times):
    ...     return len(frames) * np.bincount(regions.ravel())
    >>> pool_blocks(sizes, np.zeros((3, 4, 6)), (1, 2), 1).tolist()
    [36, 36]
    """
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
                "grid, a smaller radius or larger pictures."
            )
    if not alone:
        return function(frames, regions, times)
    length = len(frames) // times
    parts = [frames[k * length : (k + 1) * length] for k in range(times)]
    return np.concatenate([function(part, regions, 1) for part in parts])
