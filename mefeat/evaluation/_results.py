"""Results: predictions, scores, their text, and their files."""

import json
import platform
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mefeat._environment import PACKAGES, versions_of
from mefeat.base._files import moved_together, whole_file, write_table
from mefeat.evaluation._statistics import bootstrap, mean_fold_f1
from mefeat.model_selection._metrics import (
    SCORES,
    class_scores,
    confusion,
    largest_class_baseline,
    macro_f1,
    scores,
)

DAGGER = "†"
DOUBLE_DAGGER = "‡"
FOOTNOTES = {
    DAGGER: "parameters chosen on the folds that are reported (oracle)",
    DOUBLE_DAGGER: "steps before the classifier fitted to all clips, those held out "
    "included (transductive)",
}
# Where a terminal has no such letters.
_PLAIN = {DAGGER: "(o)", DOUBLE_DAGGER: "(t)"}


def mark_of(settings):
    """Get the signs that a result must carry."""
    oracle = settings.get("selection") == "oracle"
    transductive = bool(settings.get("transductive"))
    return DAGGER * oracle + DOUBLE_DAGGER * transductive


def footnotes(*marks):
    """Get the footnotes of all signs that are shown."""
    shown = "".join(marks)
    return [f"{sign} {text}" for sign, text in FOOTNOTES.items() if sign in shown]


def plain_signs(text):
    """Write a text in letters that standard output has."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _PLAIN.items():
            text = text.replace(sign, plain)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    return text


# Packages that scores depend on, besides those that descriptors depend on.
_OTHERS = ("scipy", "pandas", "numba", "torch")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def environment():
    """Get the versions and the platform that a result depends on.

    Returns
    -------
    dict
        `versions` of Python, mefeat and those packages that compute and are installed,
        and `platform`.

    Examples
    --------
    >>> import mefeat
    >>> environment()["versions"]["mefeat"] == mefeat.__version__
    True
    """
    versions = versions_of((*PACKAGES, *_OTHERS))
    return {
        "versions": {"python": platform.python_version(), **versions},
        "platform": platform.platform(),
    }


def describe_estimator(estimator):
    """Describe an estimator by plain values."""
    parameters = estimator.get_params(deep=True)
    return {"name": type(estimator).__name__, "parameters": plain(parameters)}


def plain(value):
    """Turn a value into what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "get_params"):
        return type(value).__name__
    # Without the address in memory, which is another in every run.
    return getattr(value, "__qualname__", None) or _ADDRESS.sub("", repr(value))


FILE = "result.json"
_ASKED = ("protocol", "selection", "transductive", "random_state")


