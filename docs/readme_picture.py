"""Draw the picture of the README: `python docs/readme_picture.py`."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.interpolate import TemporalInterpolation
from mefeat.regions import edges, grid_regions
from mefeat.texture import lbp_top

GRID = (8, 8)
COLORS = {"xy": "#0072b2", "xt": "#d55e00", "yt": "#009e73"}


def main():
    bunch = make_clips(
        n_subjects=1, n_per_class=1, classes=["happiness"], amplitude=2, random_state=1
    )
    clip, motion = bunch.clips[0], np.hypot(*np.asarray(bunch.flow[0]))
    volume = TemporalInterpolation(10).apply(clip).frames
    regions = grid_regions(motion.shape, GRID)
    moved = np.bincount(regions.ravel(), motion.ravel()) / np.bincount(regions.ravel())
    block = int(moved.argmax())
    figure, axes = plt.subplots(
        1,
        4,
        figsize=(11, 3.4),
        width_ratios=[1, 1.13, 1, 1.5],
        layout="constrained",
    )
    _draw_blocks(axes[0], clip.frames[clip.apex])
    shown = axes[1].imshow(motion, cmap="magma")
    axes[1].set_title("motion since onset")
    figure.colorbar(shown, ax=axes[1], label="pixels", shrink=0.85)
    axes[2].imshow(_codes(volume[5]), cmap="twilight")
    axes[2].set_title("local binary patterns")
    for axis in axes[:3]:
        axis.set_axis_off()
        _mark(axis, block, motion.shape)
    _draw_histograms(axes[3], lbp_top(volume, regions)[block])
    target = Path(__file__).parent / "images" / "overview.png"
    target.parent.mkdir(exist_ok=True)
    figure.savefig(target, dpi=110)


def _draw_blocks(axis, frame):
    axis.imshow(frame, cmap="gray", vmin=0, vmax=255)
    axis.set_title("apex, 8x8 blocks")
    height, width = frame.shape
    for y in edges(height, GRID[0])[1:-1]:
        axis.axhline(y - 0.5, color="w", linewidth=0.5, alpha=0.6)
    for x in edges(width, GRID[1])[1:-1]:
        axis.axvline(x - 0.5, color="w", linewidth=0.5, alpha=0.6)


def _mark(axis, block, size):
    row, column = divmod(block, GRID[1])
    ys, xs = edges(size[0], GRID[0]), edges(size[1], GRID[1])
    corner = xs[column] - 0.5, ys[row] - 0.5
    shape = xs[column + 1] - xs[column], ys[row + 1] - ys[row]
    axis.add_patch(plt.Rectangle(corner, *shape, fill=False, ec="#ffd400", lw=1.8))


def _draw_histograms(axis, planes):
    for i, (plane, color) in enumerate(COLORS.items()):
        above = 0.16 * (2 - i)
        axis.plot(planes[i] + above, drawstyle="steps-mid", color=color)
        axis.text(30, above + 0.08, plane.upper(), color=color, weight="bold")
    axis.set(title="histograms of the marked block", xlabel="uniform code", yticks=[])
    axis.spines[["top", "left", "right"]].set_visible(False)


def _codes(picture):
    center = picture[1:-1, 1:-1]
    codes = np.zeros(center.shape, int)
    steps = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    for p, (dy, dx) in enumerate(steps):
        moved = np.roll(picture, (-dy, -dx), (0, 1))[1:-1, 1:-1]
        codes |= (moved >= center).astype(int) << p
    return codes


if __name__ == "__main__":
    main()
