"""A face followed through a video: landmarks, smoothed, and the head held still.

Everything works frame by frame, or part by part, in little memory.
"""

from collections import deque

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from mefeat.faces._landmarks import iter_landmarks, shows_face
from mefeat.kernels._registration import register_similarity
from mefeat.kernels._sampling import affine_inverse, sample_affine, sample_cubic


def follow_face(frames, landmarks=None, *, n_points=68, face=0, hint=""):
    """Pair frames with the landmarks of a face, NaN where there is none."""
    if landmarks is not None:
        return _checked(_in_step(frames, landmarks), n_points, hint)
    held = deque()

    def noted():
        for frame in frames:
            held.append(frame)
            yield frame

    found = iter_landmarks(noted(), face=face)  # says at once what is not installed
    return _checked(((held.popleft(), points) for points in found), n_points, hint)


def _in_step(frames, landmarks):
    """Take frames and landmarks together; both must end together."""
    count = len(landmarks) if hasattr(landmarks, "__len__") else "more"
    landmarks, t = iter(landmarks), -1
    for t, frame in enumerate(frames):
        points = next(landmarks, None)
        if points is None:
            raise ValueError(
                f"landmarks of {t} frames were given, but the video has more."
            )
        yield frame, points
    if next(landmarks, None) is not None:
        raise ValueError(
            f"landmarks of {count} frames were given, but the video has {t + 1}."
        )


def _checked(pairs, n_points, hint):
    for t, (frame, points) in enumerate(pairs):
        points = np.asarray(points, dtype=np.float64)
        if points.shape != (n_points, 2):
            raise ValueError(
                f"landmarks must be {n_points} points (x, y), got shape "
                f"{points.shape}{hint}."
            )
        yield frame, points if shows_face(points, t) else np.full_like(points, np.nan)


# Landmarks smoothed in time ---------------------------------------------------------


def smooth_landmarks(points, sigma):
    """Average points over time, in difference form: what stays is not touched."""
    if sigma == 0 or len(points) == 1:
        return np.array(points)
    first = points[:1]
    return first + gaussian_filter1d(points - first, sigma, axis=0, mode="nearest")


def savgol(points, fps=None, *, window=None, order=2):
    """Fit a polynomial to the frames around each frame (Savitzky-Golay filter).

    Notes
    -----
    At the ends the polynomial of the first or last full window is taken. A stretch
    with a face is filtered apart from others; one that is shorter than the window is
    fitted as a whole. Points that stay are not touched.

    References
    ----------
    A. Savitzky, M. J. E. Golay, "Smoothing and differentiation of data by simplified
    least squares procedures", Analytical Chemistry 36(8), 1964.
    https://doi.org/10.1021/ac60214a047
    """
    window = _window(fps) if window is None else window
    if window % 2 != 1 or window <= order:
        raise ValueError(f"window must be odd and above {order}, got {window}.")
    return _fitted(points, window, order)


def one_euro(points, fps=None, *, least_cutoff=1.0, slope=0.5, speed_cutoff=1.0):
    """Follow each coordinate by a low-pass that opens when it moves (1 euro filter).

    Notes
    -----
    It looks back only, so its points lag behind a head that moves, which then looks
    like movement of the face: a choice for live images, which cannot wait.

    References
    ----------
    G. Casiez, N. Roussel, D. Vogel, "1€ filter: a simple speed-based low-pass filter
    for noisy input in interactive systems", CHI 2012.
    https://doi.org/10.1145/2207676.2208639
    """
    step = 1 / (fps or 30)
    place = speed = None
    for point in points:
        if np.isnan(point).any():
            place = None
            yield point
            continue
        if place is None:
            place, speed = point, np.zeros_like(point)
        rate = (point - place) / step
        speed = speed + _share(speed_cutoff, step) * (rate - speed)
        cutoff = least_cutoff + slope * np.abs(speed)
        place = place + _share(cutoff, step) * (point - place)
        yield place


def unsmoothed(points, fps=None):
    """Leave landmarks as they are."""
    return iter(points)


