"""Plots of action units on the face."""

from mefeat.base import check_clips, need
from mefeat.facs import UNIT_AREAS, UNIT_NAMES, unit_intensities
from mefeat.motion._mdmo import mdmo_polygons
from mefeat.plot._axes import apex_or_middle, frame_axis

# Okabe and Ito's colors, which color-blind readers can tell apart.
_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#0072b2")


def show_units(clip, units, frame=None, *, values=None, title=None):
    """Draw the areas of the face where action units act.

    Parameters
    ----------
    clip : Clip
        A clip with 68 landmarks.
    units : iterable of int, mapping of int to str, or iterable of ActionUnit
        Units that the face shows, for example those that a detector found.
    frame : int, default=None
        The frame; the apex, or the middle where there is none.
    values : mapping of int to float, optional
        How sure the detector is of each unit, which is written behind its name.
    title : str, optional
        Title; the frame and the units by default.

    Returns
    -------
    matplotlib.figure.Figure
        The frame with the areas of each unit in a color of its own, and their names.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the clip has no landmarks, or it is not known where a unit acts.

    Notes
    -----
    The areas are those of MDMO above the muscles of a unit, on both sides of the face.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_units(example_clips(1)[0], [6, 12])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['6 cheek raiser', '12 lip corner puller']
    >>> figure.axes[0].get_title()
    'frame 6: 6+12'
    """
    (clip,) = check_clips([clip])
    landmarks = need(clip, "landmarks", "show_units", "put a FaceLandmarks step before")
    numbers = sorted(unit_intensities(units))
    strangers = [number for number in numbers if number not in UNIT_AREAS]
    if strangers:
        raise ValueError(
            f"it is not known where the action units {strangers} act; known are "
            f"{list(UNIT_AREAS)}."
        )
    if frame is None:
        frame = apex_or_middle(clip)
    figure, axis = frame_axis(clip, frame)
    polygons = mdmo_polygons(landmarks[frame])
    for i, number in enumerate(numbers):
        color, label = _COLORS[i % len(_COLORS)], f"{number} {UNIT_NAMES[number]}"
        if values is not None:
            label += f", {values[number]:.2f}"
        for area in UNIT_AREAS[number]:
            corners = polygons[area - 1]
            axis.fill(*corners.T, facecolor=color, alpha=0.4, label=label)
            axis.fill(*corners.T, facecolor="none", edgecolor=color, linewidth=1)
            label = None
    if numbers:
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, fontsize=7)
    default = f"frame {frame}: {'+'.join(map(str, numbers)) or 'no units'}"
    axis.set_title(default if title is None else title)
    return figure
