"""Long videos with expressions at known places, for spotting."""

from __future__ import annotations

import numpy as np

from mefeat.base import one_thread
from mefeat.clip import Clip, Interval
from mefeat.datasets._generator._acting import course, draw_expression
from mefeat.datasets._generator._clips import check_faces, draw_entropy
from mefeat.datasets._generator._scenes import cast_subject, stage_scene
from mefeat.datasets._generator._settings import (
    CLASSES,
    Settings,
    check_amplitude,
    check_count,
    check_number,
)

# Shortest and longest expressions, and the least time between two, seconds.
LENGTHS = {"micro": (0.2, 0.5), "macro": (0.7, 2.0)}
GAP = 0.5


def make_video(
    duration=20,
    n_expressions=3,
    *,
    classes=CLASSES,
    faces=None,
    size=(170, 140),
    fps=100,
    amplitude=(1.5, 6.0),
    head_motion=1.0,
    noise=2.0,
    flicker=1.0,
    blinks=True,
    color=False,
    jpeg=None,
    random_state=0,
):
    """Make a long video of one subject with expressions at known places.

    Parameters
    ----------
    duration : float, default=20
        Length in seconds.
    n_expressions : int or tuple of int, default=3
        Number of expressions, every second one a macro-expression; or the numbers of
        micro- and of macro-expressions. They come in any order, at least half a second
        apart.
    classes : sequence of str, default=("happiness", "disgust", "surprise", \
            "repression", "sadness")
        What the expressions are; see `make_clips` for the names.
    faces : list, optional
        Photographs as in `make_clips`; the first is taken.
    size : tuple of int, default=(170, 140)
        Height and width of the frames.
    fps : float, default=100
        Frames per second.
    amplitude : float or tuple of float, default=(1.5, 6.0)
        Largest displacement at the apex of micro- and of macro-expressions, pixels, or
        one for both.
    head_motion, noise, flicker : float
        Disturbances, as in `make_clips`.
    blinks : bool, default=True
        Whether the eyes blink, about every two and a half seconds.
    color : bool, default=False
        Whether frames are RGB.
    jpeg : int, optional
        Quality of a JPEG compression of every frame.
    random_state : int, RandomState instance or None, default=0
        Same seed, same bytes.

    Returns
    -------
    clip : Clip
        The video, uint8, with landmarks and fps, without key frames.
    intervals : list of Interval
        The expressions in order of time: onset the last neutral frame before, offset
        the first after, kind "micro" (0.2 to 0.5 seconds) or "macro" (0.7 to 2).

    Raises
    ------
    TypeError
        If a parameter is of the wrong kind.
    ValueError
        If a parameter is out of range, or the video too short for its expressions.

    Examples
    --------
    >>> from mefeat.datasets import make_video
    >>> clip, intervals = make_video(2, 1, size=(64, 56), fps=50)
    >>> clip
    Clip(100 frames of 64x56 gray uint8, 50 fps, 68 landmarks)
    >>> [interval.kind for interval in intervals]
    ['micro']
    """
    check_number(duration, "duration", 0.5, 3600)
    settings = Settings(
        classes=classes,
        size=size,
        fps=fps,
        head_motion=head_motion,
        noise=noise,
        flicker=flicker,
        blinks=blinks,
        color=color,
        jpeg=jpeg,
    )
    kinds = _kinds(n_expressions)
    amplitudes = _amplitudes(amplitude, kinds, settings.size)
    face = check_faces(faces)[0]
    n_frames = max(2, round(duration * fps))
    cast, placed, acted, around = np.random.SeedSequence(
        draw_entropy(random_state)
    ).spawn(4)
    intervals = _place(n_frames, fps, kinds, np.random.default_rng(placed))
    rng = np.random.default_rng(acted)
    names = [settings.classes[rng.integers(len(settings.classes))] for _ in intervals]
    courses = [course(n_frames, *_key_frames(interval)) for interval in intervals]
    with one_thread():
        subject, habits = cast_subject(face, settings, cast)
        scene = stage_scene(
            subject,
            settings,
            [draw_expression(name, habits, rng) for name in names],
            [amplitudes[interval.kind] for interval in intervals],
            np.reshape(courses, (-1, n_frames)),
            around,
        )
        frames, landmarks = scene.render()
    return Clip(frames, landmarks, fps=fps), intervals


def _key_frames(interval):
    return interval.onset, interval.apex, interval.offset


def _kinds(n_expressions):
    if isinstance(n_expressions, tuple | list):
        if len(n_expressions) != 2:
            raise ValueError(
                "n_expressions must be a number or (n_micro, n_macro), got "
                f"{n_expressions}."
            )
        n_micro, n_macro = n_expressions
    else:
        n_expressions = check_count(n_expressions, "n_expressions", 0)
        n_macro = n_expressions // 2
        n_micro = n_expressions - n_macro
    n_micro = check_count(n_micro, "n_expressions", 0)
    n_macro = check_count(n_macro, "n_expressions", 0)
    return ["micro"] * n_micro + ["macro"] * n_macro


def _amplitudes(amplitude, kinds, size):
    pair = amplitude if isinstance(amplitude, tuple | list) else (amplitude,) * 2
    if len(pair) != 2:
        raise ValueError(
            f"amplitude must be a number or (micro, macro), got {amplitude}."
        )
    both = dict(zip(("micro", "macro"), pair, strict=True))
    return {kind: check_amplitude(both[kind], size) for kind in set(kinds)}


def _place(n_frames, fps, kinds, rng):
    """Draw intervals that keep their distance."""
    kinds = [kinds[i] for i in rng.permutation(len(kinds))]
    lengths = np.array(
        [max(4, int(rng.uniform(*LENGTHS[kind]) * fps)) for kind in kinds], dtype=int
    )
    gap = int(np.ceil(GAP * fps))
    needed = lengths.sum() + gap * (len(kinds) + 1)
    if needed > n_frames:
        raise ValueError(
            f"{len(kinds)} expressions need {needed / fps:.1f} seconds here, but "
            f"duration is {n_frames / fps:.1f}: make the video longer or show fewer."
        )
    slack = np.sort(rng.integers(0, n_frames - needed + 1, len(kinds)))
    starts = slack + gap * np.arange(1, len(kinds) + 1)
    starts += np.concatenate([[0], lengths.cumsum()[:-1]]).astype(int)[: len(kinds)]
    intervals = []
    for kind, start, length in zip(
        kinds, starts.tolist(), lengths.tolist(), strict=True
    ):
        # The rise is shorter than the fall.
        rise = min(max(1, round((length - 1) * rng.uniform(0.3, 0.45))), length - 3)
        intervals.append(Interval(start, start + rise, start + length - 1, kind=kind))
    return intervals
