"""Figures for pictures, by matplotlib."""


def subplots(n_rows, n_columns, size):
    """Make a figure of axes for pictures.

    Parameters
    ----------
    n_rows, n_columns : int
        Number of axes.
    size : tuple of int
        Height and width of the pictures.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The figure.
    axes : ndarray of shape (n_rows, n_columns)
        Its axes, without ticks.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
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
    """Make a figure of one axis for a chart.

    Parameters
    ----------
    height, width : float
        Size of the figure, inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The figure.
    axis : matplotlib.axes.Axes
        Its axis, open at the top and on the right.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    figure, axis = _pyplot().subplots(figsize=(width, height), layout="constrained")
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _pyplot():
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "pictures need matplotlib: install it by pip install 'mefeat[plot]'."
        ) from None
    return plt