def apart(smooth, pairs):
    """Smooth rows of arrays each for itself."""
    gaps = deque()

    def arrays():
        for array, begins in pairs:
            if begins:
                gaps.append(True)
                yield np.full_like(array, np.nan)
            gaps.append(False)
            yield array

    for array in smooth(arrays()):
        if not gaps.popleft():
            yield array


SMOOTHERS = {"savgol": savgol, "one_euro": one_euro, "none": unsmoothed}


def _share(cutoff, step):
    """How far an exponential low-pass goes in a frame."""
    turn = 2 * np.pi * cutoff * step
    return turn / (turn + 1)


def _window(fps):
    if fps is None:
        return 7
    return int(np.clip(2 * round(fps / 8) + 1, 5, 31))


def _fitted(points, window, order):
    half, held, n_given = window // 2, [], 0
    for point in points:
        if np.isnan(point).any():
            yield from _estimates(held, n_given, len(held), order)
            held, n_given = [], 0
            yield point
            continue
        held.append(point)
        if len(held) > window:
            held.pop(0)
            n_given -= 1
        if len(held) == window:
            yield from _estimates(held, n_given, half + 1, order)
            n_given = half + 1
    yield from _estimates(held, n_given, len(held), order)


def _estimates(held, start, end, order):
    """Fit a polynomial to what is held, and give its values at some of the frames."""
    if start >= end:
        return
    times = np.linspace(-1, 1, len(held)) if len(held) > 1 else np.zeros(1)
    terms = np.vander(times, min(order, len(held) - 1) + 1)
    weights = terms[start:end] @ np.linalg.pinv(terms)
    first = held[0]
    around = np.stack(held) - first
    yield from first + np.einsum("kt,t...->k...", weights, around)


# The head held still ---------------------------------------------------------------


def to_box(box, size):
    """Map a box onto an image; pixel 0 covers -0.5 to 0.5."""
    y, x = np.asarray(size) / box[2:]
    shift_x, shift_y = (0.5 - box[1]) * x - 0.5, (0.5 - box[0]) * y - 0.5
    return np.array([[x, 0, shift_x], [0, y, shift_y], [0, 0, 1]])


def after(second, first):
    """Apply some affine maps first, then another."""
    out = second[:2, :2] @ first
    out[..., 2] += second[:2, 2]
    return out


# How far around the image's border pixels may be missing when the head moves, in
# widths of the face.
_BORDER = 0.05


def visible(to_crop, size, shape, rest):
    """Mark pixels of the crop that stay within the frame when the head moves."""
    back = affine_inverse(to_crop[None, :2])[0]
    y, x = np.mgrid[: size[0], : size[1]]
    points = np.stack([x, y], axis=-1) @ back[:, :2].T + back[:, 2]
    margin = _BORDER * np.ptp(rest[:, 0])
    upper = np.array(shape[::-1]) - 1 - margin
    return ((points >= margin) & (points <= upper)).all(axis=-1)


# Images are compared at this part of their size.
_PART = 2
_N_ROUNDS = 6
# Seconds over which the reference follows the video.
_MEMORY = 10.0
# Every how many frames the reference is renewed from.
_SPARSE = 8
# A face that moves by more than this part of the width was not followed but lost.
_FARTHEST = 0.25


