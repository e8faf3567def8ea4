"""Arrows on an image, and the legend that says what they mean."""

import cv2
import numpy as np

# A ring of colors that people with any kind of color vision tell apart: yellow and blue
# for right and left, bright for up, dark for down.
# fmt: off
_RING = np.array([
    [255, 222, 66],   # right
    [214, 82, 22],    # down
    [22, 84, 204],    # left
    [150, 240, 255],  # up
], dtype=np.float64)
# fmt: on
_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws
INK = 0.09


def direction_colors(vectors):
    """Color vectors by their direction."""
    vectors = np.asarray(vectors, dtype=np.float64)
    quarter = np.arctan2(vectors[..., 1], vectors[..., 0]) / (np.pi / 2) % 4
    before = np.floor(quarter).astype(int) % 4
    share = (quarter - np.floor(quarter))[..., None]
    mixed = _RING[before] + share * (_RING[(before + 1) % 4] - _RING[before])
    return np.rint(mixed).astype(np.uint8)


def spread_order(rows, columns):
    """Order the points of a grid so that the first ones cover it evenly."""
    rank = np.zeros(len(rows), dtype=int)
    for bit in range(3):
        y, x = rows >> bit & 1, columns >> bit & 1
        rank = 4 * rank + 2 * (x ^ y) + y
    return np.argsort(rank, kind="stable")


def arrow_ink(lengths, width=1):
    """Estimate how many pixels arrows cover."""
    return (width + 2.5) * (lengths + 2) + (width + 2) * 2.3 * _tip(lengths, width)


def draw_arrows(image, tails, vectors, *, scale=5.0, ink=None, order=None, width=1):
    """Draw vectors as arrows into an image, thin and smooth.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8
        RGB, updated in place.
    tails, vectors : ndarray of shape (n, 2)
        Where arrows begin and what they show, (x, y), pixels.
    scale : float, default=5.0
        How many times longer than the vectors they are drawn.
    ink : float, optional
        Pixels that may be covered: further arrows are left out. All are drawn by
        default.
    order : ndarray of int, optional
        The order in which they are drawn; as they come by default.
    width : int, default=1
        Width of the lines, pixels.

    Returns
    -------
    int
        Number of arrows drawn.

    Examples
    --------
    >>> image = np.zeros((20, 20, 3), np.uint8)
    >>> draw_arrows(image, np.array([[5.0, 10.0]]), np.array([[2.0, 0.0]]))
    1
    >>> red, green, blue = image[10, 8].tolist()  # to the right is yellow
    >>> red > 200, green > 150, blue < 100
    (True, True, True)
    """
    lengths = scale * np.hypot(*np.asarray(vectors).T)
    order = np.arange(len(lengths)) if order is None else order
    if ink is not None:
        order = order[np.cumsum(arrow_ink(lengths[order], width)) <= ink]
    colors = direction_colors(vectors)
    for i in order:
        head = tails[i] + scale * vectors[i]
        along = vectors[i] / max(np.hypot(*vectors[i]), 1e-9)
        across = np.array([-along[1], along[0]])
        back = head - _tip(lengths[i], width) * along
        side = 0.6 * _tip(lengths[i], width) * across
        lines = [[tails[i], head], [back + side, head, back - side]]
        points = [_fixed(line) for line in lines]
        color = colors[i].tolist()
        cv2.polylines(image, points, False, color, width, cv2.LINE_AA, _SHIFT)
    return len(order)


def draw_legend(image, scale, unit="px"):
    """Draw what colors and lengths of arrows mean into a corner of an image."""
    height = image.shape[0]
    size = min(max(height / 360, 0.75), 3.0)
    radius = round(17 * size)
    amount = _round_amount(30 * size / scale)
    texts = f"arrows x{scale:g}", f"{amount:g} {unit}"
    font, letter = cv2.FONT_HERSHEY_SIMPLEX, 0.42 * size
    wide = max(cv2.getTextSize(t, font, letter, 1)[0][0] for t in texts)
    bar = scale * amount
    box = 2 * radius + round(14 * size), 2 * radius + round(22 * size + max(wide, bar))
    if box[0] > height / 3 or box[1] > image.shape[1] / 1.5:
        return None
    corner = image[height - box[0] :, : box[1]]
    corner[:] = corner * 0.35
    middle = np.array([radius + 7 * size, box[0] / 2])
    _draw_wheel(corner, middle, radius)
    left, line = middle[0] + radius + 8 * size, box[0] / 2
    line_width = max(1, round(size))
    for text, y in zip(texts, (line - 5 * size, line + 16 * size), strict=True):
        place = round(left), round(y)
        white = (255, 255, 255)
        cv2.putText(corner, text, place, font, letter, white, 1, cv2.LINE_AA)
    ends = np.array([[left, line + 1 * size], [left + bar, line + 1 * size]])
    white = (255, 255, 255)
    cv2.polylines(corner, [_fixed(ends)], False, white, line_width, cv2.LINE_AA, _SHIFT)
    return amount


def _draw_wheel(image, middle, radius):
    turn = np.arange(16) * np.pi / 8
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    width = max(1, round(radius / 17))
    for direction, color in zip(around, direction_colors(around), strict=True):
        ends = middle + np.array([[0.3], [1.0]]) * radius * direction
        cv2.polylines(
            image, [_fixed(ends)], False, color.tolist(), width, cv2.LINE_AA, _SHIFT
        )


def _tip(length, width):
    return np.minimum(0.4 * length + 1, 2.5 + 1.5 * width)


def _round_amount(amount):
    """Find the nearest of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** np.arange(-3, 4)[:, None]
    choices = (power * [1, 2, 5]).ravel()
    return float(choices[np.abs(np.log(choices / amount)).argmin()].round(6))


def _fixed(points):
    return np.rint(np.asarray(points) * 2**_SHIFT).astype(np.int32)
