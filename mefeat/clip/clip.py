"""A clip that has been read: frames of a face and everything that belongs to them."""

from __future__ import annotations

import operator
from dataclasses import dataclass, fields
from dataclasses import replace as _replace

import numpy as np

from mefeat.clip._checks import (
    KEY_FRAMES,
    check_key_frames,
    check_known,
    checked_fps,
    checked_frames,
    checked_landmarks,
    frozen,
)
from mefeat.clip._space import checked_matrices, remapped, warped
from mefeat.clip._times import checked_times, linear, nearest


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clip:
    """Frames of a face with what belongs to them; never changed, only replaced.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
        Gray or RGB pictures, uint8, or floating in 0..255 (kept as float32; 0..1 gives
        a warning), all finite. The clip holds a read-only view; the array given stays
        as it is.
    landmarks : ndarray of shape (n_frames, n_landmarks, 2), optional
        Points (x, y) in pixels of `frames`. NaN where there is none; infinite numbers
        become NaN.
    onset, apex, offset : int, optional
        Key frames as indices into `frames`.
    fps : float, optional
        Frames per second.
    flow : ndarray of shape (n_pairs, 2, height, width), optional
        Optical flow (u, v) of pairs of frames, pixels.
    flow_pairs : ndarray of shape (n_pairs, 2), optional
        Frame from and frame to of each flow field.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If shapes do not fit together, a frame holds a number that is not finite, or a
        key frame lies outside of the clip.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(frames=np.zeros((20, 170, 140), np.uint8), fps=200, apex=9)
    >>> clip
    Clip(20 frames of 170x140 gray uint8, 200 fps, apex 9)
    >>> clip.replace(apex=None)
    Clip(20 frames of 170x140 gray uint8, 200 fps)
    """

    frames: np.ndarray
    landmarks: np.ndarray | None = None
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    fps: float | None = None
    flow: np.ndarray | None = None
    flow_pairs: np.ndarray | None = None

    def __post_init__(self):
        frames = checked_frames(self.frames)
        n_frames, size = len(frames), frames.shape[1:3]
        landmarks, flow, pairs = self.landmarks, self.flow, self.flow_pairs
        if landmarks is not None:
            landmarks = checked_landmarks(landmarks, n_frames)
        if (flow is None) != (pairs is None):
            raise ValueError("flow and flow_pairs go together: give both or neither.")
        if flow is not None:
            flow = frozen(flow, "flow", None, (-1, 2, *size))
            pairs = frozen(pairs, "flow_pairs", np.intp, (len(flow), 2))
            if pairs.size and not 0 <= pairs.min() <= pairs.max() < n_frames:
                raise ValueError(f"flow_pairs must lie in 0..{n_frames - 1}.")
        check_key_frames(self, n_frames)
        new = {
            "frames": frames,
            "landmarks": landmarks,
            "flow": flow,
            "flow_pairs": pairs,
            "fps": checked_fps(self.fps),
        }
        for name, value in new.items():
            object.__setattr__(self, name, value)

    def __reduce__(self):
        return type(self), tuple(getattr(self, f.name) for f in fields(self))

    def __repr__(self):
        n_frames, height, width = self.frames.shape[:3]
        color = "gray" if self.frames.ndim == 3 else "RGB"
        parts = [f"{n_frames} frames of {height}x{width} {color} {self.frames.dtype}"]
        if self.fps is not None:
            parts.append(f"{self.fps:g} fps")
        if self.landmarks is not None:
            parts.append(f"{self.landmarks.shape[1]} landmarks")
        for name in KEY_FRAMES:
            if getattr(self, name) is not None:
                parts.append(f"{name} {getattr(self, name)}")
        if self.flow is not None:
            parts.append(f"flow of {len(self.flow)} pairs")
        return f"Clip({', '.join(parts)})"

    @classmethod
    def from_array(cls, array, **others):
        """Make a clip of any real array of pictures.

        Parameters
        ----------
        array : array-like of shape (n_frames, height, width[, 1 or 3])
            Gray values in 0..255 of any real dtype. Whole numbers within 0..255
            become uint8, everything else float32.
        **others
            Further fields of the clip, by name.

        Returns
        -------
        Clip
            The clip.

        Raises
        ------
        ValueError
            If values are not finite or leave 0..255.
        """
        array = np.asarray(array)
        if array.dtype.kind not in "buif":
            raise TypeError(f"frames must be real numbers, got dtype {array.dtype}.")
        if array.ndim == 4 and array.shape[3] == 1:
            array = array[..., 0]
        if array.size and not (np.min(array) >= 0 and np.max(array) <= 255):
            raise ValueError(
                "frames must be finite and lie in 0..255, got values from "
                f"{np.min(array)} to {np.max(array)}."
            )
        if array.dtype.kind != "f":
            array = array.astype(np.uint8)
        return cls(array, **others)

    def replace(self, **changes):
        """Return a clip with some fields changed.

        Replacing `frames` drops the flow, so that a stale flow cannot exist.

        Parameters
        ----------
        **changes
            New values of fields, by name.

        Returns
        -------
        Clip
            A new clip.
        """
        if "frames" in changes:
            changes = {"flow": None, "flow_pairs": None} | changes
        return _replace(self, **changes)

    def at(self, times, frames=None):
        """Sample the clip in time: frames, landmarks, key frames and fps move along.

        Parameters
        ----------
        times : array-like of shape (n_times,)
            Positions in this clip in frames (fractions allowed), not decreasing,
            within 0..n_frames - 1.
        frames : ndarray of shape (n_times, height, width[, 3]), optional
            Pictures at these times. By default they are picked where all times are
            whole, else interpolated linearly.

        Returns
        -------
        Clip
            The clip at these times. A key frame goes to the nearest time, or to None
            if it lies outside of them; fps is that of the mean step, None without one.

        Raises
        ------
        ValueError
            If times decrease or leave the clip, or lie between frames of which one has
            landmarks that are NaN.

        Examples
        --------
        >>> import numpy as np
        >>> from mefeat import Clip
        >>> ramp = np.repeat([0.0, 10.0, 20.0], 4).reshape(3, 2, 2)
        >>> clip = Clip(frames=ramp, fps=100, offset=2).at([0, 0.5, 1, 1.5, 2])
        >>> clip.frames[:, 0, 0].tolist(), clip.offset, clip.fps
        ([0.0, 5.0, 10.0, 15.0, 20.0], 4, 200.0)
        """
        times = checked_times(times, len(self.frames))
        landmarks = self.landmarks
        if landmarks is not None and (times % 1).any():
            check_known(landmarks)
        step = (times[-1] - times[0]) / max(len(times) - 1, 1)
        fps = None if self.fps is None or step == 0 else self.fps / step
        return Clip(
            frames=linear(self.frames, times) if frames is None else frames,
            landmarks=None if landmarks is None else linear(landmarks, times),
            fps=fps,
            **{name: nearest(getattr(self, name), times) for name in KEY_FRAMES},
        )

    def warp(self, matrices, size):
        """Move frames and landmarks by affine maps.

        Parameters
        ----------
        matrices : array-like of shape (2, 3) or (n_frames, 2, 3)
            Maps of points (x, y) of this clip to points of the new one.
        size : tuple of int
            New (height, width).

        Returns
        -------
        Clip
            The clip with float32 frames, sampled bilinearly with a replicated border;
            where the picture shrinks, each pixel is the mean over what it covers.

        Raises
        ------
        ValueError
            If `size` is not two positive numbers, or a map is not finite or
            has no inverse.
        """
        size = tuple(operator.index(n) for n in size)
        if len(size) != 2 or min(size) < 1:
            raise ValueError(f"size must be (height, width) in pixels, got {size}.")
        matrices = checked_matrices(matrices, len(self.frames))
        landmarks = self.landmarks
        if landmarks is not None:
            landmarks = np.einsum("tij,tpj->tpi", matrices[..., :2], landmarks)
            landmarks += matrices[:, None, :, 2]
        return self.replace(
            frames=warped(self.frames, matrices, size), landmarks=landmarks
        )

    def remap(self, maps, landmarks=None):
        """Move frames by dense backward maps.

        Parameters
        ----------
        maps : iterable of n_frames ndarrays of shape (height, width, 2)
            For each new pixel the point (x, y) of this clip's frame shown there.
        landmarks : ndarray of shape (n_frames, n_landmarks, 2), optional
            Where the landmarks come to lie.

        Returns
        -------
        Clip
            The clip with float32 frames, sampled bilinearly, border replicated.

        Raises
        ------
        ValueError
            If a map holds a number that is not finite.
        """
        return self.replace(frames=remapped(self.frames, maps), landmarks=landmarks)

    def crop(self, top, left, height, width):
        """Cut a box of whole pixels out of every frame.

        Parameters
        ----------
        top, left : int
            First row and column.
        height, width : int
            Size of the box.

        Returns
        -------
        Clip
            The clip, values and dtype unchanged, landmarks shifted.

        Raises
        ------
        ValueError
            If the box leaves the frames.
        """
        rows, columns = self.frames.shape[1:3]
        inside = 0 <= top < top + height <= rows and 0 <= left < left + width <= columns
        if not inside:
            raise ValueError(
                f"the box (top {top}, left {left}, {height}x{width}) leaves frames "
                f"of {rows}x{columns}."
            )
        landmarks = self.landmarks
        return self.replace(
            frames=self.frames[:, top : top + height, left : left + width],
            landmarks=None if landmarks is None else landmarks - [left, top],
        )
