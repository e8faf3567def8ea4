"""MEVIEW, by a map of columns, since its layout is not published."""

from mefeat.datasets._bunch import Database, signs
from mefeat.datasets._folder import collect_folder
from mefeat.datasets._layout import Root
from mefeat.datasets._sheets import DatasetError

SHEET = "meview"


def collect_meview(root, *, table=None, pattern="{clip}", columns=None):
    """List the clips of MEVIEW."""
    if table is None:
        found = Root(root).sheets(SHEET)
        if not found:
            raise DatasetError(
                f"{root}: no sheet of MEVIEW: give one (`table` of the loader, "
                "--sheet) with the columns subject, clip, onset, offset and label."
            )
        table = found[0]
    return collect_folder(
        root, pattern=pattern, table=table, columns=columns, fps=MEVIEW.fps
    )


MEVIEW = Database(
    "meview",
    "MEVIEW",
    collect_meview,
    "P. Husák, J. Čech, J. Matas, Spotting facial micro-expressions “in the wild”, "
    "22nd Computer Vision Winter Workshop, 2017",
    fps=25.0,
    size=(720, 1280),
    subjects=16,
    clips=31,
    rows=31,
    sheet=SHEET,
    signs=signs(SHEET, "meview"),
)


def load_meview(
    root,
    *,
    table=None,
    pattern="{clip}",
    columns=None,
    classes="own",
    frames="event",
    strict=False,
):
    """Load MEVIEW.

    Parameters
    ----------
    root : path
        Folder into which it was unpacked.
    table : path or DataFrame, optional
        The annotations; by default a sheet below `root` with "meview" in its name.
    pattern : str, default="{clip}"
        Path of a clip, a video or a folder of frames, below `root`, with columns of
        the table in braces.
    columns : dict of str to str, optional
        What the table calls subject, clip, onset, apex, offset, emotion and
        action_units, and what `pattern` names.
    classes : {"own", "three"} or dict, default="own"
        All emotions, 3 classes in the way of MEGC 2019, or a dict from emotion to
        class.
    frames : {"event", "all"}, default="event"
        Whether a clip goes from onset to offset, or has all frames.
    strict : bool, default=False
        Whether a row that cannot be used is an error, not a warning.

    Returns
    -------
    Bunch
        As `load_casme2`.

    Raises
    ------
    DatasetError
        If the table is not there, or nothing of it can be used.

    See Also
    --------
    load_folder : The same for anybody's clips, with details.
    """
    return MEVIEW.load(
        root,
        table=table,
        pattern=pattern,
        columns=columns,
        classes=classes,
        frames=frames,
        strict=strict,
    )
