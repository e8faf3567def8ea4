"""What results of every kind offer: scores with intervals, a row, text, and files."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mefeat.evaluation.marks import footnotes, mark_of, mark_table
from mefeat.evaluation.saving import (
    as_dict,
    as_row,
    as_text,
    read_result,
    write_result,
)
from mefeat.evaluation.statistics import bootstrap


class Result:
    """What is the same for classes and for action units.

    A kind of result is a dataclass with the fields `predictions`, `folds`, its answers
    and `settings`. It says what its `answers`, `size`, `scores`, `statistics`, `truth`
    and `tables` are, and counts predictions subject by subject; pages, comparisons and
    files are made from these.

    Attributes
    ----------
    kind : str
        What is predicted.
    names : str
        Field that holds the answers.
    baseline_text : str
        What the guess is whose scores are the `baseline`.
    """

    kind = None
    names = None
    baseline_text = None
    # Scores that are not of pooled counts, as `bootstrap` has them.
    fold_statistics = None

    @property
    def answers(self):
        """What can be predicted, classes or units, a list."""
        return list(getattr(self, self.names))

    def of_database(self, name):
        """Get the result of the clips of one database.

        Parameters
        ----------
        name : str
            The database.

        Returns
        -------
        Result
            Predictions of its clips, and the folds that held them out; of classes those
            that it has or is said to have.

        Raises
        ------
        ValueError
            If no clip is of this database.
        """
        databases = self.predictions.get("database", pd.Series([], dtype=object))
        if name not in set(databases):
            known = np.unique(databases).tolist() or "none"
            raise ValueError(f"no clip is of database {name!r}; there are {known}.")
        predictions = self.predictions[databases == name]
        kept = self.folds["fold"].isin(predictions["fold"])
        part = replace(self, predictions=predictions, folds=self.folds[kept])
        return part._narrowed()

    @property
    def mark(self):
        """Signs that the figures carry: † oracle selection, ‡ transductive; or "".

        They stand in the texts of a result, in the names of the rows of its tables, and
        in its files. Single scores are plain numbers, and have none.
        """
        return mark_of(self.settings)

    @property
    def footnotes(self):
        """What the signs mean, a list of lines."""
        return footnotes(self.mark)

    def marked(self, table):
        """Put the signs into the name of the rows of a table, if there are any.

        Parameters
        ----------
        table : DataFrame or Series
            Figures of this result.

        Returns
        -------
        DataFrame or Series
            The table, which shows them wherever it is printed or written, and has the
            footnotes as `attrs["footnotes"]`.
        """
        return mark_table(table, self.mark)

    def intervals(self, *, n_draws=10_000, level=0.95, random_state=0):
        """Get intervals of the scores by a bootstrap over subjects.

        Parameters
        ----------
        n_draws : int, default=10000
            How often as many subjects are drawn as there are, with replacement.
        level : float, default=0.95
            Share of the draws within the interval.
        random_state : int, default=0
            Seed.

        Returns
        -------
        DataFrame
            A row for each score: `value`, `low` and `high`.

        Raises
        ------
        ValueError
            If there are fewer than two subjects.

        Notes
        -----
        The percentiles of the scores of the pooled counts of the drawn subjects. The
        clips of a subject stay together, since they are not independent. They tell how
        the figure varies with the people, not with what the classifier was trained on.
        For `mean_fold_f1` a fold counts as often as its subjects are drawn, on average,
        with the macro-F1 of their clips in it.
        """
        table = bootstrap(
            self.subject_counts(self.answers),
            self.statistics(self.answers),
            weighted=self.fold_statistics,
            n_draws=n_draws,
            level=level,
            random_state=random_state,
        )
        return self.marked(table.rename_axis("score"))

    def to_frame(self, name=None):
        """Give what was asked and what was found as one row.

        Parameters
        ----------
        name : str, optional
            Name of the row, by default that of the estimator.

        Returns
        -------
        DataFrame
            One row: protocol, selection, transductive, seed, mark, estimator, counts,
            each score, with its 95 % interval as `<score>_low` and `<score>_high`, and
            `seconds` of all folds. Rows of several results make a table by
            `pandas.concat`.
        """
        return as_row(self, name)

    def to_dict(self):
        """Give everything as plain lists, numbers and strings.

        Returns
        -------
        dict
            `kind`, `scores`, `mark`, `footnotes`, `settings`, the answers, and
            `intervals`, `folds`, `predictions` and other tables as lists of rows; what
            is not a number as None.
        """
        return as_dict(self)

    def save(self, folder):
        """Write `predictions.csv` and `result.json` to a folder.

        Each file appears complete or not at all, and `result.json` last.

        Parameters
        ----------
        folder : path
            Where to; made if it does not exist. Files of these names are replaced.

        Returns
        -------
        Path
            The folder.
        """
        return write_result(self, folder)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote.

        Parameters
        ----------
        folder : path
            Folder of the files.

        Returns
        -------
        Result
            The result, of the same numbers to the last bit.

        Raises
        ------
        FileNotFoundError
            If there is no result in the folder.
        ValueError
            If `result.json` was not written by `save`, or is a result of another kind.
        """
        return read_result(folder, [cls])

    def _narrowed(self):
        return self

    def __str__(self):
        """Show scores with their 95 % intervals and the baseline, tables, footnotes."""
        return as_text(self)
