"""Methods that end in a descriptor, by name."""

from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.pipeline import FeatureUnion, make_pipeline

from mefeat.base import ClipPipeline
from mefeat.faces import FaceLandmarks
from mefeat.flow import OpticalFlow
from mefeat.interpolate import TemporalInterpolation
from mefeat.magnify import EulerianMagnification
from mefeat.methods.method import Method, Methods, face_steps, learned
from mefeat.motion import FDM, HOOF, MDMO, OSF, BiWOOF, BiWOOFPhase, MDMOSequence
from mefeat.overlay import CanonicalFace, MeanMovement, MicroMovement
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
from mefeat.texture.osw import OSW
from mefeat.video import Read


def _after_faces(*steps):
    def pipeline(*, crop=True, **changes):
        chain = [*face_steps(crop), *(clone(step) for step in steps)]
        return ClipPipeline(chain).set_params(**changes)

    return pipeline


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
            4, (3, 3, 3), (1, 1, 1), (8, 8, 2), parts=("rd",), planes=("xt", "yt")
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
        _after_faces(TemporalInterpolation(10), LBPTOP(grid=(8, 8))),
        "Zhao, Pietikäinen, IEEE TPAMI 29(6), 2007",
        "10.1109/TPAMI.2007.1110",
    ),
    "lbp-sip": Method(
        _after_faces(TemporalInterpolation(10), LBPSIP()),
        "Wang, See, Phan, Oh, ACCV 2014",
        "10.1007/978-3-319-16865-4_34",
    ),
    "lbp-mop": Method(
        _after_faces(TemporalInterpolation(10), LBPMOP(radius=(1, 1, 2))),
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
        _after_faces(EulerianMagnification(), TemporalInterpolation(10), HOGTOP()),
        "Li, Hong, Moilanen, Huang, Pfister, Zhao, Pietikäinen, IEEE TAFFC 9(4), 2018",
        "10.1109/TAFFC.2017.2667642",
    ),
    "higo-top": Method(
        _after_faces(EulerianMagnification(), TemporalInterpolation(10), HIGOTOP()),
        "Li, Hong, Moilanen, Huang, Pfister, Zhao, Pietikäinen, IEEE TAFFC 9(4), 2018",
        "10.1109/TAFFC.2017.2667642",
    ),
    "hoof": Method(
        _after_faces(OpticalFlow(to="first"), HOOF(grid=(5, 5))),
        "Chaudhry, Ravichandran, Hager, Vidal, CVPR 2009",
        "10.1109/CVPR.2009.5206821",
    ),
    "mdmo": Method(
        _after_faces(OpticalFlow("rlof", to="first", align="affine"), MDMO()),
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
        _after_faces(OpticalFlow(to="previous"), FDM()),
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
        _after_faces(ApexFinder(), OpticalFlow(to="apex"), BiWOOF()),
        "Liong, See, Wong, Phan, Signal Processing: Image Communication 62, 2018",
        "10.1016/j.image.2017.11.006",
    ),
    "bi-woof-phase": Method(
        _after_faces(ApexFinder(), OpticalFlow(to="apex"), BiWOOFPhase()),
        "after Liong, Wong, 2017; an extension of Liong, See, Wong, Phan, 2018",
        "10.1016/j.image.2017.11.006",
    ),
    "osf": Method(
        _after_faces(OpticalFlow(to="previous"), OSF()),
        "Liong, Phan, See, Oh, Wong, ISPACS 2014",
        None,
    ),
    "osw": Method(
        _after_faces(OpticalFlow(to="previous"), OSW()),
        "Liong, See, Phan, Le Ngo, Oh, Wong, ACCV workshops 2014",
        "10.1007/978-3-319-16631-5_47",
    ),
}
