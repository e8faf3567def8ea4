"""Curves of generated videos, each video rendered once and each curve measured once.

With a folder they are kept there, so that a run that was ended goes on where it was.
What other code of mefeat measured is not taken up.
"""

import json
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

import mefeat
from mefeat.base._files import whole_file
from mefeat.clip import Interval
from mefeat.datasets import make_video
from mefeat.spotting import Curve, Spotter

# What of a spotter matters only after its curves.
_LATER = ("p", "min_z", "intervals")
_PARTS = ("values", "contrast", "z", "course")
TRAINING_SEEDS = range(100, 104)


class GeneratedCurves:
    """Measure curves of generated videos.

    Parameters
    ----------
    changes : dict, default={}
        What all videos have in common, for `make_video`.
    folder : path, default=None
        Where curves are kept.
    """

    def __init__(self, changes=None, folder=None):
        self.changes, self.folder = changes or {}, folder
        self._fitted = {}

    def measure(self, options, seed, spotters):
        """Measure the curves of one video.

        Parameters
        ----------
        options : dict
            Of the video, for `make_video`.
        seed : int
            Its seed.
        spotters : dict of dict
            Parameters of spotters by name.

        Returns
        -------
        truth : list of Interval
            Its expressions.
        curves : dict of list of Curve
            The curves by name of the spotter.
        """
        options = self.changes | options
        keys = {name: _key(options, seed, p) for name, p in spotters.items()}
        known = {key: self._kept(key) for key in keys.values()}
        if None in known.values():
            print(f"{options}: seed {seed}", file=sys.stderr, flush=True)
            clip, truth = make_video(**options, random_state=seed)
            for name, key in keys.items():
                if known[key] is None:
                    spotter = self._spotter(spotters[name], options)
                    known[key] = truth, spotter.curves(clip)
                    self._keep(key, *known[key])
        truth = known[keys[next(iter(keys))]][0]
        return truth, {name: known[key][1] for name, key in keys.items()}

    def _spotter(self, parameters, options):
        """Make a spotter; one that learns does from other videos of these options."""
        spotter = Spotter(**parameters)
        if parameters.get("feature") != "cfd":
            return spotter
        key = _key(options, 0, parameters)
        if key not in self._fitted:
            seeds = TRAINING_SEEDS if not self.changes else TRAINING_SEEDS[:1]
            videos = [make_video(**options, random_state=seed) for seed in seeds]
            self._fitted[key] = spotter.fit(*map(list, zip(*videos, strict=True)))
        return self._fitted[key]

    def _kept(self, key):
        path = None if self.folder is None else self.folder / f"{key}.npz"
        if path is None or not path.is_file():
            return None
        with np.load(path) as data:
            truth = [Interval(*map(int, row[:3]), kind=row[3]) for row in data["truth"]]
            curves = [
                Curve(k=int(k), fps=float(fps), **{p: data[f"{p}{i}"] for p in _PARTS})
                for i, (k, fps) in enumerate(data["scales"])
            ]
        return truth, curves

    def _keep(self, key, truth, curves):
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [(i.onset, i.apex, i.offset, i.kind) for i in truth]
        arrays = {
            "truth": np.array(rows, dtype=str).reshape(-1, 4),
            "scales": np.array([(curve.k, curve.fps) for curve in curves]),
        }
        for i, curve in enumerate(curves):
            arrays |= {f"{part}{i}": getattr(curve, part) for part in _PARTS}
        with whole_file(self.folder / f"{key}.npz") as part:
            np.savez(part, **arrays)


def curve_parameters(parameters):
    """Choose the parameters that change curves, not only what is found on them.

    Parameters
    ----------
    parameters : dict
        Of a spotter.

    Returns
    -------
    dict
        Some of them.
    """
    return {k: v for k, v in parameters.items() if k not in _LATER}


@cache
def _code():
    """Sum up the code that renders and measures, as it is when the run begins."""
    root = Path(mefeat.__file__).parent
    sources = [Path(__file__), *sorted(root.rglob("*.py"))]
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _key(options, seed, parameters):
    """Name what is kept by all that it depends on."""
    used = curve_parameters(parameters)
    said = json.dumps([_code(), options, seed, used], sort_keys=True)
    return sha256(said.encode()).hexdigest()[:24]
