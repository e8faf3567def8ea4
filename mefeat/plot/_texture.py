"""Plots of codes, and of the weight of blocks."""

import re

import numpy as np

from mefeat.base import check_clips
from mefeat.clip import luma
from mefeat.plot._axes import apex_or_middle, show_gray, subplots
from mefeat.texture import lbp_top

_BLOCK = re.compile(r"(?:^|_)t(\d+)_r(\d+)_c(\d+)_")
_PLANES = ("xy", "xt", "yt")


def show_codes(clip, frame=None, *, n_points=8, radius=(1, 1, 1), planes=_PLANES):
    """Draw a frame and its binary patterns on each plane.

    Parameters
    ----------
    clip : Clip
        A clip; color is turned gray.
    frame : int, default=None
        Which frame; the apex by default, or the middle frame without one.
    n_points : int, default=8
        Points of a neighborhood.
    radius : tuple of int, default=(1, 1, 1)
        Radii along x, y and t, in pixels and frames.
    planes : sequence of {"xy", "xt", "yt"}, default=("xy", "xt", "yt")
        The planes.

    Returns
    -------
    matplotlib.figure.Figure
        The figure. A code is drawn as the number of its bits that are set: bright where
        the neighbors are brighter than the pixel.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the frame has no neighbors in time, or the clip is too small for the radii.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_codes(example_clips(1)[0])
    >>> [axis.get_title() for axis in figure.axes[:4]]
    ['frame 6', 'xy', 'xt', 'yt']
    """
    (clip,) = check_clips([clip])
    frames = luma(clip.frames)
    if frame is None:
        frame = apex_or_middle(clip)
    first, last = radius[2], len(frames) - 1 - radius[2]
    if not first <= frame <= last:
        raise ValueError(
            f"frame {frame} has no codes: of {len(frames)} frames, with a radius of "
            f"{radius[2]}, those from {first} to {last} do."
        )
    height, width = frames.shape[1:]
    each = np.arange(height * width).reshape(height, width)  # a region for each pixel
    counts = lbp_top(
        frames[frame - radius[2] : frame + radius[2] + 1],
        each,
        n_points=n_points,
        radius=radius,
        mapping="all",
        planes=planes,
        norm=None,
    )
    ones = np.bitwise_count(counts.argmax(axis=2)).reshape(height, width, -1)
    margin = max(radius[:2])
    inner = slice(margin, -margin)
    figure, axes = subplots(1, 1 + len(planes), (height, width))
    show_gray(axes[0, 0], frames[frame])
    axes[0, 0].set_title(f"frame {frame}")
    for i, plane in enumerate(planes):
        axis = axes[0, i + 1]
        drawn = axis.imshow(ones[inner, inner, i], cmap="gray", vmin=0, vmax=n_points)
        axis.set_title(plane)
    figure.colorbar(drawn, ax=axes, label="bits set", shrink=0.7)
    return figure


def show_blocks(row, descriptor, clip=None):
    """Draw the weight of each block and plane of a row.

    Parameters
    ----------
    row : ndarray of shape (n_features,)
        A row of the descriptor, or as many numbers about its columns: the coefficients
        of a linear SVM, or the difference of two rows.
    descriptor : object
        What made the row: its names must hold blocks as in ``t0_r3_c5_``.
    clip : Clip, default=None
        A clip to draw the blocks on.

    Returns
    -------
    matplotlib.figure.Figure
        One image for each part and plane of the names, one line for each block of
        time. The weight of a block is the sum of the absolute values of its numbers.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If names do not tell blocks, or are not as many as the numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> from mefeat.texture import LBPTOP
    >>> descriptor = LBPTOP(grid=(4, 3), norm=None)
    >>> row = descriptor.transform(example_clips(1))[0]
    >>> [axis.get_title() for axis in show_blocks(row, descriptor).axes[:3]]
    ['xy', 'xt', 'yt']
    """
    weights = block_weights(row, descriptor)
    n_times, n_rows, n_columns = next(iter(weights.values())).shape
    size = (n_rows, n_columns) if clip is None else clip.frames.shape[1:3]
    figure, axes = subplots(n_times, len(weights), size)
    highest = max(float(weight.max()) for weight in weights.values()) or 1.0
    place = (-0.5, size[1] - 0.5, size[0] - 0.5, -0.5)
    for column, (name, weight) in enumerate(weights.items()):
        for t in range(n_times):
            axis = axes[t, column]
            if clip is not None:
                middle = (2 * t + 1) * len(clip.frames) // 2 // n_times
                show_gray(axis, luma(clip.frames)[middle], extent=place)
            drawn = axis.imshow(
                weight[t],
                cmap="inferno",
                vmin=0,
                vmax=highest,
                alpha=1 if clip is None else 0.6,
                extent=place,
            )
            axis.set_title(name if n_times == 1 else f"{name}, time {t}")
    figure.colorbar(drawn, ax=axes, label="sum of absolute values", shrink=0.7)
    return figure


def block_weights(row, descriptor):
    """Sum the absolute values of a row by block, apart for each part and plane."""
    names = descriptor.get_feature_names_out()
    row = np.asarray(row, dtype=float)
    if row.shape != (len(names),):
        raise ValueError(
            f"row must hold {len(names)} numbers, one for each name of the descriptor, "
            f"got shape {row.shape}."
        )
    found = {}
    for name, value in zip(names, np.abs(row), strict=True):
        block = _BLOCK.search(name)
        if block is None:
            raise ValueError(f"the name {name!r} tells no block, such as t0_r3_c5_.")
        # What is left without block and bin: channel, part, component and plane.
        left = [name[: block.start()], *name[block.end() :].split("_")]
        kept = [part for part in left if part and not re.search(r"\d$|^nonuni", part)]
        channel = re.match(r"channel\d", name)
        parts = [channel[0]] if channel else []
        sums = found.setdefault(" ".join(parts + kept) or "all", {})
        place = tuple(int(number) for number in block.groups())
        sums[place] = sums.get(place, 0.0) + value
    shape = 1 + np.max([place for sums in found.values() for place in sums], axis=0)
    out = {}
    for name, sums in found.items():
        out[name] = np.zeros(shape)
        for place, total in sums.items():
            out[name][place] = total
    return out
