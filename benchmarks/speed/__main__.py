"""The command that prints the table."""

import sys
from contextlib import nullcontext

import pandas as pd

from benchmarks.command import table_parser, write_tables
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
from mefeat.base import one_thread

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
FULL = """\
the whole grid of the thesis instead, hours; with --out the same command goes on after
it was ended"""


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
    arguments = table_parser("speed", BENCHMARKS, full=FULL).parse_args(argv)
    if arguments.full:
        with one_thread():
            rows = whole_grid_rows(arguments.out)
    else:
        rows = _time(arguments.names, arguments.quick)
    print(pd.DataFrame(rows).to_string(index=False))
    write_tables(arguments.out, "speed.json", rows=rows)
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
