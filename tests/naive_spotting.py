"""Slow, obvious twins of what is in mefeat.kernels.spotting."""

import itertools

import numpy as np


def averages(features, half):
    n_frames, width = len(features), min(2 * half + 1, len(features))
    out = np.empty(features.shape)
    for t in range(n_frames):
        first = min(max(t - half, 0), n_frames - width)
        out[t] = features[first : first + width].mean(axis=0)
    return out


def chi_square(a, b):
    return sum((x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y > 0)


def distances(features, k):
    rows = []
    for t in range(k, len(features) - k):
        ends = (features[t - k] + features[t + k]) / 2
        rows.append([chi_square(a, b) for a, b in zip(features[t], ends, strict=True)])
    return np.array(rows)


def histograms(frames, regions, radius=3):
    """Uniform patterns of rounded neighbors, pixel by pixel."""
    uniform = []
    for code in range(256):
        bits = [code >> p & 1 for p in range(8)]
        if sum(bits[p] != bits[p - 1] for p in range(8)) <= 2:
            uniform.append(code)
    height, width = frames.shape[1:]
    out = np.zeros((len(frames), regions.max() + 1, 59))
    inner = itertools.product(
        range(len(frames)),
        range(radius, height - radius),
        range(radius, width - radius),
    )
    for t, y, x in inner:
        code = 0
        for p in range(8):
            angle = 2 * np.pi * p / 8
            dy = int(np.floor(-radius * np.sin(angle) + 0.5 + 1e-9))
            dx = int(np.floor(radius * np.cos(angle) + 0.5 + 1e-9))
            code += 2**p * (frames[t, y + dy, x + dx] >= frames[t, y, x])
        place = uniform.index(code) if code in uniform else 58
        out[t, regions[y, x], place] += 1
    return out / out.sum(axis=2, keepdims=True)


def frequency_curve(codes, rows, columns, n_window, cutoff):
    """A 3-D transform for each window and block."""
    half = n_window // 2
    padded = np.pad(codes.astype(float), ((half, half), (0, 0), (0, 0)), mode="edge")
    out = np.zeros(len(codes))
    for top, left in itertools.product(range(len(rows) - 1), range(len(columns) - 1)):
        block = padded[:, rows[top] : rows[top + 1], columns[left] : columns[left + 1]]
        axes = [np.fft.fftfreq(n) for n in (n_window, *block.shape[1:])]
        t, y, x = np.meshgrid(*axes, indexing="ij")
        high = np.sqrt(t**2 + y**2 + x**2) >= cutoff
        for i in range(len(out)):
            spectrum = np.abs(np.fft.fftn(block[i : i + n_window]))
            out[i] += spectrum[high].sum()
    return out


def most_pairs(fits):
    """The largest number of one-to-one pairs, by trying all."""
    n_rows, n_columns = fits.shape
    if n_rows > n_columns:
        return most_pairs(fits.T)
    return max(
        sum(fits[i, j] for i, j in enumerate(chosen))
        for chosen in itertools.permutations(range(n_columns), n_rows)
    )
