"""Clips with labels: the licensed databases, folders of your own, generated clips."""

from mefeat.datasets._bunch import (
    FIVE_CLASSES,
    OWN_CLASSES,
    THREE_CLASSES,
    Database,
    map_classes,
)
from mefeat.datasets._casme import load_casme, load_casme2
from mefeat.datasets._casme3 import load_casme3
from mefeat.datasets._casme_sq import load_casme_sq
from mefeat.datasets._checking import DATABASES, load_database, load_long_videos
from mefeat.datasets._ckplus import load_ckplus
from mefeat.datasets._folder import load_folder
from mefeat.datasets._generator._clips import make_clips
from mefeat.datasets._generator._video import make_video
from mefeat.datasets._megc2019 import load_megc2019
from mefeat.datasets._meview import load_meview
from mefeat.datasets._mmew import load_mmew
from mefeat.datasets._samm import load_samm, load_samm_long
from mefeat.datasets._sheets import DatasetError, SheetError
from mefeat.datasets._smic import load_smic

__all__ = [
    "DATABASES",
    "Database",
    "DatasetError",
    "FIVE_CLASSES",
    "OWN_CLASSES",
    "SheetError",
    "THREE_CLASSES",
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
