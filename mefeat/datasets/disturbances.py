"""What disturbs a clip and carries no label: blinks, head motion and light."""

import numpy as np


def draw_closing(n_frames, fps, rate, rng):
    """Draw blinks.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    fps : float
        Frames per second.
    rate : float
        Mean number of blinks in a second.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_frames,)
        How far the eyes are closed, from 0 to 1.
    """
    t = np.arange(n_frames) / fps
    closing = np.zeros(n_frames)
    # A blink that began before the clip may still be under way.
    begin = rng.exponential(1 / rate) - 0.3
    while begin < t[-1]:
        down, shut, up = rng.uniform([0.06, 0.02, 0.12], [0.1, 0.05, 0.2])
        end = begin + down + shut + up
        phase = np.clip(np.minimum((t - begin) / down, (end - t) / up), 0, 1)
        blink = rng.uniform(0.85, 1) * np.sin(np.pi / 2 * phase) ** 2
        closing = np.maximum(closing, blink)
        begin = end + rng.exponential(1 / rate)
    return closing


def draw_poses(n_frames, fps, amount, size, rng):
    """Draw how the head drifts and turns.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    fps : float
        Frames per second.
    amount : float
        1 is a drift of about a pixel to each side, a fifth of a degree, and two
        thousandths in size.
    size : tuple of int
        Height and width of the frames.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_frames, 2, 3)
        Affine maps of points (x, y) of the head at rest to points of the frame.
    """
    t = np.arange(n_frames)[:, None] / fps
    # Slow waves are larger than quick ones; some heads are stiller than others.
    frequency = np.exp(rng.uniform(np.log(0.15), np.log(3), (4, 6)))
    wave = np.cos(2 * np.pi * (frequency[:, None] * t + rng.random((4, 1, 6))))
    paths = (wave / np.sqrt(frequency[:, None])).sum(axis=2) / np.sqrt(6)
    paths *= amount * np.exp(0.4 * rng.standard_normal())
    x, y = paths[:2]
    turn, growth = np.deg2rad(0.2) * paths[2], 1 + 0.002 * paths[3]
    cos, sin = growth * np.cos(turn), growth * np.sin(turn)
    poses = np.stack([cos, -sin, x, sin, cos, y], axis=1).reshape(-1, 2, 3)
    center = np.array([size[1] - 1, size[0] - 1]) / 2
    poses[..., 2] += center - poses[..., :2] @ center
    return poses


def draw_light(n_frames, fps, amount, rng):
    """Draw the flicker of a lamp at 100 Hz and slow changes of light.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    fps : float
        Frames per second.
    amount : float
        Depth of the flicker and of the slow changes in percent.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (n_frames, 2)
        Factor of brightness, and its difference between right and left.
    """
    t = np.arange(n_frames) / fps
    # The mains are a little off; the shutter, open half of the time, softens it.
    mains = 100 + rng.uniform(-0.2, 0.2)
    lamp = np.sinc(mains * 0.5 / fps) * np.sin(2 * np.pi * (mains * t + rng.random()))
    frequency, phase = rng.uniform(0.1, 1, 2)[:, None], rng.random(2)[:, None]
    slow, tilt = np.sin(2 * np.pi * (frequency * t + phase))
    factor = 1 + 0.01 * amount * (lamp + slow)
    return np.stack([factor, 0.01 * amount * tilt], axis=1)
