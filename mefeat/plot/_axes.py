"""Figures and axes that plots share."""


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
