"""The one table of methods: what the command line and the benchmarks offer by name."""

from collections.abc import Callable
from dataclasses import dataclass

from sklearn.base import clone

from mefeat.base import ClipPipeline
from mefeat.faces import Align, CropFace, FaceLandmarks
from mefeat.interpolate import TemporalInterpolation
from mefeat.texture import LBPTOP
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
        What clips must have: "landmarks", "apex" or "color"; "extra" where an optional
        package is needed.
    """

    pipeline: Callable[..., ClipPipeline]
    paper: str
    doi: str
    needs: tuple[str, ...] = ()


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


def _after_faces(*steps):
    def pipeline(*, crop=True, **changes):
        chain = [*face_steps(crop), *(clone(step) for step in steps)]
        return ClipPipeline(chain).set_params(**changes)

    return pipeline


METHODS = {
    "lbp-top": Method(
        _after_faces(TemporalInterpolation(10), LBPTOP(grid=(8, 8))),
        "Zhao, Pietikäinen, IEEE TPAMI 29(6), 2007",
        "10.1109/TPAMI.2007.1110",
    ),
}
