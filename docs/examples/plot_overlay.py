"""
Arrows on a face
================

Which part of the face moves where, whatever the head does:
:func:`~mefeat.overlay.overlay_stream` brings each frame to one canonical layout, finds
the movement there, and draws it on the frame. ``mefeat overlay`` does so from video to
video.
"""

# %%
# The canonical face
# ------------------
# The mean face of 68 points and some helpers, its triangles, and the portrait of an
# astronaut brought to it. Each triangle is moved by the affine map of its corners.

import matplotlib.pyplot as plt
import numpy as np

from mefeat import Clip
from mefeat.datasets import make_clips
from mefeat.datasets._generator._clips import astronaut
from mefeat.overlay import PARTS, CanonicalFace, overlay_stream
from mefeat.overlay._canonical import canonical_mesh
from mefeat.plot import show_part_movement

photo, landmarks = astronaut()
clip = CanonicalFace().apply(Clip(photo[None], landmarks=landmarks[None]))
mesh = canonical_mesh()

figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.8), layout="constrained")
axes[0].imshow(photo[60:210, 150:300], extent=(149.5, 299.5, 209.5, 59.5))
axes[0].plot(*landmarks.T, ".", color="#ffd400", markersize=3)
axes[1].imshow(clip.frames[0].astype(np.uint8))
axes[1].triplot(*mesh.corners.T, mesh.triangles, color="w", linewidth=0.4)
axes[1].contour(mesh.skin, [0.5], colors="#ffd400", linewidths=1)
axes[1].set(xlim=(-0.5, 255.5), ylim=(255.5, -0.5))
for axis, title in zip(axes, ("points", "canonical face, skin"), strict=True):
    axis.set_title(title)
    axis.set_axis_off()

# %%
# Before and after
# ----------------
# A smile and a surprise of :func:`~mefeat.datasets.make_clips`, of 3 pixels, while the
# head drifts. Arrows are eight times as long as the movement; their color tells the
# direction, the bar the scale.

sheets = []
for name, state in (("happiness", 4), ("surprise", 1)):
    bunch = make_clips(
        1,
        1,
        [name],
        size=(340, 280),
        amplitude=3,
        head_motion=1.5,
        blinks=False,
        color=True,
        fps=50,
        random_state=state,
    )
    clip = bunch.clips[0]
    overlays = list(overlay_stream(clip.frames, clip.landmarks, clip.fps, scale=8))
    sheets.append((name, clip, overlays))

figure, axes = plt.subplots(4, 3, figsize=(9, 14.5), layout="constrained")
for rows, (name, clip, overlays) in zip(axes.reshape(2, 2, 3), sheets, strict=True):
    for column, t in zip(rows.T, (0, clip.apex, clip.offset), strict=True):
        column[0].imshow(clip.frames[t])
        column[1].imshow(overlays[t].image)
        column[0].set_title(f"{name}, frame {t}", fontsize=9)
for axis in axes.ravel():
    axis.set_axis_off()

# %%
# Over time
# ---------
# How far each part of the face has moved since the first frame, as ``mefeat overlay
# --plot`` draws it.

name, clip, overlays = sheets[0]
pixel = overlays[0].movement.grid.pixel
parts = np.array([pixel * overlay.movement.parts for overlay in overlays])
figure = show_part_movement(parts, list(PARTS), fps=clip.fps)
