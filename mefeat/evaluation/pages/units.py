"""How results of action units are laid out on a page."""

import pandas as pd

from mefeat.evaluation.pages.cells import cells_of
from mefeat.evaluation.pages.page import Page, block, ends_of, tail_blocks, with_ends
from mefeat.evaluation.saving import intervals_or_nan
from mefeat.plot import show_confusion, show_intervals, show_unit_counts

BASELINE = "always 1"
SCORES = {"mean_f1": "mean F1", "mean_database_f1": "mean F1 of databases"}
_EXPLAINED = """\
In brackets the interval that holds 95 % of bootstrap draws of subjects. Mean F1: mean
over the units of the F1 of all databases together. Mean F1 of databases: mean of the
units within each database, and of the databases. “Always 1” says that every clip shows
every unit."""
_TOGETHER = """\
Numbers are clips that show the unit of the row and are said to show that of the column,
colors their share of the clips of the row. Units are shown together, so what lies
beside the diagonal is no mistake by itself."""
_HEADINGS = {"f1": "F1"}


def _of_dataset(group):
    """Set the units of all methods beside each other, as papers do."""
    rows, kinds = [], []
    first = next(iter(group.values()))
    rows.append({"method": BASELINE} | _units(first.baseline, first.unit_names))
    kinds.append("baseline")
    for name, found in group.items():
        label = f"{name} {found.mark}".strip()
        rows.append({"method": label} | _units(found.scores, found.unit_names))
        kinds.append("")
    table = cells_of(pd.DataFrame(rows), kinds=kinds)
    return [[block("F1 of each unit", table=table)]]


def _units(scores, names):
    return {name: scores[f"f1 {name}"] for name in names}


def _blocks(found):
    """Lay out one result."""
    ends = intervals_or_nan(found)
    counts = block(
        "Found, missed, wrong",
        picture=show_unit_counts(found.per_unit),
        alt="Clips of each unit that were found, missed, and wrongly said to show it",
    )
    confusion = block(
        "Shown and predicted together",
        picture=show_confusion(found.confusion, totals=found.per_unit["clips"]),
        alt="Clips that show one unit and are said to show another",
        note=_TOGETHER,
    )
    units = block("F1 of units", picture=_picture(found, ends), alt=_ALT)
    subjects = found.per_subject.reset_index().rename(columns=_HEADINGS)
    return [
        [units, counts],
        [block("Units", table=_unit_table(found, ends)), confusion],
        [_databases(found)],
        [block("F1 in each database", table=_database_table(found))],
        *tail_blocks(found, subjects),
    ]


_ALT = "F1 of each unit with its interval, and that of saying it of every clip"


def _picture(found, ends):
    rows = [f"f1 {name}" for name in found.unit_names]
    table = ends.loc[rows].set_axis(found.unit_names)
    return show_intervals(
        table.rename(columns={"value": "score"}),
        baseline=[found.baseline[row] for row in rows],
        baseline_name=BASELINE,
        name="F1",
    )


def _unit_table(found, ends):
    ends = ends_of(ends)
    # On narrow screens the first columns are seen, the others by scrolling.
    columns = ["f1", "precision", "recall", "clips", "predicted", "hits"]
    table = found.per_unit[columns].reset_index()
    ends = [ends[f"f1 {name}"] for name in found.unit_names]
    table["f1"] = with_ends(table["f1"], ends)
    return cells_of(table.rename(columns=_HEADINGS))


def _databases(found):
    """Draw the mean F1 within each database."""
    names = found.per_database.index
    parts = [intervals_or_nan(found.of_database(name)).loc["mean_f1"] for name in names]
    table = pd.DataFrame(parts).set_axis(names).rename(columns={"value": "score"})
    table = found.marked(table)
    baseline = [found.of_database(name).baseline["mean_f1"] for name in names]
    drawn = show_intervals(
        table, baseline=baseline, baseline_name=BASELINE, name="mean F1"
    )
    alt = "Mean F1 of the units within each database, with its interval"
    return block("Databases", picture=drawn, alt=alt)


def _database_table(found):
    clips = found.predictions.groupby("database")
    table = found.per_database
    table.insert(0, "clips", clips.size())
    table.insert(1, "subjects", clips["subject"].nunique())
    table.insert(2, "mean F1", table.pop("mean"))
    return cells_of(table.reset_index().rename(columns=_HEADINGS))


UNIT_PAGE = Page(
    title="Action units",
    scores=SCORES,
    main="mean_f1",
    baseline=BASELINE,
    explained=_EXPLAINED,
    of_dataset=_of_dataset,
    of_result=_blocks,
)
