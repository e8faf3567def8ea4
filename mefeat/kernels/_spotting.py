"""Distances between histograms of frames, and spectra in a sliding window of time."""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def average_frames(features, half, out):
    """Average each frame's numbers over frames around it; `out` is updated in place."""
    n_frames, n_numbers = features.shape
    width = min(2 * half + 1, n_frames)
    share = np.float32(1.0 / width)
    for t in range(n_frames):
        first = min(max(t - half, 0), n_frames - width)
        row = out[t]
        row[:] = features[first]
        for other in features[first + 1 : first + width]:
            for i in range(n_numbers):
                row[i] += other[i]
        for i in range(n_numbers):
            row[i] *= share


@njit(cache=True, nogil=True)
def chi_square_to_ends(features, k, out):
    """Chi-square distance of frames to the mean of two others; updates `out`."""
    n_bins = features.shape[2]
    least = np.float32(1e-30)
    half = np.float32(0.5)
    for i in range(out.shape[0]):
        for block in range(out.shape[1]):
            here = features[i + k, block]
            before, after = features[i, block], features[i + 2 * k, block]
            total = np.float32(0.0)
            for b in range(n_bins):
                end = half * (before[b] + after[b])
                apart = here[b] - end
                # Where both are 0 the quotient is 0 / least.
                total += apart * apart / max(here[b] + end, least)
            out[i, block] = total


@njit(cache=True, nogil=True)
def sliding_magnitudes(series, weights, n_kept, angles, out):
    """Sum the spectra of series in a window that slides; `out` is updated in place."""
    n_window, n_frames = len(angles), len(out)
    turn_re, turn_im = np.cos(angles), np.sin(angles)
    cosine = np.cos(angles * np.arange(n_window).reshape(-1, 1))
    sine = np.sin(angles * np.arange(n_window).reshape(-1, 1))
    re, im = np.empty(n_window), np.empty(n_window)
    for s in range(len(series)):
        values, kept = series[s], n_kept[s]
        re[:kept] = 0.0
        im[:kept] = 0.0
        for t in range(n_window):
            x, y = values[t].real, values[t].imag
            for f in range(kept):
                re[f] += x * cosine[t, f] + y * sine[t, f]
                im[f] += y * cosine[t, f] - x * sine[t, f]
        for i in range(n_frames):
            total_magnitude = 0.0
            for f in range(kept):
                total_magnitude += np.sqrt(re[f] * re[f] + im[f] * im[f])
            out[i] += weights[s] * total_magnitude
            if i + 1 == n_frames:
                break
            # The next window: one value leaves, one comes, all turn back by a frame.
            change = values[i + n_window] - values[i]
            dre, dim = change.real, change.imag
            for f in range(kept):
                a, b = re[f] + dre, im[f] + dim
                re[f] = a * turn_re[f] - b * turn_im[f]
                im[f] = a * turn_im[f] + b * turn_re[f]
