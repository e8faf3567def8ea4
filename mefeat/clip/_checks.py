"""What the fields of a clip may be."""

import operator
import warnings

import numpy as np

from mefeat.clip._frames import Frames

KEY_FRAMES = ("onset", "apex", "offset")


def checked_frames(frames):
    if isinstance(frames, Frames):
        return frames  # checked when they are made
    if not isinstance(frames, np.ndarray):
        raise TypeError(f"frames must be an ndarray, got {type(frames).__name__}.")
    if frames.dtype != np.uint8:
        if frames.dtype.kind != "f":
            raise TypeError(
                f"frames must be uint8 or floating in 0..255, got {frames.dtype}: "
                "Clip.from_array converts."
            )
        with np.errstate(over="ignore"):
            frames = frames.astype(np.float32, copy=False)
    gray = frames.ndim == 3
    if not gray and not (frames.ndim == 4 and frames.shape[3] == 3):
        raise ValueError(
            "frames must be (n_frames, height, width) or (n_frames, height, width, 3), "
            f"got shape {frames.shape}."
        )
    if frames.size == 0:
        raise ValueError(f"frames must not be empty, got shape {frames.shape}.")
    if frames.dtype != np.uint8:
        _check_finite(frames)
    # One frame that is brighter ends the question.
    if frames.dtype != np.uint8 and frames[0].max() <= 1 and 0 < frames.max() <= 1:
        warnings.warn(
            "frames lie in 0..1, expected 0..255: multiply them by 255.", stacklevel=4
        )
    frames = np.ascontiguousarray(frames).view()
    frames.flags.writeable = False
    return frames


def _check_finite(frames):
    if all(np.isfinite(picture).all() for picture in frames):
        return
    places = np.argwhere(~np.isfinite(frames))
    t, y, x = places[0][:3]
    raise ValueError(
        f"frames must be finite, got {frames[tuple(places[0])]} in frame {t} at "
        f"(x, y) = ({x}, {y}); {len(places)} in all are not."
    )


def checked_landmarks(landmarks, n_frames):
    landmarks = np.asarray(landmarks, dtype=np.float64)
    known = np.isfinite(landmarks)
    if not known.all():  # NaN is what stands for points that were not found
        landmarks = np.where(known, landmarks, np.nan)
    return frozen(landmarks, "landmarks", np.float64, (n_frames, -1, 2))


def check_known(landmarks):
    """Refuse to interpolate NaN, which would then lie in other frames."""
    missing = np.argwhere(np.isnan(landmarks).any(axis=2))
    if len(missing):
        t, point = missing[0]
        raise ValueError(
            f"landmarks must be finite to be interpolated, got NaN for point {point} "
            f"of frame {t}: FaceLandmarks(on_missing='interpolate') fills frames "
            "without a face, 'drop' leaves them out."
        )


def frozen(array, name, dtype, shape):
    array = np.ascontiguousarray(array, dtype=dtype).view()
    good = len(shape) == array.ndim and all(
        want in (-1, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not good:
        want = ", ".join("any" if n == -1 else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({want}), got {array.shape}.")
    array.flags.writeable = False
    return array


def check_key_frames(clip, n_frames):
    given = []
    for name in KEY_FRAMES:
        value = getattr(clip, name)
        if value is None:
            continue
        try:
            value = operator.index(value)
        except TypeError:
            raise TypeError(f"{name} must be a whole number, got {value!r}.") from None
        if not 0 <= value < n_frames:
            raise ValueError(f"{name} must lie in 0..{n_frames - 1}, got {value}.")
        object.__setattr__(clip, name, value)
        given.append(value)
    if given != sorted(given):
        raise ValueError(
            "key frames must be in order onset <= apex <= offset, got "
            f"{clip.onset}, {clip.apex}, {clip.offset}."
        )


def checked_fps(fps):
    if fps is None:
        return None
    fps = float(fps)
    if not 0 < fps < np.inf:
        raise ValueError(f"fps must be positive and finite, got {fps}.")
    return fps
