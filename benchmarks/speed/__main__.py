"""The command that prints the table."""

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pandas as pd

from benchmarks.speed.coding import coding_rows
from benchmarks.speed.datasets import dataset_rows
from benchmarks.speed.flow import flow_rows, solver_rows
from benchmarks.speed.magnification import magnify_rows, stream_rows
from benchmarks.speed.motion import motion_rows
from benchmarks.speed.overlay import overlay_memory_rows, overlay_rows
from benchmarks.speed.patterns import gradient_rows, pattern_rows
from benchmarks.speed.searching import grid_rows, search_rows
from benchmarks.speed.spotting import spot_rows, spot_stream_rows
from benchmarks.speed.system import import_rows, memory_rows, worker_rows
from benchmarks.speed.temporal import tim_rows
from benchmarks.speed.texture import lbp_rows
from benchmarks.speed.whole_grid import whole_grid_rows
from mefeat.base import one_thread, whole_file
from mefeat.evaluation import environment

SYSTEM = {
    "workers": worker_rows,
    "import": import_rows,
    "memory": memory_rows,
    "stream": stream_rows,
    "spot-stream": spot_stream_rows,
    "overlay-memory": overlay_memory_rows,
}
BENCHMARKS = {
    "flow": flow_rows,
    "solvers": solver_rows,
    "lbp": lbp_rows,
    "patterns": pattern_rows,
    "gradient": gradient_rows,
    "tim": tim_rows,
    "magnify": magnify_rows,
    "search": search_rows,
    "grid": grid_rows,
    "motion": motion_rows,
    "overlay": overlay_rows,
    "coding": coding_rows,
    "spot": spot_rows,
    "datasets": dataset_rows,
    **SYSTEM,
}


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("names", nargs="*", help=f"among {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, seconds")
    parser.add_argument("--out", type=Path, help="folder for speed.json")
    parser.add_argument(
        "--full",
        action="store_true",
        help="the whole grid of the thesis instead, hours; with --out the same command "
        "goes on after it was ended",
    )
    arguments = parser.parse_args(argv)
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)}; there are {list(BENCHMARKS)}")
    if arguments.full:
        with one_thread():
            rows = whole_grid_rows(arguments.out)
    else:
        rows = _time(arguments.names or BENCHMARKS, arguments.quick)
    print(pd.DataFrame(rows).to_string(index=False))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        with whole_file(arguments.out / "speed.json") as part:
            part.write_text(json.dumps({"rows": rows, **environment()}, indent=1))
    return 0


def _time(names, quick):
    rows = []
    for name in names:
        print(f"timing {name} ...", file=sys.stderr, flush=True)
        # What measures workers sets the threads itself.
        with nullcontext() if name in SYSTEM else one_thread():
            rows += BENCHMARKS[name](quick)
    return rows


if __name__ == "__main__":
    sys.exit(main())
