"""The table of the databases, and loading by name."""

from mefeat.datasets.casme import CASME, CASME2
from mefeat.datasets.casme3 import CASME3
from mefeat.datasets.casme_sq import CASME_SQ
from mefeat.datasets.ckplus import CKPLUS
from mefeat.datasets.megc2019 import MEGC2019
from mefeat.datasets.meview import MEVIEW
from mefeat.datasets.mmew import MMEW
from mefeat.datasets.samm import SAMM, SAMM_LONG
from mefeat.datasets.smic import SMIC
from mefeat.datasets.videos import make_videos

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
    mefeat.datasets.errors.DatasetError: /nowhere: is no folder.
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
    """Get a database by its name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    Database
        The database.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> find_database("casme2").fps
    200.0
    """
    if name not in DATABASES:
        raise ValueError(f"database must be one of {list(DATABASES)}, got {name!r}.")
    return DATABASES[name]
