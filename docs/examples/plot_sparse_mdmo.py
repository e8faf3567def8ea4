"""
What the atoms of sparse MDMO look like
=======================================

Sparse MDMO codes the motion of each frame by few atoms of a dictionary that it learns
from clips. Here a small dictionary is learned from generated clips, and its atoms are
drawn as arrows on the 36 areas of the face that they speak of.
"""

# %%
# Clips and their motion
# ----------------------
# Four subjects smile once and are surprised once. MDMO gives for each frame the length
# and the angle of the main motion of 36 areas, 72 numbers: a *sample*. Colors tell
# directions. Between onset and apex the cheeks and the corners of the mouth rise; areas
# that hardly move point anywhere.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from mefeat import ClipPipeline
from mefeat.datasets import make_clips
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.motion import MDMOSequence
from mefeat.plot import show_atoms

bunch = make_clips(4, 1, ["happiness", "surprise"], amplitude=3.0, random_state=0)
expressions = bunch.target_names[bunch.target]
flow = OpticalFlow("dis", to="first", align="affine")  # without motion of the head
motion = ClipPipeline([TemporalInterpolation(12), flow, MDMOSequence()])
samples = motion.fit_transform(bunch.clips)
clip = bunch.clips[0]
n_samples, n_features = samples[0].shape
print(expressions[0], "-", n_samples, "samples of", n_features, "numbers")

titles = [f"frame {k}" for k in (1, 3, 5, 7)]
figure = show_atoms(samples[0][[0, 2, 4, 6]], clip, titles)

# %%
# Codes
# -----
# :class:`~mefeat.sparse.SparseMDMO` learns the atoms and the codes of the samples over
# them. Most codes are zero, and samples that make each other up have similar ones,
# since a graph joins them. Rows are the atoms that this clip uses.

from mefeat.sparse import GraphSC

graphsc = GraphSC(16, graph_weight=0.1, sparsity=0.1, max_iter=10, random_state=0)
codes = graphsc.fit_transform(samples)
used = np.flatnonzero(codes[0].any(axis=0))

figure, axis = plt.subplots(figsize=(6, 3.2), layout="constrained")
most = np.abs(codes[0]).max()
shown = axis.imshow(
    codes[0][:, used].T, cmap="RdBu", vmin=-most, vmax=most, aspect="auto"
)
axis.set_yticks(range(len(used)), used)
axis.set(xlabel="sample", ylabel="atom", title=f"codes of a clip of {expressions[0]}")
figure.colorbar(shown, label="code")

# %%
# Atoms
# -----
# An atom times its largest code has the size of a sample, lengths in front and angles
# behind. These are the four atoms that weigh most in the clips of each expression. Few
# are a whole expression: codes add lengths and angles as plain numbers, and of so few
# clips each gets some atoms of its own. The paper has 128 atoms and more for 250 clips.

for name in bunch.target_names:
    own = np.concatenate(
        [c for c, e in zip(codes, expressions, strict=True) if e == name]
    )
    weight = np.abs(own).mean(axis=0)
    best = np.argsort(-weight, kind="stable")[:4]
    peaks = own[np.abs(own).argmax(axis=0), np.arange(own.shape[1])]
    atoms = graphsc.components_[best] * peaks[best, None]
    figure = show_atoms(atoms, clip, [f"atom {k}, {peaks[k]:+.1f}" for k in best])
    figure.suptitle(name)

# %%
# A row for each clip
# -------------------
# Pooled over its samples, a clip is one row of 16 numbers: what
# :class:`~mefeat.sparse.SparseMDMO` hands on to a classifier. All of it goes into one
# pipeline, so that evaluation learns the atoms from the training clips of each fold.

from mefeat.sparse import SparseMDMO

settings = {"graph_weight": 0.1, "sparsity": 0.1, "max_iter": 10, "random_state": 0}
model = make_pipeline(motion, SparseMDMO(16, **settings))
rows = model.fit_transform(bunch.clips)

figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
order = np.argsort(bunch.target, kind="stable")
most = np.abs(rows).max()
shown = axis.imshow(rows[order], cmap="RdBu", vmin=-most, vmax=most, aspect="auto")
axis.set_yticks(range(len(rows)), expressions[order])
axis.set(xlabel="atom", title="pooled codes of all clips")
figure.colorbar(shown, label="pooled code")
