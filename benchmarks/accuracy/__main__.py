"""The command `python -m benchmarks.accuracy`."""

import sys
import time

from benchmarks.accuracy import datasets, options, tables
from benchmarks.accuracy.action_units import judge_units, unit_tables
from benchmarks.accuracy.comparison import ComparisonError, compare_folders
from benchmarks.accuracy.dry_run import dry_run
from benchmarks.accuracy.files import write_files
from benchmarks.accuracy.runs import run_all, say
from benchmarks.accuracy.stopping import stops_soon
from benchmarks.accuracy.store import Store
from mefeat.datasets import DatasetError


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0, 2 if something asked for cannot be, 130 if interrupted.
    """
    asked = options.parse(argv)
    try:
        with stops_soon(asked.out):
            _do(asked)
    except (OSError, ImportError, DatasetError, ComparisonError) as error:
        say(f"error: {error}")
        return 2
    return 0


def _do(asked):
    if asked.compare is not None:
        print(compare_folders(*asked.compare))
    elif asked.dry_run:
        print(dry_run(asked))
    else:
        _judge(asked)


def _judge(asked):
    start = time.perf_counter()
    units = asked.protocol == datasets.UNITS
    store = Store(asked.out)
    with store.lock():
        results = (judge_units if units else run_all)(asked, store)
        write_files(results, asked, store)
    shown = unit_tables(results) if units else tables.score_tables(results, asked)
    print(f"\n{shown}")
    if set(results) & set(datasets.SYNTHETIC):
        print(f"\n{datasets.NOTE}")
    print("\npublished by others, on other clips")
    print(tables.published_block(asked))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
