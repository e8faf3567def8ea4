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
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "pictures need matplotlib: install it by pip install mefeat[plot]."
        ) from None
    high = 2.2 * size[0] / size[1]
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(2.2 * n_columns + 1, (high + 0.4) * n_rows),
        layout="constrained",
        squeeze=False,
    )
    for axis in axes.ravel():
        axis.set_axis_off()
    return figure, axes
