"""Solvers of optical flow by name, TV-L1 and Lucas-Kanade of our own among them."""

import cv2
import numpy as np

from mefeat.kernels._lucas_kanade import refine_lucas_kanade
from mefeat.kernels._pyramid import resize
from mefeat.kernels._tvl1 import refine_tvl1


def coarse_to_fine(first, second, refine, *, n_scales, scale, smallest=16):
    """Refine a flow on ever finer scales."""
    scales = [(first, second)]
    while len(scales) < n_scales:
        size = [round(scale * n) for n in scales[-1][0].shape]
        if min(size) < smallest:
            break
        scales.append(tuple(_resized(image, size) for image in scales[-1]))
    flow = np.zeros((2, *scales[-1][0].shape), np.float32)
    for images in reversed(scales):
        size = images[0].shape
        ratios = np.divide(size, flow.shape[1:])[::-1]
        if size != flow.shape[1:]:
            flow = np.stack(
                [_resized(u, size, r) for u, r in zip(flow, ratios, strict=True)]
            )
        refine(*images, flow)
    return flow


def _resized(image, size, factor=1.0):
    out = np.empty(size, np.float32)
    resize(image, np.float32(factor), out)
    return out


def lucas_kanade(first, second, *, radius=7, n_iterations=5, n_scales=4, scale=0.5):
    """Compute the dense Lucas-Kanade flow from coarse to fine.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray images in 0..255.
    radius : int, default=7
        Reach of the Gaussian window, two of its standard deviations, pixels.
    n_iterations : int, default=5
        Iterations on each scale.
    n_scales : int, default=4
        Greatest number of scales; none is below 16 pixels.
    scale : float, default=0.5
        Ratio of each scale to the finer one.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels. The same image twice gives zeros.

    Notes
    -----
    The window of each pixel is asked for one flow, while the pixels in it are compared
    where their own present flow points, which is what makes the dense form converge
    (Le Besnerais and Champagnat, ICIP 2005). Derivatives are those of the first
    image.

    References
    ----------
    B. D. Lucas, T. Kanade, "An iterative image registration technique with an
    application to stereo vision", IJCAI 1981. G. Le Besnerais, F. Champagnat, "Dense
    optical flow by iterative local window registration", ICIP 2005.
    https://doi.org/10.1109/ICIP.2005.1529706

    Examples
    --------
    >>> image = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> bool((lucas_kanade(image, image) == 0).all())
    True
    """
    weights = np.exp(-2 * (np.arange(radius + 1) / max(radius, 1)) ** 2)
    weights = (weights / (2 * weights.sum() - 1)).astype(np.float32)

    def refine(first, second, flow):
        refine_lucas_kanade(first, second, weights, n_iterations, flow)

    return coarse_to_fine(first, second, refine, n_scales=n_scales, scale=scale)


def tvl1(
    first,
    second,
    *,
    attachment=0.15,
    tightness=0.3,
    tau=0.25,
    n_scales=5,
    scale=0.8,
    n_warps=5,
    n_rounds=10,
    n_iterations=30,
    epsilon=0.012,
):
    """Compute the TV-L1 flow.

    Parameters
    ----------
    first, second : ndarray of shape (height, width), float32
        Gray images in 0..255.
    attachment : float, default=0.15
        Weight of the data against the smoothness of the flow.
    tightness : float, default=0.3
        How far the flow may part from its copy in the data term.
    tau : float, default=0.25
        Time step of the dual variables, at most 0.25.
    n_scales : int, default=5
        Greatest number of scales; none is below 16 pixels.
    scale : float, default=0.8
        Ratio of each scale to the finer one.
    n_warps : int, default=5
        How often the second image is warped on each scale.
    n_rounds : int, default=10
        Rounds per warp; each starts with a median of 5x5 over the flow.
    n_iterations : int, default=30
        Greatest number of iterations of a round, a multiple of 5.
    epsilon : float, default=0.012
        A warp ends when the flow changes by less, pixels, root mean square.

    Returns
    -------
    ndarray of shape (2, height, width), float32
        Flow (u, v), pixels. The same image twice gives zeros.

    Notes
    -----
    The numerical scheme of the paper with the defaults of OpenCV, among them the median
    filter that the paper does not have. Other than in OpenCV, the second image and
    its gradient are read at exact positions (OpenCV rounds to 1/32 pixel), what comes
    from outside of the image has no data term (OpenCV reads zeros there), and
    convergence is looked at in every fifth iteration. That is on average two iterations
    late, and errors grow with iterations on noisy images; epsilon is 0.012 for
    OpenCV's 0.01 to make up for it.

    References
    ----------
    C. Zach, T. Pock, H. Bischof, "A duality based approach for realtime TV-L1 optical
    flow", DAGM 2007. https://doi.org/10.1007/978-3-540-74936-3_22

    Examples
    --------
    >>> image = np.float32(np.arange(1024).reshape(32, 32) % 37)
    >>> bool((tvl1(image, image) == 0).all())
    True
    """
    real = np.float32
    settings = real(tightness), real(tau), real(epsilon), n_warps, n_rounds

    def refine(first, second, flow):
        refine_tvl1(first, second, flow, real(attachment), (*settings, n_iterations))

    return coarse_to_fine(first, second, refine, n_scales=n_scales, scale=scale)


