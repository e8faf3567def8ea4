"""The table of methods: pipelines by name, with their papers."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points

from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from mefeat.base import ClipPipeline, Descriptor
from mefeat.deep import (
    ActionUnitNet,
    ApexCNNClassifier,
    AutoencoderRNNClassifier,
    FrameAttentionClassifier,
)
from mefeat.faces import Align, CropFace, FaceLandmarks
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.magnify import EulerianMagnification
from mefeat.motion import FDM, HOOF, MDMO, OSF, BiWOOF, BiWOOFPhase, MDMOSequence
from mefeat.overlay import CanonicalFace, MeanMovement, MicroMovement
from mefeat.preprocess import Resize
from mefeat.sparse import SparseMDMO
from mefeat.spotting import ApexFinder
from mefeat.texture import (
    ELBPTOP,
    HIGOTOP,
    HOGTOP,
    LBPMOP,
    LBPSIP,
    LBPTOP,
    STCLQP,
    TICS,
    WPCA,
)
from mefeat.texture._osw import OSW
from mefeat.video import Read

__all__ = [
    "DEEP",
    "METHODS",
    "Method",
    "after_faces",
    "face_steps",
]


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
    """Methods by name. A name that is missing is answered with those like it."""

    def __missing__(self, name):
        """Say what there is instead."""
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


def after_faces(*steps):
    """Put steps that learn nothing behind the reading, alignment and crop of faces.

    Parameters
    ----------
    *steps : estimator
        Stages, and a descriptor at the end.

    Returns
    -------
    callable
        What `Method` takes as `pipeline`.

    Examples
    --------
    >>> from mefeat.texture import LBPTOP
    >>> after_faces(LBPTOP())(crop=False, lbptop__grid=(5, 5))
    ClipPipeline(steps=[Read(), LBPTOP(grid=(5, 5))])
    """

    def pipeline(*, crop=True, **changes):
        chain = [*face_steps(crop), *map(clone, steps)]
        return ClipPipeline(chain).set_params(**changes)

    return pipeline


def learned(*steps, after, color=False):
    """Put what learns from clips, and what follows, behind the steps."""

    def pipeline(*, crop=True, **changes):
        head = ClipPipeline([*face_steps(crop, color=color), *map(clone, steps)])
        return make_pipeline(head, *map(clone, after)).set_params(**changes)

    return pipeline


def _network(estimator, paper, doi, *steps, needs=(), predicts="classes"):
    color = "color" in needs
    pipeline = learned(*steps, after=[estimator], color=color)
    needs = (*needs, "extra")
    return Method(pipeline, paper, doi, needs, learns=True, predicts=predicts)


# Without a doi: a study that has none that we know.
DEEP = Methods()
DEEP |= {
    "frame-attention": _network(
        FrameAttentionClassifier(random_state=0),
        "Meng, Peng, Wang, Qiao, ICIP 2019",
        "10.1109/ICIP.2019.8803603",
        Resize((224, 224)),
        needs=("color",),
    ),
    "autoencoder-rnn": _network(
        AutoencoderRNNClassifier(random_state=0),
        "after a study of pretraining by faces and macro-expressions",
        None,
        ApexFinder(),
        Resize((64, 64)),
    ),
    "apex-cnn": _network(
        ApexCNNClassifier(random_state=0),
        "after a study of a network of 47 layers",
        None,
        ApexFinder(),
    ),
    "units-mobilenet3d": _network(
        ActionUnitNet(random_state=0),
        "after Sandler, Howard, Zhu, Zhmoginov, Chen, CVPR 2018",
        "10.1109/CVPR.2018.00474",
        Resize((224, 224)),
        needs=("color",),
        predicts="units",
    ),
    "units-vgg16": _network(
        ActionUnitNet("vgg16", random_state=0),
        "after Simonyan, Zisserman, 2014",
        "10.48550/arXiv.1409.1556",
        Resize((224, 224)),
        needs=("color",),
        predicts="units",
    ),
}


def _micro_movement(*, crop=True, **changes):
    """Put the canonical face in the place of alignment and crop."""
    kept = [s for s in face_steps(crop) if isinstance(s, Read | FaceLandmarks)]
    chain = [CanonicalFace(), TemporalInterpolation(12), MicroMovement("lk")]
    return ClipPipeline([*kept, *chain, MeanMovement()]).set_params(**changes)


def _elbptop(*, crop=True, **changes):
    """Three descriptors of radii of their own, each reduced on its own."""
    parts = {
        "ad": ELBPTOP(4, (2, 2, 2), grid=(8, 8, 2), parts=("ad",)),
        "lbp": ELBPTOP(4, (3, 3, 3), grid=(8, 8, 2), parts=("lbp",)),
        "rd": ELBPTOP(
            4,
            (3, 3, 3),
            inner_radius=(1, 1, 1),
            grid=(8, 8, 2),
            parts=("rd",),
            planes=("xt", "yt"),
        ),
    }
    steps = [TemporalInterpolation(10), FeatureUnion(list(parts.items()))]
    head = ClipPipeline([*face_steps(crop), *steps]).set_output(transform="pandas")
    columns = [
        (name, WPCA(), make_column_selector(pattern=f"^{name}__")) for name in parts
    ]
    return make_pipeline(head, ColumnTransformer(columns)).set_params(**changes)


METHODS = Methods()
METHODS |= {
    "lbp-top": Method(
        after_faces(TemporalInterpolation(10), LBPTOP(grid=(8, 8))),
        "Zhao, Pietikäinen, IEEE TPAMI 29(6), 2007",
        "10.1109/TPAMI.2007.1110",
    ),
    "lbp-sip": Method(
        after_faces(TemporalInterpolation(10), LBPSIP()),
        "Wang, See, Phan, Oh, ACCV 2014",
        "10.1007/978-3-319-16865-4_34",
    ),
    "lbp-mop": Method(
        after_faces(TemporalInterpolation(10), LBPMOP(radius=(1, 1, 2))),
        "Wang, See, Phan, Oh, PLoS ONE 10(5), 2015",
        "10.1371/journal.pone.0124674",
    ),
    "elbptop": Method(
        _elbptop,
        "Guo, Liang, Zhan, Liu, Pietikäinen, Liu, IEEE Access 7, 2019",
        "10.1109/ACCESS.2019.2942358",
        learns=True,
    ),
    "stclqp": Method(
        learned(TemporalInterpolation(10), after=[STCLQP()]),
        "after Huang, Zhao, Hong, Zheng, Pietikäinen, Neurocomputing 175, 2016",
        "10.1016/j.neucom.2015.10.096",
        learns=True,
    ),
    "tics": Method(
        learned(TemporalInterpolation(10), after=[TICS(), LBPTOP()], color=True),
        "after Wang, Yan, Li, Zhao, Zhou, Fu, Yang, Tao, IEEE TIP 24(12), 2015",
        "10.1109/TIP.2015.2496314",
        needs=("color",),
        learns=True,
    ),
    "hog-top": Method(
        after_faces(EulerianMagnification(), TemporalInterpolation(10), HOGTOP()),
        "Li, Hong, Moilanen, Huang, Pfister, Zhao, Pietikäinen, IEEE TAFFC 9(4), 2018",
        "10.1109/TAFFC.2017.2667642",
    ),
    "higo-top": Method(
        after_faces(EulerianMagnification(), TemporalInterpolation(10), HIGOTOP()),
        "Li, Hong, Moilanen, Huang, Pfister, Zhao, Pietikäinen, IEEE TAFFC 9(4), 2018",
        "10.1109/TAFFC.2017.2667642",
    ),
    "hoof": Method(
        after_faces(OpticalFlow(to="first"), HOOF(grid=(5, 5))),
        "Chaudhry, Ravichandran, Hager, Vidal, CVPR 2009",
        "10.1109/CVPR.2009.5206821",
    ),
    "mdmo": Method(
        after_faces(OpticalFlow("rlof", to="first", align="affine"), MDMO()),
        "Liu, Zhang, Yan, Wang, Zhao, Fu, IEEE TAFFC 7(4), 2016",
        "10.1109/TAFFC.2015.2485205",
        needs=("landmarks",),
    ),
    "sparse-mdmo": Method(
        learned(
            TemporalInterpolation(90),
            OpticalFlow("rlof", to="first", align="affine"),
            MDMOSequence(),
            after=[SparseMDMO(random_state=0)],
        ),
        "Liu, Li, Lai, IEEE TAFFC 12(1), 2021",
        "10.1109/TAFFC.2018.2854166",
        needs=("landmarks",),
        learns=True,
    ),
    "fdm": Method(
        after_faces(OpticalFlow(to="previous"), FDM()),
        "Xu, Zhang, Wang, IEEE TAFFC 8(2), 2017",
        "10.1109/TAFFC.2016.2518162",
    ),
    "micro-movement": Method(
        _micro_movement,
        "after Sutton et al., Image and Vision Computing 1(3), 1983",
        "10.1016/0262-8856(83)90064-1",
        needs=("landmarks",),
    ),
    "bi-woof": Method(
        after_faces(ApexFinder(), OpticalFlow(to="apex"), BiWOOF()),
        "Liong, See, Wong, Phan, Signal Processing: Image Communication 62, 2018",
        "10.1016/j.image.2017.11.006",
    ),
    "bi-woof-phase": Method(
        after_faces(ApexFinder(), OpticalFlow(to="apex"), BiWOOFPhase()),
        "after Liong, Wong, 2017; an extension of Liong, See, Wong, Phan, 2018",
        "10.1016/j.image.2017.11.006",
    ),
    "osf": Method(
        after_faces(OpticalFlow(to="previous"), OSF()),
        "Liong, Phan, See, Oh, Wong, ISPACS 2014",
        None,
    ),
    "osw": Method(
        after_faces(OpticalFlow(to="previous"), OSW()),
        "Liong, See, Phan, Le Ngo, Oh, Wong, ACCV workshops 2014",
        "10.1007/978-3-319-16631-5_47",
    ),
}


def _installed():
    """Load the methods that other packages bring, by the entry points `mefeat.methods`.

    An entry point names a `Method`, or the class of a descriptor that follows faces.
    """
    for entry in entry_points(group="mefeat.methods"):
        try:
            method = entry.load()
            if isinstance(method, type) and issubclass(method, Descriptor):
                paper = f"of the package {entry.dist.name}"
                method = Method(after_faces(method()), paper, None)
            if not isinstance(method, Method):
                raise TypeError("it must be a Method or the class of a descriptor")
            if entry.name in METHODS:
                raise ValueError("there is a method of this name")
        # Whatever another package does wrong, mefeat works without it.
        except Exception as error:
            warnings.warn(
                f"the method {entry.name!r} ({entry.value}) is left out: {error}.",
                stacklevel=2,
            )
            continue
        yield entry.name, method


METHODS |= dict(_installed())
