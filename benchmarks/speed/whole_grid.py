"""The whole grid of the thesis, as a user would ask for it, against its bare fits."""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from sklearn.model_selection import GroupKFold, ParameterGrid

from benchmarks.speed.searching import LENGTHS, THESIS, bare_seconds, make_rows
from benchmarks.speed.timing import row
from mefeat.base._files import whole_file
from mefeat.evaluation import evaluate
from mefeat.evaluation._folds import FoldStore
from mefeat.model_selection import PolySVCSearch

# Of the fits of nested selection, every so manieth is repeated bare.
SHARES = {"oracle": 1, "nested": 8}


def whole_grid_rows(folder=None, grid=None, n_numbers=LENGTHS, shares=None):
    """Time the whole protocol of the thesis against its bare fits, for hours.

    It is the call of `evaluate` that a user would make, in one process. After each fold
    the fits of this fold are done bare: all of them for oracle selection, those of a
    random eighth of the kernels for nested selection. Times are those of the processor.

    Parameters
    ----------
    folder : path, optional
        Where folds and their times are kept, so that the same command goes on after it
        was ended; nowhere by default.
    grid : dict of str to tuple, optional
        Parameters of the search, those of the thesis by default.
    n_numbers : sequence of int, default=(72, 11328)
        Numbers in a row.
    shares : dict of str to int, optional
        For each selection the number of kernels of which one is fitted bare.

    Returns
    -------
    list of dict
        Rows of the table.
    """
    if folder is None:
        with TemporaryDirectory() as made:
            return whole_grid_rows(made, grid, n_numbers, shares)
    grid = THESIS if grid is None else grid
    table = []
    for selection, share in (SHARES if shares is None else shares).items():
        for length in n_numbers:
            X, y, groups = make_rows(length)
            times = FoldTimes(Path(folder) / f"times-{selection}-{length}")
            bare = BareFits(X, y, groups, grid, selection, share)
            with times.taken(bare):
                evaluate(
                    PolySVCSearch(**grid, scale=False),
                    X,
                    y,
                    groups,
                    selection=selection,
                    n_jobs=1,
                    memory=Path(folder) / "folds",
                )
            job = f"whole thesis grid, {selection}, {len(X)}x{length}, {bare.facts}"
            ours, theirs = times.sums()
            peer = "SVC(precomputed).fit"
            table.append(row(job, ours, peer, theirs, 1.2, higher=False))
    return table


class BareFits:
    """The fits of a fold, without anything around them.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_features)
        Rows.
    y, groups : ndarray of shape (n_clips,)
        Classes and subjects.
    grid : dict of str to tuple
        Parameters of the search.
    selection : {"oracle", "nested"}
        Whether a fold is fitted as a whole, or in five inner folds.
    share : int
        Number of kernels of which one, drawn at random, is fitted.
    """

    def __init__(self, X, y, groups, grid, selection, share):
        self.gram, self.y, self.groups = X @ X.T, y, groups
        self.selection, self.share = selection, share
        shapes = ParameterGrid({k: v for k, v in grid.items() if k != "C"})
        self.kernels = [[{**shape, "C": C} for C in grid["C"]] for shape in shapes]
        n_folds = 5 if selection == "nested" else 1
        n_fits = len(ParameterGrid(grid)) * n_folds * len(np.unique(groups))
        part = "all" if share == 1 else f"1 of {share}"
        self.facts = f"{n_fits} fits, {part} bare"

    def seconds(self, index, fold):
        """Time the fits of a fold.

        Parameters
        ----------
        index : int
            Its place, which seeds what is drawn.
        fold : Fold
            The fold.

        Returns
        -------
        float
            Processor time of all its fits, reckoned from those that were done.
        """
        rng = np.random.default_rng(index)
        parts, total = [fold.train], 0.0
        if self.selection == "nested":
            train = fold.train
            inner = GroupKFold(5).split(train, self.y[train], self.groups[train])
            parts = [train[part] for part, _ in inner]
        n_drawn = -(-len(self.kernels) // self.share)
        for part in parts:
            drawn = rng.choice(len(self.kernels), n_drawn, replace=False)
            points = [point for i in np.sort(drawn) for point in self.kernels[i]]
            total += bare_seconds(self.gram, self.y, part, points, time.process_time)
        return total * len(self.kernels) / n_drawn


class FoldTimes:
    """Times of folds, on disk as soon as they are known.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    """

    def __init__(self, folder):
        self.folder = folder

    @contextmanager
    def taken(self, bare):
        """Time the folds of an `evaluate` within, and their bare fits after each.

        Parameters
        ----------
        bare : BareFits
            What is to be timed beside.

        Yields
        ------
        None
            Nothing.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        keep, mark = FoldStore.keep, time.process_time()

        def keep_times(store, index, fold, outcome):
            nonlocal mark
            ours = time.process_time() - mark
            self._keep(index, ours=ours, bare=bare.seconds(index, fold))
            mark = time.process_time()
            # After the times: a fold that is kept never runs again.
            keep(store, index, fold, outcome)

        with patch.object(FoldStore, "keep", keep_times):
            yield
        # The choice of the winner and the tables, also of a run that went on.
        self._keep("end", ours=time.process_time() - mark, bare=0.0)

    def sums(self):
        """Add up the times of all folds.

        Returns
        -------
        ours, bare : float
            Seconds.
        """
        found = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in self.folder.glob("*.json")
        ]
        return tuple(sum(times[name] for times in found) for name in ("ours", "bare"))

    def _keep(self, name, **times):
        with whole_file(self.folder / f"{name}.json") as part:
            part.write_text(json.dumps(times), encoding="utf-8")
        ours, bare = self.sums()
        print(
            f"{self.folder.name}: {name} done, {ours:.0f} s, bare {bare:.0f} s so far",
            file=sys.stderr,
            flush=True,
        )
