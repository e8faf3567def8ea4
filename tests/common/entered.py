"""Which files of mefeat a public call enters: `NUMBA_DISABLE_JIT=1 python entered.py`.

Without the JIT kernels are Python and count too.
"""

import json
import sys
import threading
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import trees
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mefeat
from mefeat.datasets import load_casme2
from mefeat.evaluation import evaluate
from mefeat.flow import OpticalFlow
from mefeat.model_selection import PolySVCSearch
from mefeat.motion import HOOF
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP

PACKAGE = Path(mefeat.__file__).parent


def files_entered(call):
    """Call a function; give the files of mefeat it enters, with their functions."""
    files = {}

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        # What runs while a module is imported is not part of the call.
        if event == "call" and frame.f_code.co_name != "<module>":
            if PACKAGE in path.parents:
                where = str(path.relative_to(PACKAGE))
                files.setdefault(where, set()).add(frame.f_code.co_qualname)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return {name: sorted(functions) for name, functions in sorted(files.items())}


def _evaluate():
    y = np.tile(["joy", "fear"], 6)
    X = np.random.default_rng(0).normal(size=(12, 3)) + (y == "joy")[:, None]
    groups = np.repeat(["a", "b", "c"], 4)
    search = PolySVCSearch(degree=(1,), coef0=(0.0,), C=(1.0, 10.0))
    return lambda: evaluate(make_pipeline(StandardScaler(), search), X, y, groups)


def _load_casme2():
    root = trees.casme2(Path(mkdtemp()))
    return lambda: load_casme2(root)


def _transform(descriptor, clips):
    descriptor.fit(clips)
    return lambda: descriptor.transform(clips)


def main():
    """Print the files that each call enters, as JSON."""
    clips = example_clips(2, size=(32, 32), n_frames=4)
    moved = OpticalFlow("farneback").fit_transform(clips)
    calls = {
        "evaluate": _evaluate(),
        "load_casme2": _load_casme2(),
        "LBPTOP.transform": _transform(LBPTOP(grid=(2, 2)), clips),
        "HOOF.transform": _transform(HOOF(), moved),
    }
    print(json.dumps({name: files_entered(call) for name, call in calls.items()}))


if __name__ == "__main__":
    main()
