"""A clip that has not been read: where its frames are."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from mefeat.clip._checks import KEY_FRAMES, check_key_frames, checked_fps


@dataclass(frozen=True, slots=True, repr=False)
class ClipFile:
    """A clip that has not been read: a video file, or frame images in order.

    Parameters
    ----------
    path : path or sequence of paths
        One video file, or the frame images in order of time.
    onset, apex, offset : int, optional
        Key frames as indices into the frames of this clip (0 is `span[0]`).
    fps : float, optional
        Frames per second; a video's own by default.
    roi : tuple of int, optional
        Region of interest (top, left, height, width) in pixels.
    span : tuple of int, optional
        First and last frame to read (both included), counted from 0.
    landmarks : path, optional
        File of landmarks of all frames of the file, see `mefeat.video.read_landmarks`.

    Raises
    ------
    TypeError
        If `path` is neither a path nor a sequence of paths.
    ValueError
        If no path, an empty span or an impossible region is given.

    Examples
    --------
    >>> from mefeat import ClipFile
    >>> ClipFile("interview.mp4", span=(100, 179), apex=33)
    ClipFile(interview.mp4, frames 100 to 179, apex 33)
    >>> ClipFile(["EP02_01f/img46.jpg", "EP02_01f/img47.jpg"], fps=200)
    ClipFile(EP02_01f: 2 images from img46.jpg to img47.jpg, 200 fps)
    """

    path: Path | tuple[Path, ...]
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    fps: float | None = None
    roi: tuple[int, int, int, int] | None = None
    span: tuple[int, int] | None = None
    landmarks: Path | None = None

    def __post_init__(self):
        object.__setattr__(self, "path", _checked_path(self.path))
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", Path(self.landmarks))
        object.__setattr__(self, "fps", checked_fps(self.fps))
        n_frames = np.inf if isinstance(self.path, Path) else len(self.path)
        if self.span is not None:
            first, last = map(operator.index, self.span)
            if not 0 <= first <= last < n_frames:
                raise ValueError(
                    f"span must be (first, last) with 0 <= first <= last < {n_frames}, "
                    f"got {self.span}."
                )
            n_frames = last - first + 1
            object.__setattr__(self, "span", (first, last))
        if self.roi is not None:
            roi = tuple(map(operator.index, self.roi))
            if len(roi) != 4 or min(roi[:2]) < 0 or min(roi[2:]) < 1:
                raise ValueError(
                    f"roi must be (top, left, height, width), got {self.roi}."
                )
            object.__setattr__(self, "roi", roi)
        check_key_frames(self, n_frames)

    def __repr__(self):
        # A list of a database's clips, each of hundreds of images, must stay readable.
        parts = [str(self.path)]
        if not isinstance(self.path, Path):
            first, last = self.path[0], self.path[-1]
            images = f"{len(self.path)} images from {first.name} to {last.name}"
            parts = [f"{first.parent}: {images}"]
        if self.span is not None:
            parts.append(f"frames {self.span[0]} to {self.span[1]}")
        if self.fps is not None:
            parts.append(f"{self.fps:g} fps")
        for name in (*KEY_FRAMES, "roi", "landmarks"):
            if getattr(self, name) is not None:
                parts.append(f"{name} {getattr(self, name)}")
        return f"ClipFile({', '.join(parts)})"

    @property
    def name(self):
        """Name of the video file, or of the folder of the first image."""
        return (
            self.path.name if isinstance(self.path, Path) else self.path[0].parent.name
        )


def _checked_path(path):
    if isinstance(path, str | PathLike):
        return Path(path)
    try:
        # To make a Path of a Path takes longer than all else here.
        paths = tuple(p if isinstance(p, Path) else Path(p) for p in path)
    except TypeError:
        raise TypeError(
            f"path must be a path or a sequence of paths, got {type(path).__name__}."
        ) from None
    if not paths:
        raise ValueError("path must name at least one frame image, got none.")
    return paths
