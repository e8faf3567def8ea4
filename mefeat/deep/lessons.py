"""Faces for the phases before the recurrent network: what they show, and as which."""

import numpy as np

from mefeat.base import apply_each, need_apex
from mefeat.deep.pictures import spread_frames, take_frames

# Faces of a clip to reconstruct, and frames on each side of the apex.
_N_FACES = 10
_NEAR = 2
NEUTRAL = "neutral"


def picture_lessons(clips, size):
    """Collect faces to reconstruct, spread regularly over the clips.

    Parameters
    ----------
    clips : list of Clip
        Clips.
    size : tuple of int
        Height and width, pixels.

    Returns
    -------
    ndarray of shape (n_faces, 1, height, width), float32
        Faces in 0..1, up to ten of each clip.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> picture_lessons(example_clips(2), (16, 16)).shape
    (20, 1, 16, 16)
    """
    parts = [
        take_frames(clip, spread_frames(len(clip.frames), _N_FACES), size, color=False)
        for clip in clips
    ]
    return np.concatenate(parts) / 255


def expression_lessons(clips, labels, size, owner, *, choose):
    """Collect faces that show an expression, and neutral ones.

    Parameters
    ----------
    clips : list of Clip
        Clips with an apex, unless they are neutral.
    labels : array-like of shape (n_clips,)
        Their classes; "neutral" for clips without an expression.
    size : tuple of int
        Height and width, pixels.
    owner : object
        Who asks, for the message where an apex is missing.
    choose : bool
        Whether to take only the half of each class whose apex frame differs most from
        the first frame.

    Returns
    -------
    faces : ndarray of shape (n_faces, 1, height, width), float32
        Frames around the apex, and the first frame of each clip, in 0..1.
    classes : ndarray of shape (n_faces,)
        0 for neutral faces, and 1, 2, ... for the classes in sorted order.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> lessons = expression_lessons(
    ...     example_clips(2), ["joy", "fear"], (16, 16), "this", choose=False
    ... )
    >>> lessons[1].tolist()
    [0, 2, 2, 2, 2, 2, 0, 1, 1, 1, 1, 1]
    """
    labels = np.asarray(labels)
    classes = [label for label in np.unique(labels) if label != NEUTRAL]
    kept = _strong(clips, labels, owner) if choose else range(len(clips))
    faces, numbers = [], []
    for i in kept:
        clip, shown = clips[i], spread_frames(len(clips[i].frames), _N_FACES)
        number = 0
        if labels[i] != NEUTRAL:
            number = classes.index(labels[i]) + 1
            apex = _apex(clip, owner)
            shown = np.arange(
                max(0, apex - _NEAR), min(len(clip.frames), apex + _NEAR + 1)
            )
        faces.append(take_frames(clip, [0, *shown], size, color=False))
        numbers += [0] + [number] * len(shown)
    return np.concatenate(faces) / 255, np.array(numbers)


def _strong(clips, labels, owner):
    """Find the half of each class that changes most from first frame to apex."""

    def changed(clip):
        first, apex = clip.frames[[0, _apex(clip, owner)]].astype(np.float32)
        return np.abs(apex - first).mean()

    change = np.array(apply_each(changed, clips, owner))
    kept = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        order = own[np.argsort(-change[own], kind="stable")]
        kept += order[: -(-len(own) // 2)].tolist()
    return sorted(kept)


def _apex(clip, owner):
    return need_apex(clip, owner, "spot it, or take it from a coding sheet")
