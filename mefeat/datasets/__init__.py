"""Clips with labels: the licensed databases, folders of your own, generated clips."""

from mefeat.datasets.casme import load_casme, load_casme2
from mefeat.datasets.casme3 import load_casme3
from mefeat.datasets.casme_sq import load_casme_sq
from mefeat.datasets.ckplus import load_ckplus
from mefeat.datasets.classes import (
    FIVE_CLASSES,
    OWN_CLASSES,
    THREE_CLASSES,
    emotion_name,
    map_classes,
)
from mefeat.datasets.database import Database
from mefeat.datasets.databases import (
    DATABASES,
    find_database,
    load_database,
    load_long_videos,
)
from mefeat.datasets.errors import DatasetError, SheetError
from mefeat.datasets.folder import load_folder
from mefeat.datasets.generator import make_clips
from mefeat.datasets.megc2019 import load_megc2019
from mefeat.datasets.meview import load_meview
from mefeat.datasets.mmew import load_mmew
from mefeat.datasets.samm import load_samm, load_samm_long
from mefeat.datasets.smic import load_smic
from mefeat.datasets.video import make_video

__all__ = [
    "DATABASES",
    "FIVE_CLASSES",
    "OWN_CLASSES",
    "THREE_CLASSES",
    "Database",
    "DatasetError",
    "SheetError",
    "emotion_name",
    "find_database",
    "load_casme",
    "load_casme2",
    "load_casme3",
    "load_casme_sq",
    "load_ckplus",
    "load_database",
    "load_folder",
    "load_long_videos",
    "load_megc2019",
    "load_meview",
    "load_mmew",
    "load_samm",
    "load_samm_long",
    "load_smic",
    "make_clips",
    "make_video",
    "map_classes",
]
