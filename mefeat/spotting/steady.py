"""What landmarks leave of the head's motion, taken out by the pictures themselves."""

import cv2
import numpy as np

from mefeat.kernels.cubic import sample_cubic
from mefeat.kernels.registration import register_similarity
from mefeat.kernels.sampling import affine_inverse, sample_affine
from mefeat.spotting.geometry import after, to_box

# Pictures are compared at this part of their size.
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

    Parameters
    ----------
    regions : ndarray of shape (height, width)
        The map of blocks on the crop; pixels below 0 are not looked at.
    fps : float
        Frames per second.
    follow : bool, default=False
        Whether a frame's correction begins with that of the frame before. Without
        landmarks it has to, with landmarks that jitter it better does not.

    Notes
    -----
    Each picture, at half the size, is brought to a reference by shift, turn and growth,
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
        """Correct the maps of some frames.

        Parameters
        ----------
        frames : ndarray of shape (n_frames, height, width)
            The next frames of the video.
        matrices : ndarray of shape (n_frames, 2, 3)
            Maps of frames to crops.
        seen : ndarray of bool of shape (n_frames,)
            Which frames show a face; the others are left alone.

        Returns
        -------
        ndarray of shape (n_frames, 2, 3)
            The maps with what was found.
        """
        if not seen.any():
            return matrices
        pictures = self._shrunken(frames, matrices)
        if self.reference is None:
            # The mean of what is not yet steady is blurred: take it twice.
            self.reference = pictures[seen].mean(axis=0)
            found = self._register(pictures, seen)
            self.reference = self._mean(frames, matrices, found, seen)
        found = self._register(pictures, seen)
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

    def _register(self, pictures, seen):
        found = np.zeros((len(pictures), 6))
        found[0] = self.found
        x, y = self.points.astype(int).T
        values = self.reference[y, x].astype(np.float64)
        register_similarity(
            pictures,
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

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width)
        Gray pictures.
    matrices : ndarray of shape (n_frames, 2, 3)
        Maps of points (x, y) to points of the new pictures.
    size : tuple of int
        New (height, width).
    n_sub : int, default=1
        Where pictures shrink, how many samples across a new pixel are averaged.
    cubic : bool, default=True
        Whether pictures that do not shrink are sampled cubically, or else linearly.

    Returns
    -------
    ndarray of shape (n_frames, height, width), float32
        The new pictures.

    Notes
    -----
    Linear interpolation blurs a picture the more, the nearer its pixels lie to the
    middle between those of the frame, so that a face that moves as a whole would seem
    to change.

    Examples
    --------
    >>> flat = np.full((1, 4, 4), 7, np.uint8)
    >>> warp_face(flat, np.array([[[1, 0, 0.5], [0, 1, 0]]]), (4, 4)).max()
    np.float32(7.0)
    """
    frames = np.ascontiguousarray(frames)
    backward = affine_inverse(np.ascontiguousarray(matrices, np.float64))
    out = np.empty((len(frames), *size), np.float32)
    if cubic and n_sub == 1:
        sample_cubic(frames, backward, out)
    else:
        sample_affine(frames[..., None], backward, n_sub, out[..., None])
    return out
