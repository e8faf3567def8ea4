"""Spotting on generated long videos, and on databases whose folders are given.

Parameters of the spotter were chosen on generated videos of the seeds 100 to 123, the
weights of CFD are learned from seeds 100 to 103; what is printed is of seeds from 0 on.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.command import write_tables
from benchmarks.published_spotting import PROTOCOL, PUBLISHED, SOURCES
from benchmarks.spotting_curves import GeneratedCurves, curve_parameters
from mefeat.datasets import make_clips
from mefeat.faces import Align
from mefeat.spotting import ApexFinder, Spotter, apex_errors, interval_scores, peak_roc
from mefeat.spotting._apex import APEX_FINDERS
from mefeat.spotting._faces import STEADY_POINTS

# Feature difference as published: one scale, relative threshold, peaks plus minus k.
PAPERS = {
    "micro": 0.165,
    "macro": None,
    "n_blocks": 12,
    "normalize": False,
    "smoothing_s": 0,
    "steady": False,
    "min_z": 0,
    "intervals": "fixed",
    "mask_eyes": False,
    "points": (39, 42, 33),
}
SPOTTERS = {
    "mefeat": {},
    "eyes not masked": {"mask_eyes": False},
    "as in the papers": PAPERS,
    "as in the papers, p = 0.5": PAPERS | {"p": 0.5},
    "HOOF": {"feature": "hoof"},
    "CFD": {"feature": "cfd"},
}
# Flow of every frame takes as long as all else; one setting compares the features.
FLOW = ("HOOF", "CFD")
FEATURES_SETTING = "amplitude 3"
SETTINGS = {
    "amplitude 3": {"amplitude": 3.0},
    "micro 1.5, macro 6": {"amplitude": (1.5, 6.0)},
    "no expression": {"n_expressions": 0},
}
LONG_VIDEOS = {"samm-lv": "SAMM-LV", "casme-sq": "CAS(ME)^2"}
THRESHOLDS = (4, 5, 6, 8, 10, 14)


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spotting")
    parser.add_argument("--seeds", type=int, default=20, help="videos of each setting")
    parser.add_argument("--settings", nargs="*", choices=SETTINGS, default=[*SETTINGS])
    parser.add_argument("--spotters", nargs="*", choices=SPOTTERS, default=[*SPOTTERS])
    parser.add_argument("--quick", action="store_true", help="one short video, seconds")
    parser.add_argument("--samm-lv", type=Path, metavar="FOLDER")
    parser.add_argument("--casme-sq", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for spotting.json and for curves to go on from with the same code",
    )
    arguments = parser.parse_args(argv)
    tables = generated(arguments)
    tables["apex, synthetic clips"] = apexes(1 if arguments.quick else 6)
    for option in LONG_VIDEOS:
        root = getattr(arguments, option.replace("-", "_"))
        if root is not None:
            rows = long_videos(option, root, arguments.spotters)
            tables[LONG_VIDEOS[option]] = rows
    tables["published"] = published()
    for name, rows in tables.items():
        print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, na_rep='')}")
    print(f"\n{PROTOCOL}")
    for key, text in SOURCES.items():
        print(f"\n{key}: {text}")
    write_tables(arguments.out, "spotting.json", tables=tables)
    return 0


def generated(arguments):
    """Score all spotters on generated videos, each rendered once.

    Parameters
    ----------
    arguments : Namespace
        With `seeds`, `settings`, `spotters`, `quick` and `out`.

    Returns
    -------
    dict of list of dict
        Tables by name.
    """
    seeds = range(1 if arguments.quick else arguments.seeds)
    short = {"duration": 6, "fps": 50, "n_expressions": 1} if arguments.quick else {}
    folder = None if arguments.out is None else arguments.out / "curves"
    source = GeneratedCurves(short, folder)
    tables, operating = {}, []
    for setting in arguments.settings:
        chosen = {
            name: SPOTTERS[name]
            for name in arguments.spotters
            if name not in FLOW or setting == FEATURES_SETTING
        }
        if not chosen:
            continue
        measured = [source.measure(SETTINGS[setting], s, chosen) for s in seeds]
        truths = [truth for truth, _ in measured]
        curves = {name: [found[name] for _, found in measured] for name in chosen}
        tables[f"synthetic videos, {setting}"] = [
            {"spotter": name} | _scored(Spotter(**chosen[name]), curves[name], truths)
            for name in chosen
        ]
        for min_z in THRESHOLDS if "mefeat" in chosen else ():
            founds = [Spotter(min_z=min_z).find(c) for c in curves["mefeat"]]
            named = {"setting": setting, "min_z": min_z}
            operating.append(named | _row(truths, founds))
    return tables | {"operating curve, synthetic videos": operating}


def _scored(spotter, curves, truths):
    row = _row(truths, [spotter.find(c) for c in curves])
    if any(truths) and spotter.p == Spotter().p:
        length = 2 * curves[0][0].k + 1
        roc = peak_roc([c[0] for c in curves], truths, length=length)
        row["AUC"] = round(100 * roc.auc, 1)
    return row


def apexes(n_subjects):
    """Compare apex finders on generated clips of amplitude 1.5.

    Parameters
    ----------
    n_subjects : int
        Number of subjects, of 5 clips each.

    Returns
    -------
    list of dict
        Rows.
    """
    bunch = make_clips(n_subjects, 1, amplitude=1.5)
    truths = [clip.apex for clip in bunch.clips]
    clips = [clip.replace(apex=None) for clip in bunch.clips]
    aligned = Align(points=STEADY_POINTS).transform(clips)
    rows = []
    for method in APEX_FINDERS:
        founds = [clip.apex for clip in ApexFinder(method).transform(aligned)]
        fps = clips[0].fps
        errors = apex_errors(truths, founds, fps)
        median = float(np.median(np.abs(np.subtract(truths, founds)))) / fps
        rows.append(
            {
                "method": method,
                "clips": len(clips),
                "median error, s": round(median, 3),
                "mean error, ms": round(errors.milliseconds, 1),
                "within 0.1 s": round(errors.within, 2),
            }
        )
    return rows


def long_videos(name, root, spotters, *, verbose=True):
    """Spot a database of long videos.

    Parameters
    ----------
    name : str
        Name of the database.
    root : path
        Its folder.
    spotters : sequence of str
        Names of spotters. CFD, which would have to learn from other subjects, is left
        out.
    verbose : bool, default=True
        Whether to show the progress.

    Returns
    -------
    list of dict
        Rows: all spotters, and beside them what was published for the database.
    """
    from mefeat.datasets import load_long_videos

    bunch = load_long_videos(name, root)
    rows, curves = [], {}
    for spotter in spotters:
        if spotter == "CFD":
            continue
        model = Spotter(**SPOTTERS[spotter], verbose=verbose)
        key = str(curve_parameters(SPOTTERS[spotter]))
        if key not in curves:
            curves[key] = [model.curves(video) for video in bunch.videos]
        founds = [model.find(of_video) for of_video in curves[key]]
        rows.append({"method": spotter} | _row(bunch.intervals, founds))
    others = [row for row in published() if row["dataset"] == LONG_VIDEOS[name]]
    return rows + [
        {"method": f"{row['source']}, {row['method']}", row["figure"]: row["value"]}
        for row in others
    ]


def published():
    """List what others published.

    Returns
    -------
    list of dict
        Rows.
    """
    columns = ("source", "method", "dataset", "figure", "value")
    return [dict(zip(columns, row, strict=True)) for row in PUBLISHED]


def _row(truths, founds):
    scores = interval_scores(truths, founds)
    together = scores.together
    row = {
        "videos": len(truths),
        "true": together.hits + together.missed,
        "hits": together.hits,
        "false": together.false,
    }
    if any(truths):  # where there is nothing to find, the false ones tell all
        row |= {
            "recall": round(scores.recall, 3),
            "precision": round(scores.precision, 3),
            "F1": round(scores.f1, 3),
            "F1 micro": round(scores.micro.f1, 3),
            "F1 macro": round(scores.macro.f1, 3),
        }
    return row


if __name__ == "__main__":
    sys.exit(main())
