"""Global Lagrangian magnification: the main motions of a clip followed and enlarged."""

import cv2
import numpy as np

from mefeat.base import Stage
from mefeat.base._steps import choice, number
from mefeat.flow import SOLVERS, optical_flow
from mefeat.kernels._sampling import sample_at
from mefeat.kernels._warping import find_moved


def reference_flow(frames, reference=0, *, solver="tvl1", smoothing_px=1.0):
    """Find the flow from one frame to every frame."""
    first = frames[reference]
    flow = np.zeros((len(frames), 2, *first.shape[:2]), np.float32)
    for frame, fields in zip(frames, flow, strict=True):
        # Solvers may find motion, at borders above all, where there is none.
        if np.array_equal(frame, first):
            continue
        for field, found in zip(
            fields, optical_flow(first, frame, solver=solver), strict=True
        ):
            field[:] = found
            if smoothing_px:
                cv2.GaussianBlur(field, (0, 0), smoothing_px, dst=field)
    return flow


def about_mean_shape(flow):
    """Turn flow from one frame into displacements about the mean shape of the clip.

    Notes
    -----
    A point x of the reference lies at x + M(x) in the mean shape, M the mean of the
    flow W_t over t. Its displacement there is V_t(x + M(x)) = W_t(x) - M(x), read at
    the pixels of the mean shape by solving for x.
    """
    mean = flow.mean(axis=0)
    points = _solve(_grid(flow.shape[2:]), mean)
    return np.stack([_read(field - mean, points) for field in flow])


def motion_courses(displacements, components=0.95):
    """Find how the main motions of a clip run in time.

    Notes
    -----
    Eigenvectors of the frames' Gram matrix: the left singular vectors of the matrix
    that has a row for each frame.
    """
    rows = displacements.reshape(len(displacements), -1)
    gram = (rows @ rows.T).astype(np.float64)
    variances, courses = np.linalg.eigh(gram)
    variances, courses = variances[::-1], courses[:, ::-1]
    shares = np.cumsum(np.maximum(variances, 0))
    # Below this, variances are rounding of the largest one.
    rounding = len(rows) * np.finfo(rows.dtype).eps * max(variances[0], 0)
    n_components = np.count_nonzero(variances > rounding)
    if components is not None and components >= 1:
        n_components = min(n_components, int(components))
    elif components is not None:
        enough = np.searchsorted(shares, components * shares[-1]) + 1
        n_components = min(n_components, enough)
    return courses[:, :n_components]


def exaggerate(displacements, *, alpha=4.0, components=0.95):
    """Enlarge the main motions among displacements about a mean shape."""
    courses = motion_courses(displacements, components).astype(displacements.dtype)
    rows = displacements.reshape(len(displacements), -1)
    return (alpha * courses @ (courses.T @ rows)).reshape(displacements.shape)


def carry(points, start, end):
    """Carry points from where one displacement has moved them to where another does."""
    found = _solve(points.reshape(-1, 2), start)
    moved = found + _read(end.astype(np.float64), found[None])[:, 0].T
    return moved.reshape(points.shape)


class GlobalLagrangianMagnification(Stage):
    """Magnify the main motions of a clip by warping its frames.

    Parameters
    ----------
    alpha : float, default=4
        Factor that displacements from the mean shape are multiplied by.
    components : float or int, default=0.95
        Below 1 the share of the variance that is kept, from 1 on the number of
        principal components, or None for all. The rest of the motion is dropped.
    solver : str or callable, default="tvl1"
        Solver of the optical flow, as for `mefeat.flow.optical_flow`.
    smoothing_px : float, default=1.0
        Standard deviation in pixels of the Gaussian that the flow is smoothed by.

    See Also
    --------
    mefeat.magnify.EulerianMagnification : Faster, for motions far below a pixel.

    Notes
    -----
    The flow from the onset (the first frame where it is missing) to every frame gives
    the displacement of each point about the mean shape of the clip, and so does not
    depend on the frame it was computed from. Its principal components over the clip
    are multiplied by `alpha`, and each frame is warped from its own displacement to the
    enlarged one, bilinearly, the border replicated. Landmarks are carried along.

    The paper describes the idea of one common frame and of principal components of the
    motion; the details are ours, and so are the defaults. Where `alpha` times the
    gradient of the motion exceeds 1 the enlarged shape would fold, and the image
    tears there: take a smaller `alpha` or more smoothing.

    References
    ----------
    A. C. Le Ngo, A. Johnston, R. C.-W. Phan, J. See, "Micro-expression motion
    magnification: global Lagrangian vs. local Eulerian approaches", FG 2018.

    Examples
    --------
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((5, 32, 32), np.uint8), fps=200, apex=3)
    >>> GlobalLagrangianMagnification(solver="dis").transform([clip])
    [Clip(5 frames of 32x32 gray float32, 200 fps, apex 3)]
    """

    _parameter_constraints: dict = {
        "alpha": [number(0)],
        "components": [number(0, closed="neither"), None],
        "solver": [choice(SOLVERS), callable],
        "smoothing_px": [number(0)],
    }

    def __init__(self, alpha=4, components=0.95, *, solver="tvl1", smoothing_px=1.0):
        self.alpha = alpha
        self.components = components
        self.solver = solver
        self.smoothing_px = smoothing_px

    def apply(self, clip):
        """Magnify a clip.

        Gives the clip with float32 frames and its landmarks moved along.
        """
        flow = reference_flow(
            clip.frames,
            clip.onset or 0,
            solver=self.solver,
            smoothing_px=self.smoothing_px,
        )
        before = about_mean_shape(flow)
        after = exaggerate(before, alpha=self.alpha, components=self.components)
        grid, landmarks = _grid(flow.shape[2:]), clip.landmarks
        if landmarks is not None:
            landmarks = np.stack(list(map(carry, landmarks, before, after)))
        maps = (carry(grid, a, b) for a, b in zip(after, before, strict=True))
        return clip.remap(maps, landmarks)


def _grid(size):
    return np.stack(np.mgrid[: size[0], : size[1]][::-1], axis=-1).astype(np.float64)


def _last(field):
    return np.ascontiguousarray(np.moveaxis(field, 0, -1))


def _solve(points, field):
    """Find the points p with p + field(p) = point."""
    flat = np.ascontiguousarray(points, np.float64).reshape(-1, 2)
    out = np.empty_like(flat)
    find_moved(flat, -_last(field).astype(np.float64), out)
    return out.reshape(points.shape)


def _read(field, points):
    out = np.empty((*points.shape[:2], 2), field.dtype)
    sample_at(_last(field), points, out)
    return np.moveaxis(out, -1, 0)
