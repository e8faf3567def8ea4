"""Plots of spotting curves, with true and found intervals."""

import numpy as np

from mefeat.plot._axes import chart

COLORS = {"micro": "#c1440e", "macro": "#2b6ca3", None: "#777777"}


def show_spotting(curves, founds=(), truths=(), *, min_z=6.0):
    """Draw how unusual each frame is, over time, with found and true expressions.

    Parameters
    ----------
    curves : list of Curve
        Curves of one video, as of `Spotter.curves`.
    founds : list of Interval, default=()
        What was found: filled from onset to offset, a point at the apex.
    truths : list of Interval, default=()
        What is there: bars above the curve.
    min_z : float, default=6.0
        Threshold to draw as a line.

    Returns
    -------
    matplotlib.figure.Figure
        The image.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.spotting._peaks import make_curve
    >>> curve = make_curve(np.hanning(200), 20, 100)
    >>> show_spotting([curve]).axes[0].get_xlabel()
    'seconds'
    """
    figure, axis = chart(2.6, 8)
    for curve, line in zip(curves, ("-", "--", ":", "-."), strict=False):
        time = np.arange(len(curve.z)) / curve.fps
        label = f"ends {curve.k / curve.fps:.2g} s away"
        axis.plot(time, curve.z, line, color="#333333", lw=0.9, label=label)
    axis.axhline(min_z, color="#999999", lw=0.8, label=f"threshold {min_z:g}")
    top = max(2 * min_z, 1.15 * max(float(curve.z.max()) for curve in curves))
    axis.set_ylim(-0.25 * top, 1.12 * top)
    fps = curves[0].fps
    for found in founds:
        color = COLORS.get(found.kind, COLORS[None])
        axis.axvspan(found.onset / fps, found.offset / fps, color=color, alpha=0.25)
        height = max(float(curve.z[found.apex]) for curve in curves)
        axis.plot(found.apex / fps, height, "o", color=color, ms=4)
    for truth in truths:
        color = COLORS.get(truth.kind, COLORS[None])
        span = [truth.onset / fps, truth.offset / fps]
        axis.plot(span, [1.05 * top] * 2, color=color, lw=5, solid_capstyle="butt")
    used = {interval.kind for interval in [*founds, *truths]}
    for kind in sorted(used - {None}):
        axis.plot([], [], color=COLORS[kind], lw=5, alpha=0.6, label=kind)
    axis.set(xlabel="seconds", ylabel="contrast (z)")
    axis.margins(x=0)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return figure
