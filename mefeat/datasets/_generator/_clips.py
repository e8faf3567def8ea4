"""Labelled clips, rendered from photographs of faces."""

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
from mefeat.datasets._generator._acting import (
    course,
    draw_expression,
    draw_key_frames,
    reach,
)
from mefeat.datasets._generator._scenes import cast_subject, stage_scene
from mefeat.datasets._generator._settings import (
    CLASSES,
    Settings,
    check_amplitude,
    check_count,
)

# The 68 points of skimage.data.astronaut(), (x, y) in pixels: dlib's predictor on the
# enlarged face, averaged over jittered and mirrored boxes; brows and the corners of
# eyes and mouth were then set by eye.
# fmt: off
ASTRONAUT = np.array([
    [179.3, 104.5], [179.4, 116.0], [180.2, 127.4], [181.3, 138.9],
    [184.5, 150.3], [190.9, 160.1], [199.8, 168.4], [209.3, 175.6],
    [220.4, 178.1], [232.2, 176.7], [243.0, 170.8], [253.1, 163.3],
    [260.5, 153.7], [265.1, 142.7], [268.0, 131.1], [270.2, 119.8],
    [271.8, 107.9], [189.9, 91.0], [194.2, 88.9], [199.8, 88.2],
    [206.8, 89.6], [213.6, 92.3], [238.3, 93.1], [244.3, 92.2],
    [251.6, 91.8], [257.8, 92.4], [262.9, 95.6], [225.7, 102.2],
    [225.5, 110.6], [225.3, 118.7], [225.1, 127.1], [214.1, 130.9],
    [219.1, 132.4], [224.2, 134.3], [229.5, 133.0], [234.3, 131.9],
    [194.0, 101.0], [200.3, 97.8], [206.9, 98.5], [212.5, 103.8],
    [206.2, 104.2], [199.7, 103.7], [237.4, 105.2], [243.6, 100.3],
    [250.1, 100.4], [257.0, 103.9], [250.2, 106.3], [243.8, 106.1],
    [201.8, 139.2], [209.1, 139.0], [217.7, 139.4], [223.1, 140.7],
    [229.1, 139.8], [237.2, 140.2], [245.3, 140.8], [237.2, 151.0],
    [228.7, 155.0], [222.1, 155.5], [216.1, 154.5], [207.7, 149.4],
    [203.6, 140.2], [217.3, 142.9], [222.9, 144.0], [228.9, 143.3],
    [242.4, 141.8], [228.8, 149.7], [222.6, 150.2], [216.7, 149.3],
])
# fmt: on


def astronaut():
    """Load the default face, scikit-image's portrait of Eileen Collins."""
    from skimage.data import astronaut as photograph

    return photograph(), ASTRONAUT.copy()


def check_faces(faces):
    """Check the faces given by a user, and find landmarks where they lack."""
    if faces is None:
        return [astronaut()]
    if isinstance(faces, np.ndarray) or not hasattr(faces, "__len__"):
        raise TypeError(
            "faces must be a list of photographs, or of pairs (photograph, landmarks), "
            f"got {type(faces).__name__}."
        )
    if not len(faces):
        raise ValueError("faces must hold at least one photograph, got none.")
    return [_check_face(face, f"faces[{i}]") for i, face in enumerate(faces)]


def _check_face(face, name):
    photo, landmarks = face if isinstance(face, tuple | list) else (face, None)
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8:
        kind = getattr(photo, "dtype", type(photo).__name__)
        raise TypeError(f"{name} must be a uint8 photograph, got {kind}.")
    if photo.ndim != 3 or photo.shape[2] != 3:
        raise ValueError(
            f"{name} must be RGB of shape (height, width, 3), got {photo.shape}."
        )
    if landmarks is None:
        from mefeat.faces import FaceLandmarks

        clip = FaceLandmarks().fit_transform([Clip(frames=photo[None])])[0]
        landmarks = clip.landmarks[0]
    landmarks = np.array(landmarks, dtype=np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(
            f"the landmarks of {name} must be 68 finite points (x, y), got shape "
            f"{landmarks.shape}."
        )
    right, left = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    if left[0] - right[0] < 10:
        raise ValueError(
            f"the eyes of {name} must be at least 10 pixels apart, the right one "
            f"on the left of the image, got {right} and {left}."
        )
    return photo, landmarks


# Shortest and longest clip, seconds.
CLIP_LENGTH = (0.17, 0.5)

_DESCR = """Synthetic clips of micro-expressions

{n_clips} clips of {n_subjects} subjects in {n_classes} classes, rendered by
mefeat.datasets.make_clips from {n_faces} photograph(s), amplitude {amplitude} pixels,
{settings}.
These are not recordings: figures on them say which method works better on such
images, and are never to be set beside published ones without the word synthetic."""


class TrueFlow(Sequence):
    """True optical flow from onset to apex, computed when a clip's is asked for."""

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
    """Draw the numbers that all seeds of a set of clips come from."""
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