class Steadier:
    """Correct the maps from frames to face crops, so that the skin keeps its place.

    Notes
    -----
    Each image, at half the size, is brought to a reference by shift, turn and growth,
    together with a factor and an offset of its light: iterated least squares, in which
    residuals beyond 1.5 times their median count little, as those of skin that acts.
    The reference is the mean of the first part, and follows the video within ten
    seconds.
    """

    def __init__(self, regions, fps, *, follow=False):
        size = regions.shape
        self.small = max(2, size[0] // _PART), max(2, size[1] // _PART)
        self.down = to_box(np.array([0.0, 0.0, *size]), self.small)
        marked = (regions >= 0).astype(np.uint8)
        marked = cv2.resize(marked, self.small[::-1], interpolation=cv2.INTER_NEAREST)
        # Every second pixel of every second row tells enough.
        marked[1::2], marked[:, 1::2] = 0, 0
        self.points = np.argwhere(marked)[:, ::-1].astype(np.float64)
        self.fps, self.follow = fps, follow
        self.reference, self.found = None, np.zeros(6)

    def correct(self, frames, matrices, seen):
        """Correct the maps of some frames."""
        if not seen.any():
            return matrices
        images = self._shrunken(frames, matrices)
        if self.reference is None:
            # The mean of what is not yet steady is blurred: take it twice.
            self.reference = images[seen].mean(axis=0)
            found = self._register(images, seen)
            self.reference = self._mean(frames, matrices, found, seen)
        found = self._register(images, seen)
        self.found = found[-1]
        share = 1 - np.exp(-len(frames) / (_MEMORY * self.fps))
        change = self._mean(frames, matrices, found, seen) - self.reference
        self.reference = self.reference + np.float32(share) * change
        return self._corrected(matrices, found)

    def _shrunken(self, frames, matrices):
        backward = affine_inverse(after(self.down, matrices))
        out = np.empty((len(frames), *self.small, 1), np.float32)
        sample_affine(frames[..., None], backward, 2, out)
        return out[..., 0]

    def _mean(self, frames, matrices, found, seen):
        some = np.flatnonzero(seen)[::_SPARSE]
        corrected = self._corrected(matrices[some], found[some])
        return self._shrunken(frames[some], corrected).mean(axis=0)

    def _register(self, images, seen):
        found = np.zeros((len(images), 6))
        found[0] = self.found
        x, y = self.points.astype(int).T
        values = self.reference[y, x].astype(np.float64)
        register_similarity(
            images,
            self.points,
            values,
            self._terms(values),
            _N_ROUNDS,
            self.follow,
            found,
        )
        lost = ~np.isfinite(found).all(axis=1)
        lost |= np.abs(found[:, :4]).max(axis=1) > _FARTHEST * self.small[1]
        found[lost | ~seen] = 0.0
        return found

    def _terms(self, values):
        """How residuals change with shifts, growth, turn, gain and offset."""
        x, y = self.points.astype(int).T
        width = self.small[1]
        smooth = cv2.GaussianBlur(self.reference, (0, 0), 0.7)
        slope_y, slope_x = (slope[y, x] for slope in np.gradient(smooth))
        across = (x - (width - 1) / 2) / width
        along = (y - (self.small[0] - 1) / 2) / width
        growth = slope_x * across + slope_y * along
        turn = slope_y * across - slope_x * along
        return np.stack(
            [slope_x, slope_y, growth, turn, -values, -np.ones(len(x))], axis=1
        )

    def _corrected(self, matrices, found):
        height, width = self.small
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        right, down, growth, turn = found[:, 0], found[:, 1], *found[:, 2:4].T / width
        moved = np.zeros((len(found), 3, 3))
        moved[:, 0] = np.stack(
            [1 + growth, -turn, right - growth * middle_x + turn * middle_y], axis=1
        )
        moved[:, 1] = np.stack(
            [turn, 1 + growth, down - growth * middle_y - turn * middle_x], axis=1
        )
        moved[:, 2, 2] = 1
        back = np.linalg.inv(np.linalg.inv(self.down) @ moved @ self.down)
        out = back[:, :2, :2] @ matrices
        out[..., 2] += back[:, :2, 2]
        return out


def warp_face(frames, matrices, size, n_sub=1, *, cubic=True):
    """Move frames by affine maps so that the fraction of a pixel matters little.

    Notes
    -----
    Linear interpolation blurs an image the more, the nearer its pixels lie to the
    middle between those of the frame, so that a face that moves as a whole would seem
    to change.
    """
    frames = np.ascontiguousarray(frames)
    backward = affine_inverse(np.ascontiguousarray(matrices, np.float64))
    out = np.empty((len(frames), *size), np.float32)
    if cubic and n_sub == 1:
        sample_cubic(frames, backward, out)
    else:
        sample_affine(frames[..., None], backward, n_sub, out[..., None])
    return out
