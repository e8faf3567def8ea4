"""
Finding expressions in a long video
===================================

Where is something going on? :class:`~mefeat.spotting.Spotter` measures how much each
frame differs from frames before and after it, and finds what stands out.
"""

# %%
# A video with known expressions
# ------------------------------
# :func:`~mefeat.datasets.make_video` renders a face that shows two micro-expressions
# and a macro-expression, while the head drifts and the eyes blink.

import matplotlib.pyplot as plt

from mefeat.datasets import make_video
from mefeat.plot import show_spotting
from mefeat.spotting import Spotter, interval_scores

clip, truth = make_video(16, 3, amplitude=3, fps=50, random_state=0)
print(clip)
for interval in truth:
    print(interval)

# %%
# Spotting
# --------
# Bars above the curves are the true intervals, areas what was found, points the apexes.
# Peaks must be above the line.

spotter = Spotter()
curves = spotter.curves(clip)
found = spotter.find(curves)
for interval in found:
    print(interval)
show_spotting(curves, found, truth)
plt.show()

# %%
# A found interval is a hit if it has half in common with a true one.

scores = interval_scores([truth], [found])
print(f"recall {scores.recall:.2f}, precision {scores.precision:.2f}")

# %%
# Blinks
# ------
# The eyes were left out. With them, blinks stand out as much as expressions do.

open_eyes = Spotter(mask_eyes=False)
curves = open_eyes.curves(clip)
found = open_eyes.find(curves)
figure = show_spotting(curves, found, truth)
figure.axes[0].set_title("eyes not masked")
plt.show()

scores = interval_scores([truth], [found])
print(f"recall {scores.recall:.2f}, precision {scores.precision:.2f}")

# %%
# As in the papers
# ----------------
# One scale, a threshold between mean and maximum, and intervals of one length: there
# are always peaks.

papers = Spotter(
    micro=0.165,
    macro=None,
    n_blocks=12,
    normalize=False,
    smoothing_s=0,
    min_z=0,
    intervals="fixed",
    mask_eyes=False,
    points=(39, 42, 33),
)
curves = papers.curves(clip)
found = papers.find(curves)
show_spotting(curves, found, truth, min_z=0)
plt.show()

scores = interval_scores([truth], [found])
print(f"{len(found)} found, recall {scores.recall:.2f}")
print(f"precision {scores.precision:.2f}")
