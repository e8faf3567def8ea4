"""Results of a run as files: CSV, JSON, and one HTML page."""

import json
import os
import shlex
import sys

import pandas as pd

from benchmarks.accuracy import datasets, tables
from benchmarks.accuracy.runs import say, told
from benchmarks.accuracy.store import commit
from mefeat.base._files import whole_file, write_table
from mefeat.evaluation import environment, write_report
from mefeat.evaluation._results import footnotes

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

    Parameters
    ----------
    results : dict of str to dict of str to Evaluation or UnitEvaluation
        Results by dataset and name of the row.
    left_out : dict of (str, str) to str
        Why there is none, by dataset and name of the row.
    options : Namespace
        Options of the command.
    store : Store
        The folder; without one nothing is written.

    Returns
    -------
    list of Path
        The files.
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
    """List all results, one row for each, and one for each of its databases.

    Parameters
    ----------
    results : dict of str to dict of str to Evaluation or UnitEvaluation
        Results by dataset and name of the row.
    left_out : dict of (str, str) to str
        Why there is none, by dataset and name of the row.
    options : Namespace
        Options of the command.

    Returns
    -------
    DataFrame
        What was judged and how, each score with the ends of its interval, and where it
        comes from. Rows without scores tell in `not_judged` why they have none.
    """
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
    """Tell what a run was.

    Parameters
    ----------
    options : Namespace
        Options of the command.

    Returns
    -------
    dict of str to str
        Command, options, seed, commit, platform and versions.
    """
    found = environment()
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    # Folders may have names that no encoding knows.
    arguments = os.fsencode(shlex.join(sys.argv[1:])).decode(errors="backslashreplace")
    how = vars(options) | {"classes": datasets.classes_text(options)}
    return {
        "command": f"python -m benchmarks.accuracy {arguments}".strip(),
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
