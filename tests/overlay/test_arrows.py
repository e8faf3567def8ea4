"""Arrows by hand: colors, ink, order, legend."""

import cv2
import numpy as np
import pytest

from mefeat.overlay import draw_arrows
from mefeat.overlay._arrows import (
    arrow_ink,
    direction_colors,
    draw_legend,
    spread_order,
)


def linear(colors):
    """Light of colors, as far as they go."""
    colors = np.asarray(colors) / 255
    return np.where(
        colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4
    )


# Machado, Oliveira and Fernandes 2009: what people without one kind of cone see.
# fmt: off
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}
# fmt: on


@pytest.mark.parametrize("kind", BLINDNESS)
def test_directions_have_colors_that_everybody_tells_apart(kind):
    turn = np.arange(8) * np.pi / 4
    colors = direction_colors(np.stack([np.cos(turn), np.sin(turn)], axis=1))
    seen = np.clip(linear(colors) @ BLINDNESS[kind].T, 0, 1).astype(np.float32)
    lab = cv2.cvtColor(seen[None] ** np.float32(1 / 2.2), cv2.COLOR_RGB2LAB)[0]
    apart = np.linalg.norm(lab[:, None] - lab, axis=2)
    for k in range(1, 5):
        steps = apart[np.arange(8), (np.arange(8) + k) % 8]
        assert steps.min() > (10 if k == 1 else 20)


def test_colors_change_steadily_around_the_circle():
    turn = np.linspace(-np.pi, np.pi, 721)
    colors = direction_colors(np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert np.abs(np.diff(colors.astype(int), axis=0)).max() <= 3
    assert (colors[0] == colors[-1]).all()


def test_an_arrow_by_hand():
    image = np.zeros((41, 61, 3), np.uint8)
    n = draw_arrows(image, np.array([[10.0, 20.0]]), np.array([[8.0, 0.0]]), scale=5)
    y, x = np.nonzero(image.any(axis=2))
    assert n == 1
    assert (x.min(), x.max()) == (pytest.approx(10, abs=1), pytest.approx(50, abs=1))
    assert (y.min() + y.max()) / 2 == 20
    tip = y[x > 46]
    assert np.ptp(tip) >= 3 and np.ptp(y[x < 44]) <= 2


def test_ink_is_what_arrows_cover(rng):
    for width in (1, 2):
        covered = estimate = 0
        for _ in range(60):
            image = np.zeros((140, 140, 3), np.uint8)
            vector = rng.normal(scale=20, size=(1, 2))
            draw_arrows(image, np.full((1, 2), 70.0), vector, scale=1, width=width)
            covered += image.any(axis=2).sum()
            estimate += arrow_ink(np.hypot(*vector[0]), width)
        assert 0.7 < covered / estimate < 1.05


def test_the_order_covers_the_grid_evenly():
    rows, columns = np.indices((16, 16)).reshape(2, -1)
    order = spread_order(rows, columns)
    assert sorted(order) == list(range(256))
    for n in (16, 64):
        first = np.zeros((16, 16))
        first[rows[order[:n]], columns[order[:n]]] = 1
        quarters = first.reshape(4, 4, 4, 4).sum(axis=(1, 3))
        assert quarters.min() == quarters.max() == n / 16


def test_legend_tells_the_scale():
    image = np.full((360, 640, 3), 200, np.uint8)
    amount = draw_legend(image, 5)
    assert amount == 5
    changed = (image != 200).any(axis=2)
    assert changed[-10, 10] and not changed[:280].any() and not changed[:, 130:].any()
    assert draw_legend(image, 50) == 0.5
    small = np.zeros((60, 60, 3), np.uint8)
    assert draw_legend(small, 5) is None and not small.any()
