"""
From a clip to a row of LBP-TOP
===============================

A generated clip of a micro-expression goes through the steps of the usual pipeline: ten
frames by temporal interpolation, local binary patterns on three planes, and histograms
of them in blocks of the face.
"""

# %%
# The clip
# --------
# :func:`~mefeat.datasets.make_clips` renders clips whose truth is known from a
# photograph: here a smile whose largest motion at the apex is two pixels. That is hard
# to see when the two frames stand side by side. Their difference shows it, together
# with what carries no label, head motion and sensor noise.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips

bunch = make_clips(1, 1, ["happiness"], amplitude=2.0, random_state=1)
clip = bunch.clips[0]
print(clip)

onset, apex = clip.frames[clip.onset], clip.frames[clip.apex]
moved = np.hypot(*bunch.flow[0])

figure, (images, bars) = plt.subplots(
    2, 4, figsize=(10, 3.6), layout="constrained", height_ratios=(25, 1)
)
images[0].imshow(onset, cmap="gray", vmin=0, vmax=255)
images[0].set_title(f"onset, frame {clip.onset}")
images[1].imshow(apex, cmap="gray", vmin=0, vmax=255)
images[1].scatter(*clip.landmarks[clip.apex].T, s=2, color="tab:orange")
images[1].set_title(f"apex, frame {clip.apex}")
change = images[2].imshow(apex.astype(float) - onset, cmap="RdBu", vmin=-60, vmax=60)
images[2].set_title("apex - onset")
motion = images[3].imshow(moved, cmap="magma")
images[3].set_title("true motion")
figure.colorbar(change, cax=bars[2], orientation="horizontal", label="gray levels")
figure.colorbar(motion, cax=bars[3], orientation="horizontal", label="pixels")
for axis in (*images, *bars[:2]):
    axis.set_axis_off()
for axis in images:
    axis.set(xlim=(0, onset.shape[1] - 1), ylim=(onset.shape[0] - 1, 0))

# %%
# Ten frames
# ----------
# Clips differ in length, rows of numbers must not.
# :class:`~mefeat.interpolate.TemporalInterpolation` lays a smooth curve through the
# frames and samples it at ten times. This is the curve of the pixel that changes most
# from onset to apex.

from mefeat.interpolate import TemporalInterpolation, temporal_interpolation

short = TemporalInterpolation(10).transform([clip])[0]
print(short)

change = np.abs(apex.astype(float) - onset)
y, x = np.unravel_index(change.argmax(), change.shape)
values = clip.frames[:, y, x].astype(float)
last = len(clip.frames) - 1

figure, axis = plt.subplots(figsize=(8, 3), layout="constrained")
curve = temporal_interpolation(values, 1000)
axis.plot(np.linspace(0, last, 1000), curve, color="lightgray", zorder=0)
axis.plot(values, ".", color="tab:blue", label=f"{len(values)} frames")
axis.plot(
    np.linspace(0, last, 10),
    short.frames[:, y, x],
    "o",
    color="tab:orange",
    label="10 frames",
)
for name in ("onset", "apex", "offset"):
    place = getattr(clip, name)
    axis.axvline(place, color="gray", linestyle=":", linewidth=1)
    axis.text(place, 1, f" {name}", transform=axis.get_xaxis_transform(), va="top")
axis.set(xlabel="frame", ylabel=f"gray value at x = {x}, y = {y}")
axis.legend(loc="center left", frameon=False)
axis.spines[["top", "right"]].set_visible(False)

# %%
# Codes
# -----
# Each pixel gets a code on each of three planes: one bit per neighbor, set where the
# neighbor is not darker. Here the function on arrays is given a region map in which
# every pixel is a region of its own, and three frames, of which one has neighbors on
# both sides; so each histogram holds one code.

from mefeat.texture import LBPTOP, lbp_top

height, width = short.frames.shape[1:]
each = np.arange(height * width).reshape(height, width)
counts = lbp_top(short.frames[4:7], each, mapping="all", norm=None)
codes = counts.argmax(axis=2).reshape(height, width, 3)

figure, axes = plt.subplots(1, 3, figsize=(8, 3.6), layout="constrained")
for plane, axis in enumerate(axes):
    axis.imshow(codes[1:-1, 1:-1, plane], cmap="gray")
    axis.set_title(f"plane {('xy', 'xt', 'yt')[plane]}")
    axis.set_axis_off()

# %%
# Histograms
# ----------
# :class:`~mefeat.texture.LBPTOP` counts the codes in 8 x 8 blocks. Codes with at most
# two changes between 0 and 1 around the ring, the 58 uniform ones, have a bin each, the
# others share the last: 64 blocks, 3 planes, 59 bins. The names say which is which.

descriptor = LBPTOP(grid=(8, 8))
row = descriptor.transform([short])[0]
names = descriptor.get_feature_names_out()
print(f"{len(row)} numbers, from {names[0]} to {names[-1]}")

block = (5, 2)  # row and column: a corner of the mouth
histograms = row.reshape(8, 8, 3, 59)[block]

figure, axes = plt.subplots(3, 1, figsize=(8, 5), layout="constrained", sharex=True)
for axis, plane, values in zip(axes, ("xy", "xt", "yt"), histograms, strict=True):
    axis.bar(np.arange(59), values, width=0.8)
    axis.set(ylabel=plane, xlim=(-1, 59))
axes[0].set_title(f"block in row {block[0]}, column {block[1]}")
axes[2].set_xlabel("bin: uniform codes in increasing order, all others last")
for axis in axes:
    axis.spines[["top", "right"]].set_visible(False)
