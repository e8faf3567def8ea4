"""Optical flow of two pictures, by name of the solver."""

import cv2
import numpy as np

from mefeat.flow.lucas_kanade import lucas_kanade
from mefeat.flow.tvl1 import tvl1


def farneback(first, second):
    """Compute the flow by polynomial expansion, as OpenCV does.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    Notes
    -----
    Three levels of a pyramid by 0.5, window 15, 3 iterations, neighborhoods of 5
    pixels with sigma 1.2. The same picture twice leaves up to 1 pixel at the border
    and 0.1 inside.

    References
    ----------
    G. Farnebäck, "Two-frame motion estimation based on polynomial expansion", SCIA
    2003. https://doi.org/10.1007/3-540-45103-X_50
    """
    flow = cv2.calcOpticalFlowFarneback(
        _bytes(first), _bytes(second), None, 0.5, 3, 15, 3, 5, 1.2, 0
    )
    return _channels_first(flow)


def dis(first, second, preset="MEDIUM"):
    """Compute the flow by dense inverse search, as OpenCV does.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.
    preset : {"MEDIUM", "FAST", "ULTRAFAST"}, default="MEDIUM"
        OpenCV's settings: the finest scale, the spacing of the patches and whether a
        variational refinement follows.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    References
    ----------
    T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast optical flow using dense inverse
    search", ECCV 2016. https://doi.org/10.1007/978-3-319-46493-0_29
    """
    solver = cv2.DISOpticalFlow_create(getattr(cv2, f"DISOpticalFlow_PRESET_{preset}"))
    return _channels_first(solver.calc(_bytes(first), _bytes(second), None))


def dis_fast(first, second):
    """Compute the flow by dense inverse search with OpenCV's fast settings.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.
    """
    return dis(first, second, "FAST")


def dis_ultrafast(first, second):
    """Compute the flow by dense inverse search with OpenCV's fastest settings.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.
    """
    return dis(first, second, "ULTRAFAST")


def rlof(first, second):
    """Compute the robust local optical flow, as OpenCV does.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    Notes
    -----
    OpenCV's settings but one: the robust norm of the paper, with its limits 3.2 and
    7.0, which OpenCV leaves off. Windows of 21 and 9 pixels, 30 iterations, 4 levels;
    every 6th pixel is tracked, the others are filled in along edges. OpenCV crashes on
    pictures below about 40 pixels, so those below 48 are refused.

    References
    ----------
    T. Senst, V. Eiselein, T. Sikora, "Robust local optical flow for feature tracking",
    IEEE TCSVT 22(9), 2012. https://doi.org/10.1109/TCSVT.2012.2202070
    """
    contrib = _contrib("rlof")
    if min(first.shape) < 48:
        # OpenCV's estimate of the global motion writes beyond its memory there.
        raise ValueError(
            "rlof needs pictures of at least 48x48 pixels, got "
            f"{first.shape[0]}x{first.shape[1]}."
        )
    settings = contrib.RLOFOpticalFlowParameter_create()
    settings.setUseMEstimator(True)
    color = [cv2.cvtColor(_bytes(p), cv2.COLOR_GRAY2BGR) for p in (first, second)]
    flow = contrib.calcOpticalFlowDenseRLOF(*color, None, settings)
    return _channels_first(flow)


def tvl1_opencv(first, second):
    """Compute the TV-L1 flow, as OpenCV does with its own settings.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    References
    ----------
    C. Zach, T. Pock, H. Bischof, "A duality based approach for realtime TV-L1 optical
    flow", DAGM 2007. https://doi.org/10.1007/978-3-540-74936-3_22
    """
    solver = _contrib("tvl1_opencv").DualTVL1OpticalFlow_create()
    # OpenCV multiplies floating pictures by 255.
    pictures = [np.float32(1 / 255) * picture for picture in (first, second)]
    return _channels_first(solver.calc(*pictures, None))


def tvl1_skimage(first, second):
    """Compute the TV-L1 flow, as scikit-image does with its own settings.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    References
    ----------
    A. Wedel, T. Pock, C. Zach, H. Bischof, D. Cremers, "An improved algorithm for
    TV-L1 optical flow", Statistical and Geometrical Approaches to Visual Motion
    Analysis, 2009. https://doi.org/10.1007/978-3-642-03061-1_2
    """
    from skimage.registration import optical_flow_tvl1

    return optical_flow_tvl1(first / 255, second / 255)[::-1]


def ilk(first, second):
    """Compute the iterative Lucas-Kanade flow, as scikit-image does.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray pictures in 0..255.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels.

    References
    ----------
    G. Le Besnerais, F. Champagnat, "Dense optical flow by iterative local window
    registration", ICIP 2005. https://doi.org/10.1109/ICIP.2005.1529706
    """
    from skimage.registration import optical_flow_ilk

    return optical_flow_ilk(first / 255, second / 255)[::-1]


def _bytes(picture):
    return np.rint(picture).astype(np.uint8)


def _channels_first(flow):
    return np.moveaxis(flow, 2, 0)


def _contrib(solver):
    if not hasattr(cv2, "optflow"):
        raise ImportError(
            f"the solver {solver!r} needs cv2.optflow, which this OpenCV "
            f"({cv2.__version__}) lacks: remove all other opencv packages, then "
            "install opencv-contrib-python-headless again."
        )
    return cv2.optflow


SOLVERS = {
    "tvl1": tvl1,
    "tvl1_opencv": tvl1_opencv,
    "farneback": farneback,
    "dis": dis,
    "dis_fast": dis_fast,
    "dis_ultrafast": dis_ultrafast,
    "rlof": rlof,
    "lucas_kanade": lucas_kanade,
    "ilk": ilk,
    "tvl1_skimage": tvl1_skimage,
}
