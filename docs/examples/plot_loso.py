"""
Leave one subject out, against the baseline
===========================================

LBP-TOP and a polynomial SVM judge generated clips of subjects that they have never
seen. All figures on this page are **synthetic**: they say nothing about a licensed
database and are not to be set beside published ones.
"""

# %%
# Clips, classes, subjects
# ------------------------
# Six subjects show three expressions three times each. The amplitude, the largest
# displacement of the skin at the apex, is 2.5 pixels, which is more than usual: with so
# few clips less would hardly be learned.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from mefeat import ClipPipeline
from mefeat.datasets import make_clips
from mefeat.evaluation import evaluate, largest_class_baseline
from mefeat.interpolate import TemporalInterpolation
from mefeat.model_selection import PolySVCSearch
from mefeat.texture import LBPTOP

bunch = make_clips(
    6, 3, ["happiness", "disgust", "surprise"], amplitude=2.5, random_state=0
)
y = bunch.target_names[bunch.target]
print(len(bunch.clips), "clips of", len(np.unique(bunch.groups)), "subjects")

# %%
# One call
# --------
# :func:`~mefeat.evaluation.evaluate` describes the clips once, since the
# :class:`~mefeat.base.ClipPipeline` learns nothing, and fits the rest in each fold.
# The search for the parameters of the SVM sees the training subjects only, and its own
# folds keep subjects apart as well. Its grid is smaller than usual here, for speed.

features = ClipPipeline([TemporalInterpolation(10), LBPTOP(grid=(8, 8))])
model = make_pipeline(features, PolySVCSearch(degree=(2, 3)))
result = evaluate(
    model, bunch.clips, y, bunch.groups, labels=bunch.target_names, n_jobs=2
)
print(result)

# %%
# What is taken for what
# ----------------------
# Scores come from the confusion matrix of all folds together.

counts = result.confusion
figure, axis = plt.subplots(figsize=(5, 4), layout="constrained")
shown = axis.imshow(counts, cmap="Blues", vmin=0)
for i, j in np.ndindex(counts.shape):
    value = counts.iloc[i, j]
    color = "white" if value > counts.to_numpy().max() / 2 else "black"
    axis.text(j, i, value, ha="center", va="center", color=color)
axis.set_xticks(range(len(counts)), counts.columns)
axis.set_yticks(range(len(counts)), counts.index)
axis.set(xlabel="predicted", ylabel="true", title="Synthetic clips, all folds pooled")
figure.colorbar(shown, label="clips", fraction=0.046)

# %%
# Against the baseline
# --------------------
# Who always says the same class has an F1 above 0 in that class alone. Here all classes
# have as many clips, so which one it says is arbitrary: the first. The dotted lines are
# the means over the classes, the macro-F1; that of the method has to lie above that of
# the baseline.

sizes = result.per_class["clips"].to_numpy()
always = np.zeros(len(sizes))
always[sizes.argmax()] = 2 * sizes.max() / (sizes.sum() + sizes.max())
baseline = largest_class_baseline(sizes)

places = np.arange(len(sizes))
figure, axis = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
for shift, label, values, mean, color in (
    (-0.2, "LBP-TOP", result.per_class["f1"], result.macro_f1, "tab:blue"),
    (0.2, "largest class", always, baseline["macro_f1"], "tab:gray"),
):
    bars = axis.bar(places + shift, values, 0.4, color=color)
    bars.set_label(f"{label}, macro-F1 {mean:.2f}")
    axis.bar_label(bars, fmt="{:.2f}", padding=2)
    axis.axhline(mean, color=color, linestyle=":")
axis.set_xticks(places, result.labels)
axis.set(ylabel="F1", ylim=(0, 1), title="Synthetic clips, leave one subject out")
axis.legend(loc="upper right", frameon=False)
axis.spines[["top", "right"]].set_visible(False)
