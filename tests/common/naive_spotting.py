"""Slow, obvious twins of what is in mefeat.kernels._spotting."""

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


def cubic(frame, matrix, size):
    """Interpolate along rows, then along the column, by the kernel of Keys."""

    def weight(distance):
        d = abs(distance)
        if d < 1:
            return 1.5 * d**3 - 2.5 * d**2 + 1
        return -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0.0

    height, width = frame.shape
    out = np.empty(size)
    for y, x in itertools.product(*map(range, size)):
        sx, sy = matrix @ [x, y, 1]
        sx, sy = np.clip(sx, 0, width - 1), np.clip(sy, 0, height - 1)
        left, top = int(sx), int(sy)
        out[y, x] = sum(
            weight(sy - j)
            * weight(sx - i)
            * frame[np.clip(j, 0, height - 1), np.clip(i, 0, width - 1)]
            for j in range(top - 1, top + 3)
            for i in range(left - 1, left + 3)
        )
    return out


def moved_difference(image, points, values, found):
    """Shift, grow and turn the points, and take away the reference in its light."""
    height, width = image.shape
    middle = np.array([width - 1, height - 1]) / 2
    right, down, growth, turn, gain, offset = found
    out = []
    for point, value in zip(points, values, strict=True):
        across, along = (point - middle) / width
        x = point[0] + right + growth * across - turn * along
        y = point[1] + down + growth * along + turn * across
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
        cells = itertools.product(range(int(y), int(y) + 2), range(int(x), int(x) + 2))
        seen = sum(
            (1 - abs(y - j))
            * (1 - abs(x - i))
            * image[min(j, height - 1), min(i, width - 1)]
            for j, i in cells
        )
        out.append(seen - (1 + gain) * value - offset)
    return np.array(out)


def robust_fit(terms, residuals, n_rounds):
    """Least squares with weights 1 / (1 + (r / s)^2)^2, s 1.5 times the median."""
    total, left = np.zeros(terms.shape[1]), np.array(residuals)
    for _ in range(n_rounds):
        scale = max(1.5 * np.median(np.abs(left)), 1.0)
        root = 1 / (1 + (left / scale) ** 2)
        step = np.linalg.lstsq(terms * root[:, None], -left * root, rcond=None)[0]
        total, left = total + step, left + terms @ step
    return total
