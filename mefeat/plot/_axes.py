"""Figures and axes that plots share."""

from mefeat.clip import luma


def subplots(n_rows, n_columns, size):
    """Make a figure of axes for images."""
    high = 2.2 * size[0] / size[1]
    figure, axes = _pyplot().subplots(
        n_rows,
        n_columns,
        figsize=(2.2 * n_columns + 1, (high + 0.4) * n_rows),
        layout="constrained",
        squeeze=False,
    )
    for axis in axes.ravel():
        axis.set_axis_off()
    return figure, axes


def show_gray(axis, image, **options):
    """Draw a gray image, 0 black and 255 white."""
    axis.imshow(image, cmap="gray", vmin=0, vmax=255, **options)


def frame_axis(clip, frame):
    """Make a large figure of one frame."""
    figure, axes = subplots(1, 1, clip.frames.shape[1:3])
    figure.set_size_inches(2 * figure.get_size_inches())
    show_gray(axes[0, 0], luma(clip.frames)[frame])
    return figure, axes[0, 0]


def apex_or_middle(clip):
    """Choose the frame to show by default."""
    return len(clip.frames) // 2 if clip.apex is None else clip.apex


def chart(height, width):
    """Make a figure of one axis for a chart."""
    figure, axis = _pyplot().subplots(figsize=(width, height), layout="constrained")
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _pyplot():
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "images need matplotlib: install it by pip install 'mefeat[plot]'."
        ) from None
    return plt
