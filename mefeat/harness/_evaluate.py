"""The command `mefeat evaluate`."""

import json
import os
import shlex
import sys
import time

import pandas as pd

from mefeat.base._files import whole_file, write_table
from mefeat.datasets import DatasetError
from mefeat.evaluation import environment, write_report
from mefeat.evaluation._results import footnotes, plain_signs
from mefeat.harness import _datasets as datasets
from mefeat.harness import _options as options
from mefeat.harness import _tables as tables
from mefeat.harness._dry_run import dry_run
from mefeat.harness._interrupts import stops_soon, workers
from mefeat.harness._runs import NoResultError, run, run_all, say, told
from mefeat.harness._store import Store, commit
from mefeat.harness._tables import ComparisonError, compare_folders
from mefeat.harness._units import run_units, unit_tables

FILES = ("results.csv", "results.json", "report.html")
UNIT_FILES = ("action_units.csv", "action_units.json", "action_units.html")
TITLE = "Accuracy of handcrafted methods"
UNIT_TITLE = "Action units by handcrafted methods"
ASKED = ("classifier", "grid", "classes", "baseline")
_HOW = ("protocol", "selection", "transductive", *ASKED, "crop", "solver", "quick")


def write_files(results, left_out, options, store):
    """Write a table as CSV and JSON, and a page, to the folder of the run.

    They are `results.csv`, `results.json` and `report.html`; those of action units
    `action_units.csv`, `action_units.json` and `action_units.html`.
    """
    if store.folder is None:
        return []
    about = run_facts(options)
    table = result_table(results, left_out, options)
    names = UNIT_FILES if options.protocol == datasets.UNITS else FILES
    *files, page = (store.folder / name for name in names)
    write_table(files[0], table)
    rows = json.loads(table.to_json(orient="records"))
    marks = (found.mark for group in results.values() for found in group.values())
    content = {"run": about, "footnotes": footnotes(*marks), "results": rows}
    with whole_file(files[1]) as part:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    try:
        return [*files, _report(results, left_out, about, options, page)]
    except ImportError as error:  # tables need no extra
        say(f"no {page.name}: {error}")
        return files


def result_table(results, left_out, options):
    """List all results, one row for each, and one for each of its databases."""
    asked = {name: getattr(options, name) for name in ASKED}
    rows = []
    for dataset, group in tables.with_parts(results).items():
        for method, found in group.items():
            row = found.to_frame().reset_index(drop=True).assign(**asked)
            row["classes"] = datasets.classes_text(options, dataset)
            row = row.assign(mefeat=found.settings["versions"]["mefeat"])
            row.insert(0, "dataset", dataset)
            row.insert(1, "method", method)
            rows.append(row)
    table = pd.concat(rows, ignore_index=True).assign(commit=commit(), not_judged="")
    if not left_out:
        return table
    without = [
        {"dataset": dataset, "method": method, **asked, "not_judged": reason}
        | {"classes": datasets.classes_text(options, dataset)}
        for (dataset, method), reason in left_out.items()
    ]
    records = [*table.to_dict("records"), *without]
    return pd.DataFrame(records, columns=table.columns, dtype=object)


def run_facts(options):
    """Tell what a run was."""
    found = environment()
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    # Folders may have names that no encoding knows.
    arguments = os.fsencode(shlex.join(sys.argv[1:])).decode(errors="backslashreplace")
    how = vars(options) | {"classes": datasets.classes_text(options)}
    return {
        "command": f"mefeat evaluate {arguments}".strip(),
        "options": ", ".join(f"{name} {how[name]}" for name in _HOW),
        "commit": commit(),
        "seed": options.seed,
        "versions": versions,
        "platform": found["platform"],
    }


def _report(results, left_out, about, options, path):
    published, notes = tables.published_table(options)
    notes_above = [datasets.NOTE] if set(results) & set(datasets.SYNTHETIC) else []
    if left_out:
        notes_above.append(f"Not judged: {told(left_out)}")
    return write_report(
        results,
        path,
        title=UNIT_TITLE if options.protocol == datasets.UNITS else TITLE,
        about=about,
        notes=notes_above,
        published=None if published.empty else published,
        published_notes=notes,
    )


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
