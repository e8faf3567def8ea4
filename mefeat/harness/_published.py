"""Figures that others published, each with source and protocol."""

from dataclasses import dataclass

SOURCES = {
    "thesis": "A thesis on MDMO and sparse MDMO, whose methods and settings mefeat "
    "takes up; SVM with a polynomial kernel, the best grid point by F1. Its author and "
    "title are not known here, so nobody can look them up; accuracies are shares "
    "of its numbers of clips, and baselines follow from its largest classes.",
    "MEGC 2019": "The composite of MEGC 2019, as tables of the field print it. The "
    "protocol: J. See, M. H. Yap, J. Li, X. Hong, S.-J. Wang, MEGC 2019 - The second "
    "facial micro-expressions grand challenge, FG 2019. doi:10.1109/FG.2019.8756611",
    "Liong 2018": "S.-T. Liong, J. See, K. Wong, R. C.-W. Phan, Less is more: "
    "Micro-expression recognition from video using apex frame, Signal Processing: "
    "Image Communication 62, 2018. doi:10.1016/j.image.2017.11.006",
    "sparse MDMO": "Y.-J. Liu, B.-J. Li, Y.-K. Lai, Sparse MDMO: Learning a "
    "discriminative feature for micro-expression recognition, IEEE Transactions on "
    "Affective Computing 12(1), 2021. doi:10.1109/TAFFC.2018.2854166",
    "CD6ME": "T. Varanka, Y. Li, W. Peng, G. Zhao, Data leakage and evaluation issues "
    "in micro-expression analysis, 2022. doi:10.48550/arXiv.2211.11425",
}

# The one whose figures are of action units, not of classes.
UNIT_SOURCE = "CD6ME"

# The grid behind the rows of the thesis; gamma in the order MDMO, the two others.
THESIS_GRID = {
    "degree": (2, 3, 4, 5),
    "coef0": (0, 1, 2, 3),
    "C": (0.1, 1, 10, 100),
    "gamma": tuple(i / 100 for i in range(1, 101)),
}
THESIS_GRID_COARSE = THESIS_GRID | {"gamma": tuple(i / 100 for i in range(1, 101, 10))}

# The grid of the paper on sparse MDMO, its omega being max_weight; 5 neighbors.
SPARSE_MDMO_GRID = {
    "n_components": (128, 192, 256),
    "graph_weight": (0.01, 0.1, 1, 10, 100),
    "sparsity": (0.1, 0.2, 0.3, 0.4, 0.5),
    "max_weight": tuple(i / 100 for i in range(101)),
}

COPIED = "equals the accuracy in the paper of the method: perhaps copied from there"
OTHER_CLIPS = (
    "the decimals do not fit the number of clips behind the MDMO rows of the same "
    "table: other clips, perhaps copied from another paper"
)
FIRST_FRAMES = "an artefact: only the first ten frames of each clip were described"
PORT_BUGS = "computed by a port of MDMO that has bugs"
IMPOSSIBLE = (
    "a misprint: no confusion matrix with the class counts of SMIC has this UF1 and "
    "this UAR"
)


@dataclass(frozen=True)
class Figure:
    """What one source says of one method on one dataset.

    Parameters
    ----------
    source : str
        Key of `SOURCES`.
    method, dataset : str
        Names as in the tables.
    protocol : str
        What was held out.
    selection : {"oracle", "unstated", "none"}
        How the parameters were chosen: "oracle" is the best on the folds that are
        reported, "none" that there was nothing to choose. Where our notes of a paper do
        not say, "unstated".
    n_classes, n_clips : int, optional
        Number of classes and of clips, where known.
    accuracy, f1, uar : float, optional
        The figures, in 0..1; f1 is the macro-F1 (UF1), for CD6ME the F1 of the action
        units.
    svm : tuple, optional
        Winning degree, coef0, gamma and C.
    flag : str, optional
        Why the figure is not to be trusted.
    """

    source: str
    method: str
    dataset: str
    protocol: str
    selection: str
    n_classes: int | None = None
    n_clips: int | None = None
    accuracy: float | None = None
    f1: float | None = None
    uar: float | None = None
    svm: tuple | None = None
    flag: str | None = None


def _thesis():
    datasets = {"SMIC": (3, 164), "CASME": (8, 189), "CASME II": (5, 247)}
    datasets["SAMM"] = (8, 159)
    table = {
        "Baseline": (
            (0.4268, 0.1994, None),
            (0.3651, 0.0669, None),
            (0.4008, 0.1145, None),
            (0.3585, 0.0660, None),
        ),
        "LBP-TOP": (
            (0.4756, 0.4173, (2, 1, 0.01, 0.1)),
            (0.3968, 0.2573, (5, 1, 0.01, 0.1)),
            (0.3644, 0.2565, (5, 1, 0.01, 0.1)),
            (0.3333, 0.1989, (5, 1, 0.01, 0.1)),
        ),
        "MDMO": (
            (0.5366, 0.4736, (2, 1, 0.39, 0.1)),
            (0.4233, 0.2799, (5, 1, 0.7, 0.1)),
            (0.5223, 0.4699, (5, 2, 0.43, 0.1)),
            (0.4654, 0.2837, (2, 2, 0.69, 0.1)),
        ),
        "Sparse MDMO": (
            (0.6098, 0.5547, (5, 1, 0.41, 1)),
            (0.4709, 0.3258, (3, 3, 0.21, 1)),
            (0.4939, 0.4481, (3, 2, 0.41, 1)),
            (0.4528, 0.3261, (5, 3, 0.11, 0.1)),
        ),
    }
    for method, cells in table.items():
        selection = "none" if method == "Baseline" else "oracle"
        for (dataset, numbers), (accuracy, f1, svm) in zip(
            datasets.items(), cells, strict=True
        ):
            yield Figure(
                "thesis",
                method,
                dataset,
                "LOSO",
                selection,
                *numbers,
                accuracy=accuracy,
                f1=f1,
                svm=svm,
            )


