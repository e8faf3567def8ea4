"""Plots of optical flow and of the areas it is pooled by."""

import numpy as np

from mefeat.base import check_clips, need
from mefeat.clip import luma
from mefeat.motion import mdmo_regions
from mefeat.motion._mdmo import main_motion, mdmo_polygons
from mefeat.plot._axes import frame_axis, show_gray, subplots

_FLOW_STEP = "put an OpticalFlow step before it"
_LANDMARKS_STEP = "put a FaceLandmarks step before it, or give landmarks of your own"


def show_flow(clip, frame=None, *, n_arrows=20, magnify=None):
    """Draw the flow to a frame as arrows over the face, colored by direction.

    Parameters
    ----------
    clip : Clip
        A clip with flow.
    frame : int, default=None
        The frame that the flow leads to; that of the strongest flow by default.
    n_arrows : int, default=20
        Number of arrows along the height of the image.
    magnify : float, default=None
        How many times longer than the motion arrows are drawn; by default so that the
        longest reach the next one.

    Returns
    -------
    matplotlib.figure.Figure
        The image that the flow starts from with arrows, and the wheel of the colors.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the clip has no flow, or none to this frame.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_flow(example_clips(1)[0], 5)
    >>> figure.axes[0].get_title()
    'frame 0 to 5, up to 1 pixels'
    """
    (clip,) = check_clips([clip])
    need(clip, "flow", "show_flow", _FLOW_STEP)
    pair = _pair_to(clip, frame)
    flow, (start, end) = clip.flow[pair], clip.flow_pairs[pair]
    height, width = flow.shape[1:]
    length = np.hypot(*flow)
    step = max(1, round(height / n_arrows))
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    longest = float(np.percentile(length, 99.5))
    if magnify is None:
        magnify = step / max(longest, 1e-9)
    figure, axes = subplots(1, 2, (height, width))
    figure.set_size_inches(1.8 * figure.get_size_inches())
    show_gray(axes[0, 0], luma(clip.frames)[start])
    u, v = flow[:, y, x]
    shown = length[y, x] > 0.05 * longest
    axes[0, 0].quiver(
        x[shown],
        y[shown],
        magnify * u[shown],
        magnify * v[shown],
        np.arctan2(v, u)[shown],
        cmap="hsv",
        clim=(-np.pi, np.pi),
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.006,
    )
    axes[0, 0].set_title(f"frame {start} to {end}, up to {length.max():.2g} pixels")
    _draw_wheel(axes[0, 1], f"direction; arrows {magnify:.2g} times")
    return figure


def show_regions(clip, frame=0):
    """Draw the 36 areas of MDMO with their numbers on the face.

    Parameters
    ----------
    clip : Clip
        A clip with 68 landmarks.
    frame : int, default=0
        The frame, whose landmarks are taken.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the clip has no landmarks.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_regions(example_clips(1)[0])
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['1', '2', '3']
    """
    (clip,) = check_clips([clip])
    points = need(clip, "landmarks", "show_regions", _LANDMARKS_STEP)[frame]
    figure, axis = frame_axis(clip, frame)
    for number, corners in enumerate(mdmo_polygons(points), start=1):
        axis.fill(*corners.T, facecolor="none", edgecolor="#ffd400", linewidth=0.8)
        middle = corners.mean(axis=0)
        box = {"facecolor": "k", "alpha": 0.5, "linewidth": 0, "pad": 1}
        axis.text(
            *middle, number, color="w", size=7, ha="center", va="center", bbox=box
        )
    return figure


def show_region_motion(clip):
    """Draw how far each of the 36 areas of MDMO moves over time.

    Parameters
    ----------
    clip : Clip
        A clip with 68 landmarks and flow, usually from the first frame.

    Returns
    -------
    matplotlib.figure.Figure
        Areas down, the frames that the flow leads to across; colors tell pixels. Key
        frames are marked.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the clip has no landmarks or no flow.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_region_motion(example_clips(1)[0])
    >>> figure.axes[0].images[0].get_array().shape
    (36, 11)
    """
    (clip,) = check_clips([clip])
    points = need(clip, "landmarks", "show_region_motion", _LANDMARKS_STEP)[0]
    flow = need(clip, "flow", "show_region_motion", _FLOW_STEP)
    regions = mdmo_regions(points, flow.shape[2:])
    lengths = main_motion(flow, regions)[..., 0].T
    figure, axes = subplots(1, 1, (36, 48))
    figure.set_size_inches(7, 4.5)
    axis = axes[0, 0]
    axis.set_axis_on()
    frames = clip.flow_pairs[:, 1]
    extent = (frames[0] - 0.5, frames[-1] + 0.5, 36.5, 0.5)
    drawn = axis.imshow(lengths, aspect="auto", cmap="magma", vmin=0, extent=extent)
    axis.set(xlabel="frame", ylabel="area")
    for name in ("onset", "apex", "offset"):
        key = getattr(clip, name)
        if key is not None and frames[0] <= key <= frames[-1]:
            axis.axvline(key, color="w", linewidth=0.8, linestyle=":")
            axis.text(key, 0.3, name, ha="center", va="bottom", fontsize=8)
    figure.colorbar(drawn, ax=axis, label="pixels")
    return figure


