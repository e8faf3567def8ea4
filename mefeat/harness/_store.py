"""The folder of results, and the room that is left on its disk."""

import json
import shutil
import subprocess
import traceback
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from mefeat.base._files import folder_lock, whole_file
from mefeat.evaluation import Evaluation

# Bytes of a clip in the tables of one method, and of a run without any.
PER_CLIP = 2000
# Of oracle selection: what a point of the grid says of a clip, and its parameters.
PER_PREDICTION = 20
RESERVE = 20_000_000
ERROR = "error.txt"


class Store:
    """Results of a run in a folder, or nowhere."""

    def __init__(self, folder):
        self.folder = folder
        self.folds = None if folder is None else folder / "folds"
        self.cache = None if folder is None else str(folder / "cache")

    def lock(self):
        """Make the folder and keep other runs out of it."""
        if self.folder is None:
            return nullcontext()
        self.folder.mkdir(parents=True, exist_ok=True)
        return folder_lock(self.folder)

    def cell(self, dataset, method):
        """Name the folder of one result."""
        return None if self.folder is None else self.folder / dataset / method

    def take(self, dataset, method, request):
        """Read a finished result of the same request."""
        folder = self.cell(dataset, method)
        if folder is None:
            return None
        try:
            found = json.loads((folder / "request.json").read_text(encoding="utf-8"))
            if found != json.loads(json.dumps(request)):
                return None
            return Evaluation.load(folder)
        except (OSError, ValueError):
            return None

    def keep(self, dataset, method, request, result):
        """Write a finished result."""
        folder = self.cell(dataset, method)
        if folder is None:
            return
        # The request comes last: a result without one is not taken.
        folder.mkdir(parents=True, exist_ok=True)
        for name in "request.json", ERROR:
            (folder / name).unlink(missing_ok=True)
        result.save(folder)
        with whole_file(folder / "commit.txt") as part:
            part.write_text(f"{commit()}\n", encoding="utf-8")
        with whole_file(folder / "request.json") as part:
            part.write_text(json.dumps(request, indent=1), encoding="utf-8")

    def explain(self, dataset, method, error):
        """Write why there is no result, with the traceback."""
        folder = self.cell(dataset, method)
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(traceback.format_exception(error))
        with whole_file(folder / ERROR) as part:
            part.write_text(text, encoding="utf-8", errors="backslashreplace")

    def check_room(self, n_bytes):
        """Refuse to begin what the disk cannot hold."""
        if self.folder is None:
            return
        free = shutil.disk_usage(self.folder).free
        kept = sum(path.stat().st_size for path in Path(self.cache).rglob("*.*"))
        needed = max(n_bytes - kept, 0) + RESERVE
        if free < needed:
            raise OSError(
                f"{self.folder} needs about {needed / 1e6:.0f} MB for this run, and "
                f"the disk has {free / 1e6:.0f} MB left."
            )


def first_of(described):
    """Get what the steps give for the first clip."""
    rows = described.to_numpy() if hasattr(described, "iloc") else described
    return rows[0]


def stored_bytes(described):
    """Tell how many bytes the result of one clip takes in the cache."""
    arrays = [described] if isinstance(described, np.ndarray) else _arrays(described)
    return sum(array.nbytes for array in arrays) + PER_CLIP


def _arrays(clip):
    parts = (getattr(clip, name) for name in type(clip).__slots__)
    return [part for part in parts if isinstance(part, np.ndarray)]


def commit():
    """Get the commit of this checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        found = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent,
            check=False,
        )
    except OSError:
        return "not a checkout"
    return found.stdout.strip() or "not a checkout"
