"""Slow, obvious twins of the magnification: compare, do not optimize."""

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.signal import lfilter

BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16
YIQ = np.array(
    [
        [0.299, 0.587, 0.114],
        [0.59590059, -0.27455667, -0.32134392],
        [0.21153661, -0.52273617, 0.31119955],
    ]
)


def filter_matrix(n):
    """Binomial filter of n numbers, mirrored about the first and the last."""
    matrix = np.zeros((n, n))
    for i in range(n):
        for k, weight in zip(range(-2, 3), BINOMIAL, strict=True):
            j = abs(i + k)
            matrix[i, j if j < n else 2 * (n - 1) - j] += weight
    return matrix


def down(image):
    rows, columns = (filter_matrix(n)[::2] for n in image.shape)
    return rows @ image @ columns.T


def up(image, size):
    stuffed = np.zeros(size)
    stuffed[::2, ::2] = image
    rows, columns = (2 * filter_matrix(n) for n in size)
    return rows @ stuffed @ columns.T


def laplacian(image, n_bands):
    """Bands from fine to coarse, and the low-pass residual."""
    bands = []
    for _ in range(n_bands):
        coarse = down(image)
        bands.append(image - up(coarse, image.shape))
        image = coarse
    return [*bands, image]


def collapse(bands):
    image = bands[-1]
    for band in bands[-2::-1]:
        image = band + up(image, band.shape)
    return image


def weighted(image, factors):
    bands = laplacian(image, len(factors) - 1)
    return collapse([f * band for f, band in zip(factors, bands, strict=True)])


def low_pass(values, b, a):
    """Filter along time, started as if the first value had always been there."""
    return values[0] + lfilter(b, a, values - values[0], axis=0)


def magnify(frames, factors, band_pass, attenuation=1.0):
    """Filter every coefficient of the pyramid of every frame, channel by channel."""
    frames = np.asarray(frames, float)
    if frames.ndim == 3:
        return np.clip(frames + _change(frames, factors, band_pass), 0, 255)
    yiq = frames @ YIQ.T
    change = np.stack(
        [_change(yiq[..., c], factors, band_pass) for c in range(3)], axis=-1
    )
    change = (change * [1, attenuation, attenuation]) @ np.linalg.inv(YIQ).T
    return np.clip(frames + change, 0, 255)


def _change(frames, factors, band_pass):
    pyramids = [laplacian(frame, len(factors) - 1) for frame in frames]
    bands = [band_pass(np.stack(levels)) for levels in zip(*pyramids, strict=True)]
    return np.stack(
        [
            collapse([f * band[t] for f, band in zip(factors, bands, strict=True)])
            for t in range(len(frames))
        ]
    )


def fixed_point(field, n_steps=200):
    """Points p with p + field(p) on the grid, as (2, height, width) of (x, y)."""
    grid = np.stack(np.mgrid[: field.shape[1], : field.shape[2]][::-1]).astype(float)
    points = grid
    for _ in range(n_steps):
        points = grid - sample(field, points)
    return points


def sample(field, points):
    at = points[::-1]
    return np.stack([map_coordinates(f, at, order=1, mode="nearest") for f in field])


def about_mean_shape(flow):
    mean = flow.mean(axis=0)
    points = fixed_point(mean)
    return np.stack([sample(field, points) - sample(mean, points) for field in flow])


def exaggerate(displacements, alpha, n_components):
    rows = displacements.reshape(len(displacements), -1)
    left, size, right = np.linalg.svd(rows, full_matrices=False)
    kept = slice(None, n_components)
    main = left[:, kept] * size[kept] @ right[kept]
    return (alpha * main).reshape(displacements.shape)


def warp(frames, before, after):
    out = []
    for frame, start, end in zip(frames, before, after, strict=True):
        mean_shape = fixed_point(end)
        out.append(sample(frame[None], mean_shape + sample(start, mean_shape))[0])
    return np.stack(out)
