"""Plots of the attention that frames of a clip get."""

import numpy as np

from mefeat.base import check_clips
from mefeat.plot._axes import show_gray, subplots


def show_attention(clip, weights, *, n_frames=6):
    """Draw the weights of the frames of a clip, with some of the frames below.

    Parameters
    ----------
    clip : Clip
        The clip.
    weights : array-like of shape (n_frames,)
        Weight of each frame, as `FrameAttentionClassifier.attention_weights` gives it.
    n_frames : int, default=6
        Number of frames shown: equally spread, and the one of the largest weight.

    Returns
    -------
    matplotlib.figure.Figure
        The weights, in units of equal weights, over the frames; key frames are marked.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If there is not one weight for each frame.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from mefeat.testing import example_clips
    >>> figure = show_attention(example_clips(1)[0], np.eye(12)[3])
    >>> figure.axes[-1].get_title()
    'frame 3 weighs 12 times as much as in a plain mean'
    """
    (clip,) = check_clips([clip])
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(clip.frames),):
        raise ValueError(
            f"weights must have one number for each of {len(clip.frames)} frames, got "
            f"shape {weights.shape}."
        )
    share = weights / weights.mean()
    strongest = int(share.argmax())
    spread = np.linspace(0, len(share) - 1, min(n_frames - 1, len(share)))
    shown = sorted({*spread.round().astype(int).tolist(), strongest})
    figure, axes = subplots(2, len(shown), clip.frames.shape[1:3])
    curve = _across_top(figure, axes)
    curve.plot(share, color="black", marker=".")
    curve.axhline(1, color="gray", linewidth=1, linestyle=":")
    curve.plot(shown, share[shown], "o", color="tab:red")
    _mark_key_frames(curve, clip)
    curve.set_xlabel("frame")
    curve.set_ylabel("weight / mean")
    curve.set_title(
        f"frame {strongest} weighs {share[strongest]:.3g} times as much as in a plain "
        "mean"
    )
    frames = np.clip(clip.frames[shown], 0, 255).astype(np.uint8)
    for axis, frame, t in zip(axes[1], frames, shown, strict=True):
        show_gray(axis, frame)
        axis.set_title(f"{t}: {share[t]:.2f}")
    return figure


def _across_top(figure, axes):
    """Put one axis in the place of the first row."""
    grid = axes[0, 0].get_gridspec()
    for axis in axes[0]:
        axis.remove()
    return figure.add_subplot(grid[0, :])


def _mark_key_frames(axis, clip):
    for name in ("onset", "apex", "offset"):
        frame = getattr(clip, name)
        if frame is not None:
            axis.axvline(frame, color="tab:blue", linewidth=1)
            low = axis.get_xaxis_transform()
            axis.text(frame, 0.04, f" {name}", transform=low, color="tab:blue")
