"""Labelled clips without a licence, rendered from photographs of faces."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.utils import Bunch, check_random_state

from mefeat.base import one_thread
from mefeat.clip import Clip
from mefeat.datasets.acting import course, draw_expression, draw_key_frames, reach
from mefeat.datasets.faces import check_faces
from mefeat.datasets.settings import (
    CLASSES,
    Settings,
    check_amplitude,
    check_count,
)
from mefeat.datasets.staging import cast_subject, stage_scene

# Shortest and longest clip, seconds.
CLIP_LENGTH = (0.17, 0.5)

_DESCR = """Synthetic clips of micro-expressions

{n_clips} clips of {n_subjects} subjects in {n_classes} classes, rendered by
mefeat.datasets.make_clips from {n_faces} photograph(s), amplitude {amplitude} pixels,
{settings}.
These are not recordings: figures on them say which method works better on such
pictures, and are never to be set beside published ones without the word synthetic."""


class TrueFlow(Sequence):
    """True optical flow from onset to apex, computed when a clip's is asked for.

    Parameters
    ----------
    takes : list of dict
        The clips and the scenes that they were rendered from.
    """

    def __init__(self, takes):
        self._takes = [
            (take["scene"], take["clip"].onset, take["clip"].apex) for take in takes
        ]

    def __len__(self):
        return len(self._takes)

    def __getitem__(self, index):
        scene, onset, apex = self._takes[operator.index(index)]
        return scene.flow(onset, apex)


def make_clips(
    n_subjects=8,
    n_per_class=3,
    classes=CLASSES,
    *,
    faces=None,
    size=(170, 140),
    fps=200,
    amplitude=1.5,
    head_motion=1.0,
    noise=2.0,
    flicker=1.0,
    blinks=True,
    color=False,
    jpeg=None,
    random_state=0,
    n_jobs=None,
):
    """Make labelled clips of micro-expressions.

    Parameters
    ----------
    n_subjects : int, default=8
        Number of subjects.
    n_per_class : int, default=3
        Number of clips of each subject in each class.
    classes : sequence of str, default=("happiness", "disgust", "surprise", \
            "repression", "sadness")
        Names of the classes; there are also "fear", "anger" and "contempt".
    faces : list, optional
        RGB photographs (height, width, 3) as uint8, or pairs of a photograph and its
        68 landmarks, which are found by `mefeat.faces` where they lack. Subjects take
        them in turn. By default all come from `skimage.data.astronaut()`.
    size : tuple of int, default=(170, 140)
        Height and width of the frames, which the face fills.
    fps : float, default=200
        Frames per second.
    amplitude : float, default=1.5
        Largest displacement of the skin by the expression at its apex, pixels: 0.5 is
        next to nothing, 1.5 a micro-expression, 6 a macro-expression. At most 12
        percent of the eye distance, which is 0.4 times the width.
    head_motion : float, default=1.0
        Restlessness: 1 is a drift of the head of about a pixel to each side, and
        twitches of the skin of up to 0.6 pixels. 0 holds it still.
    noise : float, default=2.0
        Standard deviation of the sensor noise, gray levels.
    flicker : float, default=1.0
        Depth of the flicker of a lamp at 100 Hz, and of slow changes of the light,
        in percent of the brightness.
    blinks : bool, default=True
        Whether eyes may blink.
    color : bool, default=False
        Whether frames are RGB.
    jpeg : int, optional
        Quality, from 1 to 100, of a JPEG compression of every frame.
    random_state : int, RandomState instance or None, default=0
        Same seed, same bytes.
    n_jobs : int, optional
        Number of threads, by joblib's rules; it does not change the clips.

    Returns
    -------
    Bunch
        With the fields

        - `clips`, a list of `Clip` with landmarks, key frames and fps, uint8;
        - `target`, the classes as indices into `target_names`;
        - `target_names`, the names of the classes;
        - `groups`, the name of the subject of each clip;
        - `frame`, a DataFrame of one row per clip: subject, clip, onset, apex, offset,
          emotion, action_units as "6+12", and intensities, a tuple that says how far
          each unit moves its strongest landmark at the apex, pixels;
        - `flow`, whose item i is the true flow (2, height, width) of clip i from onset
          to apex in pixels, `head_motion` included, computed when asked for;
        - `DESCR`, a description.

    Raises
    ------
    TypeError
        If a parameter is of the wrong kind.
    ValueError
        If a parameter is out of range, or a class is unknown.

    Notes
    -----
    Every frame is one backward warp of the photograph, averaged over the area of each
    pixel. A class is a set of action units; a clip shows a random part of them with
    random strengths, now and then with a unit that does not belong, in the way of the
    subject (gains, asymmetry, which of alternative units). Clips take 0.17 to 0.5
    seconds (at least 6 frames) from neutral to neutral, the apex in their middle half.
    Timing, head motion, light, blinks and noise do not depend on the class, nor on
    `amplitude`: the same seed with another amplitude gives the same clips but for how
    far the skin moves.

    Examples
    --------
    >>> from mefeat.datasets import make_clips
    >>> bunch = make_clips(2, 1, ["happiness", "surprise"], size=(64, 56))
    >>> bunch.clips[0].frames.shape[1:], bunch.flow[0].shape
    ((64, 56), (2, 64, 56))
    >>> bunch.target.tolist(), bunch.groups.tolist()
    ([0, 1, 0, 1], ['s01', 's01', 's02', 's02'])
    """
    n_subjects = check_count(n_subjects, "n_subjects", 1)
    n_per_class = check_count(n_per_class, "n_per_class", 1)
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
    amplitude = check_amplitude(amplitude, settings.size)
    faces = check_faces(faces)
    entropy = draw_entropy(random_state)
    keys = list(
        product(range(n_subjects), range(len(settings.classes)), range(n_per_class))
    )
    with one_thread():
        parallel = Parallel(n_jobs=n_jobs, prefer="threads")
        cast = parallel(
            delayed(cast_subject)(faces[i % len(faces)], settings, _seed(entropy, 0, i))
            for i in range(n_subjects)
        )
        takes = parallel(
            delayed(_take)(
                *cast[key[0]], settings, amplitude, key[1], _seed(entropy, 1, *key)
            )
            for key in keys
        )
    frame = _table(keys, takes, settings)
    return Bunch(
        clips=[take["clip"] for take in takes],
        target=np.array([c for _, c, _ in keys]),
        target_names=np.array(settings.classes),
        groups=frame["subject"].to_numpy(dtype=str),
        frame=frame,
        flow=TrueFlow(takes),
        DESCR=_DESCR.format(
            n_clips=len(keys),
            n_subjects=n_subjects,
            n_classes=len(settings.classes),
            n_faces=len(faces),
            amplitude=amplitude,
            settings=settings,
        ),
    )


def draw_entropy(random_state):
    """Draw the numbers that all seeds of a set of clips come from.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        Source of chance.

    Returns
    -------
    list of int
        Entropy of a `numpy.random.SeedSequence`.
    """
    return check_random_state(random_state).randint(2**31 - 1, size=4).tolist()


def _seed(entropy, *key):
    """Seed of one subject or clip; growing the set leaves the others alone."""
    return np.random.SeedSequence(entropy, spawn_key=key)


def _take(subject, habits, settings, amplitude, class_index, seed):
    """Make one clip and what is known about it."""
    acted, timed, around = seed.spawn(3)
    rng = np.random.default_rng(timed)
    n_frames = max(6, round(rng.uniform(*CLIP_LENGTH) * settings.fps))
    key_frames = draw_key_frames(n_frames, habits.tempo, rng)
    expression = draw_expression(
        settings.classes[class_index], habits, np.random.default_rng(acted)
    )
    courses = course(n_frames, *key_frames)[None]
    scene = stage_scene(subject, settings, [expression], [amplitude], courses, around)
    scale = np.abs(scene.moves[0]).max() / np.abs(expression.moves).max()
    clip = Clip(*scene.render(), *key_frames, settings.fps)
    return {
        "clip": clip,
        "scene": scene,
        "action_units": "+".join(map(str, expression.strengths)),
        "intensities": tuple(
            float(scale * strength * reach(unit))
            for unit, strength in expression.strengths.items()
        ),
    }


def _table(keys, takes, settings):
    rows = []
    for (i, c, k), take in zip(keys, takes, strict=True):
        emotion = settings.classes[c]
        clip = take["clip"]
        rows.append(
            {
                "subject": f"s{i + 1:02d}",
                "clip": f"{emotion}_{k + 1}",
                "onset": clip.onset,
                "apex": clip.apex,
                "offset": clip.offset,
                "emotion": emotion,
                "action_units": take["action_units"],
                "intensities": take["intensities"],
            }
        )
    return pd.DataFrame(rows)