class Result:
    """What results of classes and of action units have in common.

    A subclass is a dataclass with the fields `predictions`, `folds`, its answers
    (classes or units) and `settings`. It defines `size`, `truth`, `baseline`, `scores`,
    `confusion`, `tables`, and its scores as functions of counts by subject.
    """

    kind = None
    names = None
    baseline_text = None
    # Scores that are not of pooled counts, as `bootstrap` has them.
    _fold_statistics = None

    @property
    def answers(self):
        """Classes or units that can be predicted, a list."""
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
            that occur or are predicted.

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

    def _marked(self, table):
        """Put the signs and their footnotes on a table, wherever it is shown."""
        if not self.mark:
            return table
        name = (table.index.name or "").removesuffix(self.mark).strip()
        table = table.rename_axis(index=f"{name} {self.mark}".strip())
        table.attrs["footnotes"] = self.footnotes
        return table

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
        The ends are percentiles of the scores of the drawn subjects' pooled counts. The
        clips of a subject stay together, since they are not independent. The interval
        tells how a score varies with the people, not with the training data.
        For `mean_fold_f1` a fold counts as often as its subjects are drawn, on average,
        with the macro-F1 of their clips in it.
        """
        table = bootstrap(
            self._subject_counts(self.answers),
            self._statistics(self.answers),
            weighted=self._fold_statistics,
            n_draws=n_draws,
            level=level,
            random_state=random_state,
        )
        return self._marked(table.rename_axis("score"))

    def to_frame(self, name=None):
        """Return settings and scores as a table of one row.

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
        settings = self.settings
        row = {key: settings.get(key) for key in _ASKED}
        row |= {"mark": self.mark, "estimator": _name(settings["estimator"])}
        row |= {f"n_{key}": value for key, value in self.size.items()}
        row |= {"n_folds": len(self.folds)}
        ends = intervals_or_nan(self)
        for score, value in self.scores.items():
            row[score] = value
            row |= {f"{score}_{end}": ends.loc[score, end] for end in ("low", "high")}
        row |= {"seconds": float(self.folds["seconds"].sum())}
        names = [row["estimator"] if name is None else name]
        return self._marked(pd.DataFrame([row], index=names))

    def to_dict(self):
        """Return everything as lists, numbers and strings, ready for JSON.

        Returns
        -------
        dict
            `kind`, `scores`, `mark`, `footnotes`, `settings`, the answers, and
            `intervals`, `folds`, `predictions` and other tables as lists of rows; what
            is not a number as None.
        """
        tables = {k: v for k, v in self.tables.items() if k != "confusion"}
        tables = {"intervals": intervals_or_nan(self)} | tables
        # Names are the same in every file: the signs stand beside the tables.
        tables = {
            name: table.rename_axis(table.index.name.removesuffix(self.mark).strip())
            for name, table in tables.items()
        }
        tables = {name: table.reset_index() for name, table in tables.items()}
        tables |= {"folds": self.folds, "predictions": self.predictions}
        return plain(
            {
                "kind": self.kind,
                "scores": self.scores,
                "mark": self.mark,
                "footnotes": self.footnotes,
                "settings": self.settings,
                self.names: self.answers,
                "confusion": self.confusion.to_numpy(),
            }
            | {name: table.to_dict("records") for name, table in tables.items()}
        )

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
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False)
        with moved_together():
            write_table(folder / "predictions.csv", self.predictions)
            with whole_file(folder / FILE) as part:
                part.write_text(text + "\n", encoding="utf-8")
        return folder

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
        counts = ", ".join(f"{number} {name}" for name, number in self.size.items())
        head = f"{self.settings['protocol']}: {counts}, {len(self.folds)} folds"
        ends, scores, baseline = intervals_or_nan(self), self.scores, self.baseline
        width = max(map(len, scores)) + 1
        lines = [f"{'':<{width}} value   95 % interval     baseline  difference"]
        for name, value in scores.items():
            low, high = ends.loc[name, ["low", "high"]]
            line = f"{name:<{width}} {value:.4f}{self.mark}  [{low:.4f}, {high:.4f}]"
            if name in baseline:
                line += f"  {baseline[name]:.4f}    {value - baseline[name]:+.4f}"
            lines.append(line)
        lines.append(f"baseline: {self.baseline_text}")
        tables = [t for name, t in self.tables.items() if name != "per_subject"]
        texts = [head, "\n".join(lines), *(t.round(4).to_string() for t in tables)]
        texts += ["\n".join(self.footnotes)] * bool(self.mark)
        return plain_signs("\n\n".join(texts))


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Result):
    """Result of `evaluate`: one prediction per clip, and all scores computed from them.

    Every score is computed from the confusion matrix of all folds together, except
    `mean_fold_f1`.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `database`
        if databases were given, `fold`, `true`, `predicted`, and columns `decision
        <class>` if the classifier has decision values; NaN for a class that the fold's
        training clips lack.
    folds : DataFrame
        One row per fold: `fold`, `n_train`, `n_test`, `seconds`, `best_params` of a
        search at the end of the estimator, or None.
    labels : ndarray of shape (n_classes,)
        Classes in the order of the tables.
    settings : dict
        Protocol, selection, seed, estimator with its parameters, versions.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    labels: np.ndarray
    settings: dict

    kind = "classes"
    names = "labels"
    baseline_text = "who always says the largest class"

    @property
    def answers(self):
        """Classes in the order of the tables, a list."""
        return self.labels.tolist()

    @property
    def size(self):
        """Number of clips, subjects and classes, a dict."""
        return _size(self.predictions) | {"classes": len(self.labels)}

    @property
    def truth(self):
        """Subject and true class of each clip, a DataFrame."""
        return self.predictions.set_index("clip")[["subject", "true"]]

    @property
    def baseline(self):
        """Scores of the guess that every clip is of the largest class, a dict."""
        return largest_class_baseline(self._counts().sum(axis=1))

    @property
    def confusion(self):
        """Clips by true class (rows) and predicted class (columns), a DataFrame."""
        rows, columns = (
            pd.Index(self.labels, name=name) for name in ("true", "predicted")
        )
        return self._marked(pd.DataFrame(self._counts(), rows, columns))

    @property
    def scores(self):
        """Accuracy, macro_f1, uar, weighted_f1 and mean_fold_f1, a dict."""
        return scores(self._counts()) | {"mean_fold_f1": self.mean_fold_f1}

    @property
    def accuracy(self):
        """Share of clips that were recognized."""
        return SCORES["accuracy"](self._counts())

    @property
    def macro_f1(self):
        """Mean F1 of the classes (UF1)."""
        return SCORES["macro_f1"](self._counts())

    @property
    def uar(self):
        """Mean recall of the classes that occur."""
        return SCORES["uar"](self._counts())

    @property
    def weighted_f1(self):
        """F1 of the classes, weighted by their clips."""
        return SCORES["weighted_f1"](self._counts())

    @property
    def mean_fold_f1(self):
        """Mean over folds of the macro-F1 within each.

        The macro-F1 of a fold is that over the classes that occur or are predicted in
        it, as scikit-learn's f1_macro scorer has it. It is no estimate of `macro_f1`:
        the folds of single subjects lack classes.
        """
        by_fold = self.predictions.groupby("fold", sort=False)
        return float(np.mean([_macro_f1(fold) for _, fold in by_fold]))

    @property
    def per_class(self):
        """Clips, precision, recall and F1 of each class, a DataFrame."""
        counts = self._counts()
        columns = {"clips": counts.sum(axis=1)} | class_scores(counts)
        rows = pd.Index(self.labels, name="class")
        return self._marked(pd.DataFrame(columns, rows))

    @property
    def per_subject(self):
        """Clips, classes, accuracy and macro-F1 of each subject, a DataFrame.

        The macro-F1 of a subject is over the classes that occur or are predicted.
        """
        rows = {
            subject: {
                "clips": len(clips),
                "classes": clips["true"].nunique(),
                "accuracy": float((clips["true"] == clips["predicted"]).mean()),
                "macro_f1": _macro_f1(clips),
            }
            for subject, clips in self.predictions.groupby("subject")
        }
        return self._table(rows, "subject")

    @property
    def per_database(self):
        """Clips, subjects, classes and scores of each database and of all, a DataFrame.

        None if `evaluate` was not given databases. The scores of a database
        are over the classes that occur or are predicted in it.
        """
        if "database" not in self.predictions:
            return None
        rows = {}
        for name in np.unique(self.predictions["database"].to_numpy()):
            part = self.of_database(name)
            rows[name] = _facts(part.predictions) | scores(part._counts())
        rows["all"] = _facts(self.predictions) | scores(self._counts())
        return self._table(rows, "database")

    @property
    def tables(self):
        """All tables but predictions and folds, a dict of DataFrames."""
        tables = {
            "per_database": self.per_database,
            "per_class": self.per_class,
            "confusion": self.confusion,
            "per_subject": self.per_subject,
        }
        return {name: table for name, table in tables.items() if table is not None}

    def _statistics(self, answers):
        """Get the scores as functions of pooled counts."""
        return SCORES

    @property
    def _fold_statistics(self):
        """Get the scores as functions of how often each subject is drawn."""
        return {"mean_fold_f1": mean_fold_f1(self.predictions, self.labels)}

    def _subject_counts(self, answers):
        """Count the clips of each subject by true and predicted class."""
        by_subject = self.predictions.groupby("subject", sort=True)
        return np.stack(
            [
                confusion(part["true"], part["predicted"], answers)
                for _, part in by_subject
            ]
        )

    _read_answers = staticmethod(np.asarray)

    def __repr__(self):
        """Show the scores in a line."""
        shown = ", ".join(f"{k} {v:.4f}{self.mark}" for k, v in self.scores.items())
        return plain_signs(f"Evaluation({self.settings['protocol']}: {shown})")

    def _narrowed(self):
        """Leave out the classes that neither occur nor are predicted."""
        found = set(self.predictions["true"]) | set(self.predictions["predicted"])
        kept = [label in found for label in self.answers]
        return replace(self, labels=self.labels[kept])

    def _table(self, rows, name):
        table = pd.DataFrame.from_dict(rows, orient="index")
        return self._marked(table.rename_axis(name))

    def _counts(self):
        clips = self.predictions
        return confusion(clips["true"], clips["predicted"], self.labels)


def _size(clips):
    return {"clips": len(clips), "subjects": clips["subject"].nunique()}


def _facts(clips):
    return _size(clips) | {"classes": clips["true"].nunique()}


def _macro_f1(clips):
    return macro_f1(confusion(clips["true"], clips["predicted"]))


# Places in the counts of a unit: true positives, clips that show it, clips for which
# it is predicted, and all clips.
_HITS, _SHOWN, _PREDICTED, _ALL = range(4)


@dataclass(frozen=True, eq=False, repr=False)
class UnitEvaluation(Result):
    """Result of `evaluate_units`: true and predicted action units of each clip.

    Parameters
    ----------
    predictions : DataFrame
        One row per clip that was held out: `clip` (its index), `subject`, `database`,
        `fold`, and for each unit `true <unit>` and `predicted <unit>`.
    folds : DataFrame
        One row per fold: `fold`, `n_train`, `n_test`, `seconds`, and `best_params` of a
        search at the end of the estimator, for each unit, or None.
    unit_names : list of str
        Units.
    settings : dict
        Protocol, selection, estimator with its parameters, versions.

    Notes
    -----
    F1 of a unit is 2 TP / (2 TP + FP + FN) of the pooled predictions, 0 where it is
    neither shown nor predicted.

    Of the draws of `intervals`, some may lack a database: it has no part in their mean
    over databases.
    """

    predictions: pd.DataFrame
    folds: pd.DataFrame
    unit_names: list
    settings: dict

    kind = "action units"
    names = "unit_names"
    baseline_text = "who always says every unit"

    @property
    def size(self):
        """Number of clips, subjects, databases and units, a dict."""
        names = {"subjects": "subject", "databases": "database"}
        counts = {k: self.predictions[name].nunique() for k, name in names.items()}
        units = {"units": len(self.unit_names)}
        return {"clips": len(self.predictions)} | counts | units

    @property
    def truth(self):
        """Subject, database and true units of each clip, a DataFrame."""
        units = [f"true {name}" for name in sorted(self.unit_names)]
        return self.predictions.set_index("clip")[["subject", "database", *units]]

    @property
    def baseline(self):
        """Scores of the guess that every clip shows every unit, a dict."""
        columns = [f"predicted {name}" for name in self.unit_names]
        always = self.predictions.assign(**dict.fromkeys(columns, True))
        return replace(self, predictions=always).scores

    @property
    def scores(self):
        """`mean_f1`, `mean_database_f1`, and the F1 of each unit, a dict."""
        pooled = self._subject_counts(self.unit_names).sum(axis=0)
        functions = self._statistics(self.unit_names)
        return {name: float(function(pooled)) for name, function in functions.items()}

    @property
    def f1(self):
        """F1 of each unit over all databases together, a Series."""
        rows = pd.Index(self.unit_names, name="unit")
        return self._marked(pd.Series(unit_f1(self._pooled()), rows))

    @property
    def mean_f1(self):
        """Mean of the F1 of all units."""
        return self.scores["mean_f1"]

    @property
    def mean_database_f1(self):
        """Mean over databases of the mean F1 of the units within each."""
        return self.scores["mean_database_f1"]

    @property
    def per_unit(self):
        """Clips, predictions, hits and scores of each unit, a DataFrame."""
        counts = self._pooled()
        hits, shown = counts[:, _HITS], counts[:, _SHOWN]
        predicted = counts[:, _PREDICTED]
        columns = {"clips": shown, "predicted": predicted, "hits": hits}
        with np.errstate(invalid="ignore"):
            columns |= {"precision": hits / predicted, "recall": hits / shown}
        columns["f1"] = unit_f1(counts)
        rows = pd.Index(self.unit_names, name="unit")
        return self._marked(pd.DataFrame(columns, rows))

    @property
    def per_database(self):
        """F1 of each unit within each database, and their `mean`, a DataFrame."""
        counts = self._subject_counts(self.unit_names).sum(axis=0)
        databases = pd.Index(np.unique(self.predictions["database"]), name="database")
        table = pd.DataFrame(unit_f1(counts), databases, self.unit_names)
        return self._marked(table.assign(mean=table.mean(axis=1)))

    @property
    def per_subject(self):
        """Clips and units of each subject, shown, predicted and hit, a DataFrame."""
        subjects, counts = self._by_subject()
        counts = counts.sum(axis=1)
        units = counts.sum(axis=1)
        columns = {"clips": counts[:, 0, _ALL], "units shown": units[:, _SHOWN]}
        columns |= {"units predicted": units[:, _PREDICTED], "hits": units[:, _HITS]}
        columns["f1"] = unit_f1(units)
        rows = pd.Index(subjects, name="subject")
        return self._marked(pd.DataFrame(columns, rows))

    @property
    def confusion(self):
        """Clips that show one unit (rows) and are predicted another (columns).

        The diagonal holds the hits. Clips show several units at once, so counts off the
        diagonal are not errors by themselves.
        """
        true, predicted = self._flags("true").astype(int), self._flags("predicted")
        index, columns = (
            pd.Index(self.unit_names, name=name) for name in ("true", "predicted")
        )
        return self._marked(pd.DataFrame(true.T @ predicted, index, columns))

    @property
    def tables(self):
        """All tables but predictions and folds, a dict of DataFrames."""
        tables = {"per_unit": self.per_unit, "per_database": self.per_database}
        return tables | {"confusion": self.confusion, "per_subject": self.per_subject}

    def _statistics(self, answers):
        """Get the scores as functions of pooled counts."""
        functions = {"mean_f1": _mean_f1, "mean_database_f1": _mean_database_f1}
        return functions | {
            f"f1 {name}": lambda counts, unit=i: _f1(counts)[..., unit]
            for i, name in enumerate(answers)
        }

    def _subject_counts(self, answers):
        """Count the clips of each subject by database and unit."""
        return self._by_subject(answers)[1]

    _read_answers = staticmethod(list)

    def __repr__(self):
        """Show the means in a line."""
        means = {"mean_f1": self.mean_f1, "mean_database_f1": self.mean_database_f1}
        shown = ", ".join(f"{k} {v:.4f}{self.mark}" for k, v in means.items())
        return plain_signs(f"UnitEvaluation({self.settings['protocol']}: {shown})")

    def _flags(self, what, answers=None):
        names = self.unit_names if answers is None else answers
        flags = self.predictions[[f"{what} {name}" for name in names]].to_numpy()
        if flags.dtype != bool:
            raise ValueError(f"{what} units must be True or False, got {flags.dtype}.")
        return flags

    def _pooled(self):
        return self._subject_counts(self.unit_names).sum(axis=(0, 1))

    def _by_subject(self, answers=None):
        true, predicted = (self._flags(w, answers) for w in ("true", "predicted"))
        counts = np.stack(
            [true & predicted, true, predicted, np.ones_like(true)], axis=-1
        )
        coded = (
            np.unique(self.predictions[name].to_numpy(), return_inverse=True)
            for name in ("subject", "database")
        )
        (subjects, rows), (databases, columns) = coded
        shape = (len(subjects), len(databases), *counts.shape[1:])
        pooled = np.zeros(shape, dtype=int)
        np.add.at(pooled, (rows, columns), counts)
        return subjects, pooled


def unit_f1(counts):
    """Compute the F1 of binary predictions; 0 where nothing occurs or is predicted."""
    counts = np.asarray(counts, dtype=float)
    total = counts[..., _SHOWN] + counts[..., _PREDICTED]
    return np.divide(
        2 * counts[..., _HITS], total, out=np.zeros_like(total), where=total > 0
    )


def _f1(counts):
    """Get the F1 of each unit over all databases together."""
    return unit_f1(counts.sum(axis=-3))


def _mean_f1(counts):
    return _f1(counts).mean(axis=-1)


def _mean_database_f1(counts):
    """Average over the databases that have clips, all of them unless some are drawn."""
    present = counts[..., 0, _ALL] > 0
    means = unit_f1(counts).mean(axis=-1)
    return (means * present).sum(axis=-1) / present.sum(axis=-1)


def load_result(folder):
    """Read a result, of classes or of action units, from a folder.

    Parameters
    ----------
    folder : path
        Folder that `Evaluation.save` or `UnitEvaluation.save` wrote.

    Returns
    -------
    Evaluation or UnitEvaluation
        The result, of the same numbers to the last bit.

    Raises
    ------
    FileNotFoundError
        If there is no result in the folder.
    ValueError
        If the file there is no result, or not whole.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation import evaluate
    >>> X, y = [[0], [9], [0], [9]], ["low", "high"] * 2
    >>> result = evaluate(KNeighborsClassifier(1), X, y, groups=[1, 1, 2, 2])
    >>> load_result(result.save(mkdtemp())).accuracy
    1.0
    """
    return read_result(folder, (Evaluation, UnitEvaluation))


def read_result(folder, kinds):
    """Read a result from `result.json`."""
    path = Path(folder) / FILE
    if not path.is_file():
        raise FileNotFoundError(f"there is no result in {folder}: no {path.name}.")
    wanted = " or ".join(kind.kind for kind in kinds)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        made = {kind.kind: kind for kind in kinds}.get(found["kind"])
        if made is None:
            raise ValueError(f"its kind is {found['kind']!r}")
        return _result(made, found)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no result of {wanted}: {error}") from error


def _result(kind, found):
    """Make a result of what was read, and see that it has scores."""
    tables = {name: pd.DataFrame(found[name]) for name in ("predictions", "folds")}
    for table, names in zip(tables.values(), _NEEDED, strict=True):
        if not names <= set(table.columns):
            raise KeyError(f"a table lacks {sorted(names - set(table.columns))}")
    settings = dict(found["settings"])
    _check_settings(settings)
    decisions = tables["predictions"].filter(regex="^decision ").columns
    types = dict.fromkeys(decisions, np.float64)
    tables["predictions"] = tables["predictions"].astype(types)
    answers = {kind.names: kind._read_answers(found[kind.names])}
    result = kind(**tables, **answers, settings=settings)
    result.scores  # noqa: B018  whatever is missing is missed here
    return result


def _check_settings(settings):
    if not {"protocol", "estimator"} <= settings.keys():
        raise KeyError("the settings lack the protocol or the estimator")
    tables = settings["estimator"], settings.get("versions", {})
    if not all(isinstance(table, dict) for table in tables):
        raise TypeError("estimator and versions of the settings must be tables")
    if not {"name", "parameters"} <= settings["estimator"].keys():
        raise KeyError("the estimator has no name or no parameters")


_NEEDED = {"clip", "subject", "fold"}, {"fold", "seconds"}


def intervals_or_nan(result):
    """Get the intervals of a result, without ends if there is one subject alone."""
    if result.predictions["subject"].nunique() > 1:
        return result.intervals()
    values = pd.DataFrame({"value": pd.Series(result.scores)}).rename_axis("score")
    return result._marked(values.assign(low=np.nan, high=np.nan))


def _name(estimator):
    """Name an estimator by its steps, or by its class if it has none."""
    steps = estimator["parameters"].get("steps")
    return " + ".join(kind for _, kind in steps) if steps else estimator["name"]