def farneback(first, second):
    """Compute the flow by polynomial expansion, as OpenCV does.

    Notes
    -----
    Three levels of a pyramid by 0.5, window 15, 3 iterations, neighborhoods of 5
    pixels with sigma 1.2. The same image twice leaves up to 1 pixel at the border
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

    References
    ----------
    T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast optical flow using dense inverse
    search", ECCV 2016. https://doi.org/10.1007/978-3-319-46493-0_29
    """
    solver = cv2.DISOpticalFlow_create(getattr(cv2, f"DISOpticalFlow_PRESET_{preset}"))
    return _channels_first(solver.calc(_bytes(first), _bytes(second), None))


def dis_fast(first, second):
    """Compute the flow by dense inverse search with OpenCV's fast settings."""
    return dis(first, second, "FAST")


def dis_ultrafast(first, second):
    """Compute the flow by dense inverse search with OpenCV's fastest settings."""
    return dis(first, second, "ULTRAFAST")


def rlof(first, second):
    """Compute the robust local optical flow, as OpenCV does.

    Notes
    -----
    OpenCV's settings but one: the robust norm of the paper, with its limits 3.2 and
    7.0, which OpenCV leaves off. Windows of 21 and 9 pixels, 30 iterations, 4 levels;
    every 6th pixel is tracked, the others are filled in along edges. OpenCV crashes on
    images below about 40 pixels, so those below 48 are refused.

    References
    ----------
    T. Senst, V. Eiselein, T. Sikora, "Robust local optical flow for feature tracking",
    IEEE TCSVT 22(9), 2012. https://doi.org/10.1109/TCSVT.2012.2202070
    """
    contrib = _contrib("rlof")
    if min(first.shape) < 48:
        # OpenCV's estimate of the global motion writes beyond its memory there.
        raise ValueError(
            "rlof needs images of at least 48x48 pixels, got "
            f"{first.shape[0]}x{first.shape[1]}."
        )
    settings = contrib.RLOFOpticalFlowParameter_create()
    settings.setUseMEstimator(True)
    color = [cv2.cvtColor(_bytes(p), cv2.COLOR_GRAY2BGR) for p in (first, second)]
    flow = contrib.calcOpticalFlowDenseRLOF(*color, None, settings)
    return _channels_first(flow)


def tvl1_opencv(first, second):
    """Compute the TV-L1 flow, as OpenCV does with its own settings.

    References
    ----------
    C. Zach, T. Pock, H. Bischof, "A duality based approach for realtime TV-L1 optical
    flow", DAGM 2007. https://doi.org/10.1007/978-3-540-74936-3_22
    """
    solver = _contrib("tvl1_opencv").DualTVL1OpticalFlow_create()
    # OpenCV multiplies floating images by 255.
    images = [np.float32(1 / 255) * image for image in (first, second)]
    return _channels_first(solver.calc(*images, None))


def tvl1_skimage(first, second):
    """Compute the TV-L1 flow, as scikit-image does with its own settings.

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

    References
    ----------
    G. Le Besnerais, F. Champagnat, "Dense optical flow by iterative local window
    registration", ICIP 2005. https://doi.org/10.1109/ICIP.2005.1529706
    """
    from skimage.registration import optical_flow_ilk

    return optical_flow_ilk(first / 255, second / 255)[::-1]


def _bytes(image):
    return np.rint(image).astype(np.uint8)


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
