"""
Making small motions large
==========================

A smile of a pixel can hardly be seen, and is hard to measure. Two ways to enlarge it:
:class:`~mefeat.magnify.EulerianMagnification` amplifies how each pixel changes in time,
:class:`~mefeat.magnify.GlobalLagrangianMagnification` follows the motion, finds its
main components over the clip and warps the frames.
"""

# %%
# The clip
# --------
# :func:`~mefeat.datasets.make_clips` animates the portrait of an astronaut. The head is
# held still here: both methods enlarge its motion too, so that clips of real faces are
# aligned and cropped before.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.magnify import EulerianMagnification, GlobalLagrangianMagnification

settings = {"amplitude": 1, "head_motion": 0, "blinks": False, "noise": 1}
bunch = make_clips(1, 1, ["happiness"], random_state=1, **settings)
clip = bunch.clips[0]
print(clip)

clips = {
    "as it is": clip,
    "Eulerian, alpha 8": EulerianMagnification(alpha=8).apply(clip),
    "Lagrangian, alpha 4": GlobalLagrangianMagnification(alpha=4).apply(clip),
}

# %%
# Before and after
# ----------------
# The face at the apex, and below it a short piece of one column of pixels over time,
# through the place that moves most up or down: a motion shows as a bend.

_, v = bunch.flow[0]
y, column = np.unravel_index(np.abs(v).argmax(), v.shape)
rows = slice(y - 15, y + 16)

figure, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained")
for (face, course), (name, shown) in zip(axes.T, clips.items(), strict=True):
    face.imshow(shown.frames[clip.apex], cmap="gray", vmin=0, vmax=255)
    face.plot([column, column], [rows.start, rows.stop], color="tab:orange")
    face.set_title(name)
    face.set_axis_off()
    course.imshow(shown.frames[:, rows, column].T, cmap="gray", aspect="auto")
    course.axvline(clip.apex, color="tab:orange", linewidth=0.8)
    course.set(xlabel="frame", yticks=[])

# %%
# How far the skin moves
# ----------------------
# The flow from the first frame, where the true motion is largest. The Eulerian filter
# is a band pass: it enlarges what changes, and forgets a smile that is held. The
# Lagrangian curve is the old one times alpha, about the mean shape of the clip.

from mefeat.flow import OpticalFlow

true = np.hypot(*bunch.flow[0])
moving = true > 0.5 * true.max()

figure, axis = plt.subplots(figsize=(8, 3), layout="constrained")
for name, shown in clips.items():
    flow = OpticalFlow(solver="dis", to="first").apply(shown).flow
    far = np.hypot(flow[:, 0], flow[:, 1])[:, moving].mean(axis=1)
    axis.plot(np.arange(1, len(far) + 1), far, label=name)
for name in ("onset", "apex", "offset"):
    place = getattr(clip, name)
    axis.axvline(place, color="gray", linestyle=":", linewidth=1)
    axis.text(place, 1, f" {name}", transform=axis.get_xaxis_transform(), va="top")
axis.set(xlabel="frame", ylabel="mean flow, pixels")
axis.legend(loc="upper left", frameon=False)
axis.spines[["top", "right"]].set_visible(False)
