"""Optical strain: how much the skin is stretched and sheared."""

import numpy as np

from mefeat.base._steps import checked_flow
from mefeat.kernels._strain import strain_magnitude

# Weight of the squared shear under the root.
CONVENTIONS = {"frobenius": 2.0, "ststnet": 1.0}
# Steps to the two pixels that are compared.
DIFFERENCES = {"central": (-1, 1), "backward": (-1, 0)}


def optical_strain(flow, *, convention="frobenius", differences="central"):
    """Measure the strain of a flow at every pixel.

    Parameters
    ----------
    flow : ndarray of shape ([n_pairs,] 2, height, width)
        Flow (u, v), pixels.
    convention : {"frobenius", "ststnet"}, default="frobenius"
        The norm of the strain tensor, which counts the shear twice, or that of the
        code of STSTNet, which counts it once.
    differences : {"central", "backward"}, default="central"
        How derivatives are taken, one pixel to either side or one pixel back. At the
        border, where a neighbor is missing, the pixel itself or the other neighbor
        takes its place.

    Returns
    -------
    ndarray of shape ([n_pairs,] height, width)
        Magnitude of the strain, without unit; float64 for float64 input, float32
        otherwise.

    Raises
    ------
    ValueError
        If the flow has another shape or an option is not known.

    Notes
    -----
    With e_xx = du/dx, e_yy = dv/dy and e_xy = (du/dy + dv/dx) / 2, the magnitude is
    sqrt(e_xx^2 + e_yy^2 + 2 e_xy^2). It is zero for a translation,
    sqrt(2) (1 - cos a) for a rotation by a, and the stretch itself for a stretch along
    one axis.

    References
    ----------
    S.-T. Liong, R. C.-W. Phan, J. See, Y.-H. Oh, K. Wong, "Optical strain based
    recognition of subtle emotions", ISPACS 2014.

    Examples
    --------
    An image stretched by a tenth along x:

    >>> y, x = np.mgrid[:3, :4]
    >>> optical_strain(np.stack([0.1 * x, 0.0 * y]))[0].round(6).tolist()
    [0.1, 0.1, 0.1, 0.1]
    """
    flow = np.ascontiguousarray(checked_flow(flow))
    options = {
        "convention": (convention, CONVENTIONS),
        "differences": (differences, DIFFERENCES),
    }
    for name, (value, known) in options.items():
        if value not in known:
            raise ValueError(f"{name} must be among {list(known)}, got {value!r}.")
    out = np.empty((*flow.shape[:-3], *flow.shape[-2:]), flow.dtype)
    before, after = DIFFERENCES[differences]
    strain_magnitude(
        flow.reshape(-1, *flow.shape[-3:]),
        before,
        after,
        flow.dtype.type(CONVENTIONS[convention]),
        out.reshape(-1, *flow.shape[-2:]),
    )
    return out
