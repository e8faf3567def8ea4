"""Action units of subjects never seen, and by a split of windows that leaks."""

import numpy as np
import pandas as pd

from benchmarks.deep.judging import CHEAP
from mefeat.datasets import make_clips
from mefeat.deep import ActionUnitNet, mobile_cost, split_subjects, unit_scores
from mefeat.preprocess import Resize

SHARES = (0.5, 0.25, 0.25)
AMPLITUDE = 4.0
N_WINDOWS = 3
SETTINGS = {
    "quick": {
        "clips": CHEAP,
        "n_subjects": 4,
        "n_per_class": 1,
        "size": (32, 32),
        "width": 0.1,
        "n_frames": 2,
        "epochs": 1,
    },
    "small": {
        "clips": {},
        "n_subjects": 8,
        "n_per_class": 2,
        "size": (48, 48),
        "width": 0.25,
        "n_frames": 4,
        "epochs": 12,
    },
    "full": {
        "clips": {},
        "n_subjects": 60,
        "n_per_class": 4,
        "size": (224, 224),
        "width": 1.0,
        "n_frames": 8,
        "epochs": 30,
    },
}
TIMES = {
    "quick": "seconds",
    "small": "about 3 minutes on one core",
    "full": "about 3 days on two cores, some hours on a GPU (by operations)",
}


def run(clips, n_subjects, n_per_class, size, width, n_frames, epochs, *, seed, device):
    """Compare splits and networks.

    Parameters
    ----------
    clips : dict
        Options of `make_clips`.
    n_subjects, n_per_class : int
        Number of subjects, and of clips of each in each of five classes.
    size : tuple of int
        Height and width of frames.
    width : float
        Factor of the channels of the 3-D network; VGG16 gets a quarter of it.
    n_frames : int
        Frames of a window.
    epochs : int
        Epochs.
    seed : int
        Seed.
    device : str
        Where to train.

    Returns
    -------
    DataFrame
        A row for each network and split: means over the units.
    """
    _print_costs(n_frames, size, width)
    bunch = make_clips(
        n_subjects,
        n_per_class,
        amplitude=AMPLITUDE,
        color=True,
        random_state=seed,
        **clips,
    )
    windows, shown, subjects = _windows(bunch, Resize(size), n_frames)
    names = sorted({unit for units in shown for unit in units})
    splits = {"subjects": subjects, "windows": np.arange(len(windows))}
    rows = {}
    for network, factor in (("mobilenet3d", width), ("vgg16", width / 4)):
        for split, groups in splits.items():
            model = ActionUnitNet(
                network,
                units=names,
                size=size,
                width=factor,
                n_frames=n_frames,
                epochs=epochs,
                validation_fraction=SHARES[1] / sum(SHARES[:2]),
                random_state=seed,
                device=device,
                verbose=True,
            )
            table = _judge(model, windows, shown, groups, seed)
            rows[network, split] = table.loc["mean"]
    result = pd.DataFrame.from_dict(rows, orient="index")
    result.index.names = ["network", "split by"]
    return result


def _judge(model, windows, shown, groups, seed):
    *learned, test = split_subjects(groups, SHARES, random_state=seed)
    train = np.concatenate(learned)
    model.fit([windows[i] for i in train], [shown[i] for i in train], groups[train])
    scores = model.predict_proba([windows[i] for i in test])
    truth = np.array([[u in shown[i] for u in model.units_] for i in test])
    return unit_scores(truth, scores, model.units_)


def _windows(bunch, resize, n_frames):
    """Cut short clips around the apex, each with the units of its clip."""
    windows, shown, subjects = [], [], []
    for i, clip in enumerate(bunch.clips):
        numbers = bunch.frame["action_units"][i].split("+")
        units = {int(number.lstrip("LR")) for number in numbers}
        half = n_frames // 2
        for shift in np.arange(N_WINDOWS) - N_WINDOWS // 2:
            center = clip.apex + shift * half
            frames = np.arange(center - half, center - half + n_frames)
            frames = np.clip(frames, 0, len(clip.frames) - 1)
            windows.append(resize.apply(clip.at(frames)).replace(apex=half))
            shown.append(units)
            subjects.append(bunch.groups[i])
    return windows, shown, np.array(subjects)


def _print_costs(n_frames, size, width):
    """Print what depthwise convolutions save."""
    for factor in sorted({width, 1.0}):
        for kind, separable in (("depthwise", True), ("full 3-D", False)):
            cost = mobile_cost(27, n_frames, size, factor, separable=separable)
            millions = cost["parameters"] / 1e6
            print(f"width {factor:g}, {kind}: {millions:.2f} M parameters", end=", ")
            print(f"{cost['multiply_adds'] / 1e9:.3f} G multiply-adds a window")