def _megc2019():
    clips = {"composite": 442, "SMIC": 164, "CASME II": 145, "SAMM": 133}
    table = {
        "LBP-TOP": (
            (0.5882, 0.5785),
            (0.2000, 0.5280),
            (0.7026, 0.7429),
            (0.3954, 0.4102),
        ),
        "Bi-WOOF": (
            (0.6296, 0.6227),
            (0.5727, 0.5829),
            (0.7805, 0.8026),
            (0.5211, 0.5139),
        ),
    }
    for method, cells in table.items():
        for (dataset, n_clips), (f1, uar) in zip(clips.items(), cells, strict=True):
            wrong = (method, dataset) == ("LBP-TOP", "SMIC")
            yield Figure(
                "MEGC 2019",
                method,
                dataset,
                "LOSO over the composite",
                "unstated",
                3,
                n_clips,
                f1=f1,
                uar=uar,
                flag=IMPOSSIBLE if wrong else None,
            )


def _liong2018():
    table = {
        "LBP-TOP": (0.39, 0.39),
        "LBP-SIP": (0.40, 0.55),
        "FDM": (0.30, 0.54),
        "MDMO": (0.44, None),
        "HOOF onset-apex": (0.43, 0.48),
        "STLBP-IP": (0.57, 0.58),
        "STCLQP": (0.58, 0.64),
        "Bi-WOOF": (0.61, 0.62),
    }
    copied = {("STCLQP", "CASME II"), ("STCLQP", "SMIC-HS"), ("STLBP-IP", "SMIC-HS")}
    for method, cells in table.items():
        for dataset, n_classes, f1 in zip(
            ("CASME II", "SMIC-HS"), (5, 3), cells, strict=True
        ):
            if f1 is not None:
                yield Figure(
                    "Liong 2018",
                    method,
                    dataset,
                    "LOSO",
                    "unstated",
                    n_classes,
                    f1=f1,
                    flag=COPIED if (method, dataset) in copied else None,
                )


def _sparse_mdmo():
    table = {
        "Sparse MDMO": (0.7051, 0.7483, 0.6695),
        "MDMO": (0.5897, 0.5629, 0.5169),
        "STCLQP": (0.6402, 0.5731, 0.5839),
        "FDM": (0.5488, 0.5614, 0.4593),
    }
    for method, cells in table.items():
        flag = OTHER_CLIPS if method in ("STCLQP", "FDM") else None
        for dataset, accuracy in zip(("SMIC", "CASME", "CASME II"), cells, strict=True):
            yield Figure(
                "sparse MDMO",
                method,
                dataset,
                "LOSO",
                "unstated",
                accuracy=accuracy,
                flag=flag,
            )


def _cd6me():
    table = {
        "Always 1": (0.178, "none", None),
        "LBP-TOP": (0.121, "unstated", FIRST_FRAMES),
        "MDMO": (0.275, "unstated", PORT_BUGS),
        "Onset-apex flow": (0.362, "unstated", None),
    }
    for method, (f1, selection, flag) in table.items():
        yield Figure(
            "CD6ME",
            method,
            "CD6ME",
            "leave one database out, 12 action units",
            selection,
            2,
            2031,
            f1=f1,
            flag=flag,
        )


FIGURES = (
    *_thesis(),
    *_megc2019(),
    *_liong2018(),
    *_sparse_mdmo(),
    *_cd6me(),
)


def published_figures(method=None, dataset=None, source=None):
    """Get the figures that others published, for a method, a dataset or a source.

    Parameters
    ----------
    method, dataset, source : str, optional
        Names, compared without regard to case, blanks and hyphens. By default all.

    Returns
    -------
    tuple of Figure
        The figures, source by source.

    Raises
    ------
    ValueError
        If there is no such source.

    Examples
    --------
    >>> [row.f1 for row in published_figures("bi-woof", "CASME II")]
    [0.7805, 0.61]
    """
    if source is not None and _key(source) not in map(_key, SOURCES):
        raise ValueError(f"source must be one of {list(SOURCES)}, got {source!r}.")
    wanted = {"method": method, "dataset": dataset, "source": source}
    return tuple(
        row
        for row in FIGURES
        if all(
            name is None or _key(name) == _key(getattr(row, field))
            for field, name in wanted.items()
        )
    )


def _key(name):
    return name.lower().replace(" ", "").replace("-", "")
