"""The list of databases, and the check of a copy for what is missing."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from mefeat._environment import printable
from mefeat.datasets._bunch import emotion_name
from mefeat.datasets._casme import CASME, CASME2
from mefeat.datasets._casme3 import CASME3
from mefeat.datasets._casme_sq import CASME_SQ
from mefeat.datasets._ckplus import CKPLUS
from mefeat.datasets._layout import Root, find_clips
from mefeat.datasets._megc2019 import MEGC2019
from mefeat.datasets._meview import MEVIEW
from mefeat.datasets._mmew import MMEW
from mefeat.datasets._samm import SAMM, SAMM_LONG
from mefeat.datasets._sheets import DatasetError
from mefeat.datasets._smic import SMIC
from mefeat.datasets._videos import make_videos

DATABASES = {
    database.name: database
    for database in (
        CASME,
        CASME2,
        CASME_SQ,
        CASME3,
        SAMM,
        SAMM_LONG,
        *SMIC.values(),
        MEVIEW,
        MMEW,
        CKPLUS,
        MEGC2019,
    )
}


def load_database(
    name, root, *, classes="own", frames="event", strict=False, **options
):
    """Load a database by its name.

    Parameters
    ----------
    name : str
        One of `DATABASES`: "casme2", "samm", "smic-hs" and so on.
    root : path
        Folder into which it was unpacked.
    classes : str or dict, default="own"
        Name of a class map of the database ("own", "five", "three"), or a dict from
        emotion to class.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames of its folder.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.
    **options
        Further arguments of the loader of this database.

    Returns
    -------
    Bunch
        As `load_casme2`.

    Raises
    ------
    DatasetError
        If sheet or frames are not there, or nothing of it can be used.
    ValueError
        If there is no such database.

    Examples
    --------
    >>> load_database("casme", "/nowhere")
    Traceback (most recent call last):
    mefeat.datasets._sheets.DatasetError: /nowhere: is no folder.
    """
    database = find_database(name)
    return database.load(root, classes=classes, frames=frames, strict=strict, **options)


def load_long_videos(name, root, *, strict=False, **options):
    """Load the long videos of a database and where the expressions are.

    Parameters
    ----------
    name : str
        "samm-lv", "casme-sq", "smic-hs", "smic-vis" or "smic-nir".
    root : path
        Folder into which it was unpacked.
    strict : bool, default=False
        Whether an expression that cannot be used is an error, not a warning.
    **options
        ``sheet``, the path of the coding sheet.

    Returns
    -------
    Bunch
        With the fields

        - `videos`, a list of `ClipFile`, also of those without any expression;
        - `intervals`, of each video a list of `Interval` in indices of its frames, of
          the kind "micro" or "macro"; where the apex is not annotated it is the middle;
        - `groups`, the subject of each video;
        - `frame`, a DataFrame of one row per expression;
        - `DESCR`, what was read, counted and left out.

    Raises
    ------
    DatasetError
        If sheet or videos are not there, or nothing of it can be used.
    ValueError
        If the database has no long videos.
    """
    database = find_database(name)
    if database.videos is None:
        names = [n for n, other in DATABASES.items() if other.videos is not None]
        raise ValueError(f"long videos are in {names}, got {name!r}.")
    videos, listing = database.videos(root, **options)
    return make_videos(videos, listing, database.title, database.citation, strict)


def find_database(name):
    """Get a database by its name."""
    if name not in DATABASES:
        raise ValueError(f"database must be one of {list(DATABASES)}, got {name!r}.")
    return DATABASES[name]


# What the published copies have some of, too.
FAULTS = ("impossible key frames", "key frames without image", "incomplete clips")


@dataclass(slots=True, eq=False)
class Check:
    """What was found of a database."""

    name: str
    title: str
    root: Path
    source: str = ""
    counts: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def fine(self):
        """Whether all counts are as known and nothing is missing."""
        return not any(_differs(*count) for count in self.counts)

    def table(self, most=20):
        """Lay out what was found."""
        width = max((len(item) for item, _, _ in self.counts), default=0)
        lines = [f"{self.name}: {self.title} in {self.root}"]
        lines += [f"read from {self.source}"] if self.source else []
        lines += ["", f"{'':{width}}  found  known  differs"] if self.counts else []
        for item, found, known in self.counts:
            off = f"{found - known:+d}" if _differs(item, found, known) else ""
            known = "" if known is None else known
            lines.append(f"{item:{width}}  {found:5}  {known:>5}  {off:>7}".rstrip())
        if self.problems:
            shown = self.problems[:most]
            n = len(self.problems)
            lines += ["", f"{n} problem{'s' if n > 1 else ''}"]
            lines += [f"  {problem}" for problem in shown]
            more = len(self.problems) - len(shown)
            lines += [f"  ... and {more} more"] if more else []
        return "\n".join(map(printable, lines))


def _differs(item, found, known):
    """Tell whether a count is not as known; of faults, fewer are no fault."""
    if item in FAULTS:
        return known is not None and found > known
    return known not in (None, found)


def recognize(root):
    """Find out which databases lie in a folder."""
    outer = Root(root)
    inner = outer.inner()
    found = []
    for name, database in DATABASES.items():
        # A folder of its own holds the sheet and something more.
        own = [
            place.path
            for place in inner
            if database.sheet
            and place.folders(place.path)
            and place.sheets(database.sheet)
        ]
        if not own and database.signs(outer):
            own = [outer.path]
        found += [(name, path) for path in own[:1]]
    return found


def check_database(root, name, version=None, sheet=None):
    """Count what there is of a database."""
    database = find_database(name)
    check = Check(name, database.title, Path(root))
    Root(root)
    given = database.options(version=version, sheet=sheet)
    errors = []
    # A part of a database is no fault.
    wanted = database.versions if version is None else (version,)
    for options in [given | {"version": v} for v in wanted] or [given]:
        try:
            listing = find_clips(database.collect(root, **options))
            break
        except DatasetError as error:
            errors.append(str(error))
    else:
        check.counts = [("clips", 0, database.clips)]
        # What is wrong with the sheet is so for each version.
        check.problems = list(dict.fromkeys(errors))
        return check
    check.source = listing.source
    check.counts = _counts(database, listing)
    check.problems = [f"{record.name}: {record.trouble}" for record in listing.skipped]
    check.problems += [f"{record.name}: {remark}" for record, remark in listing.dropped]
    check.problems += _lacking(listing)
    if database.videos is not None:
        _count_videos(check, database, root, database.options(sheet=sheet))
    return check


def _counts(database, listing):
    used = [r for r in listing.records if r.trouble is None and r.emotion is not None]
    emotions = Counter(emotion_name(record.emotion) for record in used)
    counts = [
        ("rows", len(listing.records), database.rows),
        ("clips that can be used", len(used), database.clips),
        ("subjects", len({record.subject for record in used}), database.subjects),
    ]
    expected = database.counts if listing.comparable else {}
    for emotion in dict.fromkeys((*expected, *sorted(emotions))):
        known = expected.get(emotion, 0) if expected else None
        counts.append((f"  {emotion}", emotions[emotion], known))
    missing = sum(n.startswith("no image") for r in used for n in r.notes)
    n_faults = len(listing.dropped), missing, len(listing.incomplete)
    faults = zip(FAULTS, n_faults, strict=True)
    counts += [(item, n, 0) for item, n in faults]
    return [(item, n, database.known.get(item, known)) for item, n, known in counts]


def _count_videos(check, database, root, options):
    try:
        videos, listing = database.videos(root, **options)
    except DatasetError:
        # To have no long videos is no fault.
        return
    try:
        with warnings.catch_warnings():
            # All that they say is counted, and listed below.
            warnings.simplefilter("ignore")
            found = make_videos(videos, listing, database.title, "", False)
    except DatasetError as error:
        check.problems.append(str(error))
        return
    kinds = Counter(i.kind for intervals in found.intervals for i in intervals)
    check.counts.append(("long videos", len(found.videos), None))
    for kind in ("micro", "macro"):
        known = database.known.get(f"{kind}-expressions")
        check.counts.append((f"  {kind}-expressions", kinds[kind], known))
    more = [
        f"{record.name}: {record.trouble}"
        for record in listing.skipped
        if not _told(check.problems, record, record.trouble)
    ]
    more += [f"{record.name}: {remark}" for record, remark in listing.dropped]
    more += [
        f"{record.name}: {remark}"
        for record, remark, _ in listing.incomplete
        if not _told(check.problems, record, remark)
    ]
    check.problems = list(dict.fromkeys([*check.problems, *more]))


def _lacking(listing):
    """Say of each clip that can be used which images it lacks, in one line."""
    remarks = {id(record): remark for record, remark, _ in listing.incomplete}
    lines = []
    for record in listing.records:
        lacks = [note for note in record.notes if note.startswith("no image")]
        lacks += [remarks[id(record)]] if id(record) in remarks else []
        if lacks and record.trouble is None:
            lines.append(f"{record.name}: {'; '.join(lacks)}")
    return lines


def _told(problems, record, trouble):
    """Tell whether the clip of a row has the same trouble, in its folder's words."""
    return any(
        problem.startswith(f"{record.name}: ") and problem.endswith(trouble)
        for problem in problems
    )
