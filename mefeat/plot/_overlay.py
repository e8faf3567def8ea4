"""Plots of how parts of the face move over time."""

import numpy as np

from mefeat.plot._axes import subplots

# Colors that people with any kind of color vision tell apart (Okabe and Ito).
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000")


def show_part_movement(parts, names, *, fps=None, ylabel="pixels"):
    """Draw how far parts of the face move over time.

    Parameters
    ----------
    parts : ndarray of shape (n_frames, n_parts, 2)
        Mean movement (x, y) of each part since the reference, as `overlay_video` gives
        it; NaN where there is no face.
    names : sequence of str
        Names of the parts. Those on the right and on the left of the face share an
        axis: "right brow" and "left brow".
    fps : float, default=None
        Frames per second; time is in frames by default.
    ylabel : str, default="pixels"
        Unit of the movement.

    Returns
    -------
    matplotlib.figure.Figure
        For each part, or pair of parts, the length of the mean vector.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If there are not as many names as parts.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> figure = show_part_movement(np.zeros((5, 2, 2)), ["right eye", "left eye"])
    >>> [axis.get_title(loc="left") for axis in figure.axes]
    ['eye']
    """
    parts = np.asarray(parts)
    if parts.ndim != 3 or parts.shape[1:] != (len(names), 2):
        raise ValueError(
            f"parts must be (n_frames, {len(names)}, 2), got shape {parts.shape}."
        )
    rows = list(dict.fromkeys(_side(name)[1] for name in names))
    lengths = np.hypot(parts[..., 0], parts[..., 1])
    times = np.arange(len(parts)) / (fps or 1)
    figure, axes = subplots(len(rows), 1, (1, 6))
    figure.set_size_inches(7, 0.5 + 0.85 * len(rows))
    top = np.nanmax(lengths, initial=0.0) or 1.0
    for axis, row in zip(axes[:, 0], rows, strict=True):
        axis.set_axis_on()
        axis.set_title(row, loc="left", fontsize=9, pad=2)
        for name, length in zip(names, lengths.T, strict=True):
            side, part = _side(name)
            if part == row:
                color = _COLORS[{"right": 0, "left": 1}.get(side, 6)]
                axis.plot(times, length, color=color, linewidth=1.2, label=side or None)
        axis.set(ylim=(0, 1.05 * top), xlim=(0, max(times[-1], 1e-9)))
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8, labelbottom=axis is axes[-1, 0])
        if axis.get_legend_handles_labels()[1] and row == rows[0]:
            axis.legend(ncols=2, fontsize=8, frameon=False, loc="upper right")
    axes[-1, 0].set_xlabel("seconds" if fps else "frame")
    figure.supylabel(ylabel, fontsize=9)
    return figure


def _side(name):
    side, _, part = name.partition(" ")
    return (side, part) if side in ("right", "left") else ("", name)
