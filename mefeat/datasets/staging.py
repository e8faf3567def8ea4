"""From settings and seeds to subjects and scenes."""

import numpy as np

from mefeat.datasets.acting import draw_habits, draw_twitches
from mefeat.datasets.disturbances import draw_closing, draw_light, draw_poses
from mefeat.datasets.scenes import Scene, expression_fields
from mefeat.datasets.subjects import make_subject

# Blinks in a second.
BLINK_RATE = 0.4

# Largest displacement by one of the twitches of a restless face, pixels.
TWITCH = 0.6


def cast_subject(face, settings, seed):
    """Make a subject and its habits.

    Parameters
    ----------
    face : tuple of ndarray
        Photograph and landmarks.
    settings : Settings
        Size and color count.
    seed : numpy.random.SeedSequence
        Source of chance.

    Returns
    -------
    subject : Subject
        The face at rest.
    habits : Habits
        How it shows expressions.
    """
    looks, habits = map(np.random.default_rng, seed.spawn(2))
    subject = make_subject(*face, settings.size, looks, color=settings.color)
    return subject, draw_habits(habits)


def stage_scene(subject, settings, expressions, amplitudes, courses, seed):
    """Bring expressions to their amplitudes, and draw all that happens beside them.

    Parameters
    ----------
    subject : Subject
        The face at rest.
    settings : Settings
        How the clip is taken.
    expressions : list of Expression
        What is shown.
    amplitudes : list of float
        Largest displacement of the skin by each at its apex, pixels.
    courses : ndarray of shape (n_expressions, n_frames)
        How far each has gone, from 0 to 1.
    seed : numpy.random.SeedSequence
        Source of chance.

    Returns
    -------
    Scene
        What is to be rendered; its first moves are those of the expressions.
    """
    n_frames, fps = courses.shape[1], settings.fps
    noise, *seeds = seed.spawn(5)
    head, lamp, lids, skin = map(np.random.default_rng, seeds)
    twitches, waves = draw_twitches(n_frames, fps, skin)
    amplitudes = [*amplitudes, *[TWITCH * settings.head_motion] * len(twitches)]
    moves = np.stack([expression.moves for expression in [*expressions, *twitches]])
    largest = np.sqrt((expression_fields(subject, moves) ** 2).sum(axis=3))
    scales = amplitudes / largest.max(axis=(1, 2))
    closing = draw_closing(n_frames, fps, BLINK_RATE, lids)
    return Scene(
        subject=subject,
        moves=scales[:, None, None] * moves,
        courses=np.concatenate([courses, waves]),
        closing=closing if settings.blinks else np.zeros(n_frames),
        poses=draw_poses(n_frames, fps, settings.head_motion, settings.size, head),
        light=draw_light(n_frames, fps, settings.flicker, lamp),
        noise=settings.noise,
        seed=noise,
        jpeg=settings.jpeg,
    )
