"""The command `python -m benchmarks.accuracy`."""

import sys
import time

from benchmarks.accuracy import datasets, options, tables
from benchmarks.accuracy.action_units import run_units, unit_tables
from benchmarks.accuracy.comparison import ComparisonError, compare_folders
from benchmarks.accuracy.dry_run import dry_run
from benchmarks.accuracy.files import write_files
from benchmarks.accuracy.runs import NoResultError, run, run_all, say, told
from benchmarks.accuracy.stopping import stops_soon
from benchmarks.accuracy.store import Store
from benchmarks.accuracy.workers import workers
from mefeat.datasets import DatasetError
from mefeat.evaluation._results import plain_signs


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 if all went well, 1 if methods were left out since they do not
        suit the data, 2 if what is asked for cannot be, 130 if interrupted.
    """
    asked = options.parse(argv)
    try:
        with stops_soon(asked.out):
            left_out = _do(asked)
    except _ERRORS as error:
        say(f"error: {error}")
        return 2
    if left_out:
        say(f"left out: {told(left_out)}")
    return 1 if left_out else 0


_ERRORS = (OSError, ImportError, DatasetError, ComparisonError, NoResultError)


def _do(asked):
    """Do what is asked for; give what was left out of it, and why."""
    if asked.compare is not None:
        _print(compare_folders(*asked.compare))
        return {}
    if not asked.dry_run:
        return _judge(asked)
    text, left_out = dry_run(asked)
    _print(text)
    return left_out


def _print(text):
    print(plain_signs(text))


def _judge(asked):
    start = time.perf_counter()
    units = asked.protocol == datasets.UNITS
    with workers(asked):
        pass  # a cluster that is not there is told before the work
    store = Store(asked.out)
    with store.lock():
        results, left_out = run_all(asked, store, run_units if units else run)
        write_files(results, left_out, asked, store)
    if units:
        shown = unit_tables(results, left_out)
    else:
        shown = tables.score_tables(results, asked, left_out)
    _print(f"\n{shown}")
    if set(results) & set(datasets.SYNTHETIC):
        print(f"\n{datasets.NOTE}")
    print("\npublished by others, on other clips")
    _print(tables.published_block(asked))
    print(f"\n{time.perf_counter() - start:.0f} s")
    return left_out


if __name__ == "__main__":
    sys.exit(main())