def show_atoms(atoms, clip, titles=None, *, magnitude_weight=0.9, n_columns=4):
    """Draw atoms or samples of sparse MDMO as arrows on the 36 areas of a face.

    Parameters
    ----------
    atoms : ndarray of shape (n_atoms, 72)
        Atoms of a dictionary, or samples as `MDMOSequence` gives them: weighted lengths
        of the areas, then weighted angles. A negative length turns the arrow round.
    clip : Clip
        A clip with 68 landmarks, whose first frame is drawn on.
    titles : list of str, default=None
        A title for each atom; its number by default.
    magnitude_weight : float, default=0.9
        The weight that the lengths were given, between 0 and 1; angles had the rest.
    n_columns : int, default=4
        Most images in a row.

    Returns
    -------
    matplotlib.figure.Figure
        An image for each atom. The longest arrow of all is an eighth of the width.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If the clip has no landmarks, atoms are not rows of 72 numbers, titles are not
        as many, or the weight leaves nothing of lengths or angles.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.motion import MDMOSequence
    >>> from mefeat.testing import example_clips
    >>> clips = example_clips(1)
    >>> figure = show_atoms(MDMOSequence().transform(clips)[0][-2:], clips[0])
    >>> [axis.get_title() for axis in figure.axes]
    ['0', '1']
    """
    (clip,) = check_clips([clip])
    points = need(clip, "landmarks", "show_atoms", _LANDMARKS_STEP)[0]
    atoms = np.atleast_2d(np.asarray(atoms, dtype=np.float64))
    if atoms.ndim != 2 or atoms.shape[1] != 72 or len(atoms) == 0:
        raise ValueError(f"atoms must be rows of 72 numbers, got shape {atoms.shape}.")
    if not 0 < magnitude_weight < 1:
        raise ValueError(
            f"magnitude_weight must be between 0 and 1, got {magnitude_weight}."
        )
    titles = [str(i) for i in range(len(atoms))] if titles is None else titles
    if len(titles) != len(atoms):
        raise ValueError(f"{len(atoms)} atoms need as many titles, got {len(titles)}.")
    lengths, angles = atoms[:, :36], atoms[:, 36:] / (1 - magnitude_weight)
    u, v = lengths * np.cos(angles), lengths * np.sin(angles)
    x, y = mdmo_polygons(points).mean(axis=1).T
    scale = 8 * max(float(np.abs(lengths).max()), 1e-300) / clip.frames.shape[2]
    n_rows = -(-len(atoms) // n_columns)
    figure, axes = subplots(n_rows, min(n_columns, len(atoms)), clip.frames.shape[1:3])
    color = {"cmap": "hsv", "clim": (-np.pi, np.pi)}
    size = {"angles": "xy", "scale_units": "xy", "scale": scale, "width": 0.012}
    for axis, across, down, title in zip(axes.flat, u, v, titles, strict=False):
        show_gray(axis, luma(clip.frames)[0])
        axis.quiver(x, y, across, down, np.arctan2(down, across), **color, **size)
        axis.set_title(title)
    for axis in axes.ravel()[len(atoms) :]:
        axis.remove()
    return figure


def _pair_to(clip, frame):
    if frame is None:
        return int(
            np.hypot(clip.flow[:, 0], clip.flow[:, 1]).mean(axis=(1, 2)).argmax()
        )
    found = np.flatnonzero(clip.flow_pairs[:, 1] == frame)
    if not len(found):
        raise ValueError(
            f"the clip has no flow to frame {frame}, but to {clip.flow_pairs[:, 1]}."
        )
    return int(found[0])


def _draw_wheel(axis, title):
    """Draw which color stands for which direction, y down as in the image."""
    y, x = np.mgrid[-1:1:101j, -1:1:101j]
    radius = np.hypot(x, y)
    ring = np.ma.masked_where((radius > 0.9) | (radius < 0.45), np.arctan2(y, x))
    axis.imshow(ring, cmap="hsv", vmin=-np.pi, vmax=np.pi)
    axis.set_title(title)
