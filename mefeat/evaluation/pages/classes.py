"""How results of classes are laid out on a page."""

from mefeat.evaluation.metrics import SCORES as METRICS
from mefeat.evaluation.metrics import class_scores
from mefeat.evaluation.pages.cells import cells_of
from mefeat.evaluation.pages.page import Page, block, ends_of, tail_blocks, with_ends
from mefeat.evaluation.saving import intervals_or_nan
from mefeat.evaluation.statistics import bootstrap
from mefeat.plot import show_confusion, show_subjects

BASELINE = "baseline"
SCORES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "uar": "UAR",
    "weighted_f1": "weighted F1",
    "mean_fold_f1": "mean fold F1",
}
_EXPLAINED = """\
In brackets the interval that holds 95 % of bootstrap draws of subjects. All scores are
computed from the confusion matrix of all folds together, except the mean of the folds’
macro-F1. The baseline always says the largest class."""
_HEADINGS = SCORES | {"f1": "F1"}


def _blocks(found):
    """Lay out one result."""
    confusion = block(
        "Confusions",
        picture=show_confusion(found.confusion),
        alt="Confusion matrix: clips by true and predicted class",
        note="Numbers are clips, colors their share of the true class.",
    )
    rows = [[confusion, block("Classes", table=_classes(found))]]
    if found.per_database is not None:
        rows.append([block("Databases", table=_databases(found))])
    subjects = block(
        "Subjects",
        picture=show_subjects(found.per_subject),
        alt="Clips of each subject, and how many were recognized",
    )
    table = found.per_subject.reset_index().rename(columns=_HEADINGS)
    return [*rows, [subjects], *tail_blocks(found, table)]


def _classes(found):
    """List classes, F1 with its interval."""
    table = found.per_class.reset_index()
    counts = found.subject_counts(found.answers)
    if len(counts) > 1:
        functions = {
            name: lambda pooled, i=i: class_scores(pooled)["f1"][:, i]
            for i, name in enumerate(found.answers)
        }
        ends = bootstrap(counts, functions)
        table["f1"] = with_ends(table["f1"], ends_of(ends).values())
    return cells_of(table.rename(columns=_HEADINGS))


def _databases(found):
    """List databases, each score with its interval."""
    table = found.per_database.astype(object)
    for name in table.index:
        part = found if name == "all" else found.of_database(name)
        ends = ends_of(intervals_or_nan(part))
        for score in METRICS:
            table.at[name, score] = (table.at[name, score], ends[score])
    return cells_of(table.reset_index().rename(columns=_HEADINGS))


CLASS_PAGE = Page(
    title="Scores",
    scores=SCORES,
    main="macro_f1",
    baseline=BASELINE,
    explained=_EXPLAINED,
    of_dataset=lambda group: [],
    of_result=_blocks,
)
