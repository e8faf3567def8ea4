"""What a method is, and the steps that all of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline

from mefeat.base import ClipPipeline
from mefeat.faces import Align, CropFace, FaceLandmarks
from mefeat.video import Read


@dataclass(frozen=True)
class Method:
    """A method of the literature with its usual parameters.

    Parameters
    ----------
    pipeline : callable
        `pipeline(*, crop=True, **changes)` makes an unfitted pipeline from `Read()` to
        the descriptor. `crop` tells how the face is cut out: True by landmarks, "box"
        by the box of a detector without alignment, False not at all, for clips of
        faces that are cropped already. `changes` are parameters as for `set_params`.
    paper : str
        Authors, venue and year.
    doi : str
        Identifier of the paper.
    needs : tuple of str
        What clips must have: "landmarks" or "color"; "extra" where an optional package
        is needed. An apex that is missing is found.
    learns : bool
        Whether features are learned from clips: the pipeline is then a scikit-learn
        `Pipeline` of a `ClipPipeline` and what learns, to be fitted in every fold.
    predicts : {None, "classes", "units"}
        What the pipeline predicts without a classifier behind it, as the networks of
        `DEEP` do: classes, or action units, which `fit` is then given.
    """

    pipeline: Callable[..., ClipPipeline | Pipeline]
    paper: str
    doi: str | None
    needs: tuple[str, ...] = ()
    learns: bool = False
    predicts: str | None = None


class Methods(dict):
    """Methods by name. A name that is missing is answered with those like it.

    Examples
    --------
    >>> Methods({"lbp-top": None, "hoof": None})["LBPTOP"]
    Traceback (most recent call last):
    KeyError: "there is no method 'LBPTOP', but lbp-top; see `mefeat methods`."
    """

    def __missing__(self, name):
        """Say what there is instead.

        Parameters
        ----------
        name : str
            The name.

        Raises
        ------
        KeyError
            Always.
        """
        alike = get_close_matches(str(name).lower(), self) or self
        raise KeyError(
            f"there is no method {name!r}, but {', '.join(alike)}; see `mefeat "
            "methods`."
        )


def face_steps(crop=True, *, color=False):
    """List the steps that turn a file into a clip of an aligned, cropped face.

    Parameters
    ----------
    crop : bool or "box", default=True
        As for `Method.pipeline`.
    color : bool, default=False
        Whether frames are read as RGB.

    Returns
    -------
    list of Stage
        The steps.

    Raises
    ------
    ValueError
        If `crop` is something else.

    Examples
    --------
    >>> face_steps(False)
    [Read()]
    """
    steps = {
        True: [FaceLandmarks(), Align(), CropFace()],
        "box": [CropFace(source="box")],
        False: [],
    }
    if crop not in steps:
        raise ValueError(f"crop must be True, False or 'box', got {crop!r}.")
    return [Read(color=color), *steps[crop]]


def learned(*steps, after, color=False):
    """Put what learns from clips, and what follows, behind the steps.

    Parameters
    ----------
    *steps : Stage
        Steps behind the face.
    after : list of estimator
        What learns from clips, and what follows.
    color : bool, default=False
        Whether frames are read as RGB.

    Returns
    -------
    callable
        As `Method.pipeline`.
    """

    def pipeline(*, crop=True, **changes):
        head = ClipPipeline([*face_steps(crop, color=color), *map(clone, steps)])
        return make_pipeline(head, *map(clone, after)).set_params(**changes)

    return pipeline
