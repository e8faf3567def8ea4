"""Estimators made from the name of a method: features, classifier, grid."""

from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from mefeat.base import ClipPipeline, Descriptor
from mefeat.evaluation import RelativeToOnset
from mefeat.flow import OpticalFlow
from mefeat.harness._published import SPARSE_MDMO_GRID, THESIS_GRID, THESIS_GRID_COARSE
from mefeat.interpolate import TemporalInterpolation
from mefeat.methods import DEEP, METHODS
from mefeat.model_selection import PolySVCSearch, SubjectKFold, make_classifier
from mefeat.model_selection._svm import list_points

DEFAULT = ["lbp-top", "mdmo", "bi-woof"]
N_FRAMES = 20
OWN_SOLVER = "paper"

# Rows of the comparison in the paper on sparse MDMO: a method and what is changed.
VARIANTS = {
    "basic-sc": ("sparse-mdmo", {"sparsemdmo__graph_weight": 0.0}),
    "graph-sc": ("sparse-mdmo", {"sparsemdmo__metric": "euclidean"}),
}
# Networks of the extra `deep`, which are classifiers themselves.
NETWORKS = {
    name: method for name, method in DEEP.items() if method.predicts == "classes"
}
HANDCRAFTED = [*METHODS, *VARIANTS]
NAMES = [*HANDCRAFTED, *NETWORKS]
POLYNOMIAL = "svm"
BASELINES = ("none", "onset", "neutral")
GRIDS = ("quick", "default", "paper")
# Methods that the thesis searched with a coarse gamma.
COARSE = ("lbp-top", "sparse-mdmo", *VARIANTS)


def method_of(name):
    """Get the entry of the table of methods that a row belongs to."""
    return (METHODS | NETWORKS)[VARIANTS.get(name, (name,))[0]]


def features(name, solver, *, quick=False, crop=False):
    """Make the features of a method, with flow in less time than its paper takes."""
    whole = method_of(name).pipeline(crop=crop)
    whole.set_params(**VARIANTS.get(name, (name, {}))[1])
    if quick and "sparsemdmo__n_components" in whole.get_params():
        whole.set_params(sparsemdmo__n_components=16)
    if quick and name in NETWORKS:
        whole[-1].set_params(epochs=1)
    if solver != OWN_SOLVER:
        _make_fast(clip_steps(whole), solver)
    return whole


def _make_fast(head, solver):
    """Take another solver, and flow of many pairs from few frames."""
    flow = _flow_of(head)
    if flow is None:
        return
    flow.set_params(solver=solver)
    if flow.to == "apex":
        return
    place = head.steps.index(flow)
    before = slice(place, place)
    if isinstance(head.steps[place - 1], TemporalInterpolation):
        before = slice(place - 1, place)
    head.steps[before] = [TemporalInterpolation(N_FRAMES)]


def _flow_of(head):
    return next((step for step in head.steps if isinstance(step, OpticalFlow)), None)


def clip_steps(estimator):
    """Get what runs clip by clip, alone or before what learns."""
    return estimator if isinstance(estimator, ClipPipeline) else estimator[0]


def label(name, solver):
    """Name a method in the table, with what is not as in its paper."""
    flow = _flow_of(clip_steps(features(name, solver)))
    if flow is None or solver == OWN_SOLVER:
        return name
    return f"{name} ({solver}{'' if flow.to == 'apex' else f', TIM {N_FRAMES}'})"


def svm_grid(name, grid):
    """Get the grid of the polynomial SVM."""
    if grid == "quick":
        return {"degree": (2,), "C": (1, 100)}
    if grid == "default":
        return {}
    return THESIS_GRID_COARSE if name in COARSE else THESIS_GRID


def estimator(name, options, crop=False):
    """Make what is judged: the features of a method and a classifier, or a network."""
    head = features(name, options.solver, quick=options.quick, crop=crop)
    if options.baseline != "none":
        _relate(name, head, options.baseline)
    if name in NETWORKS:
        return head
    if options.grid == "paper" and method_of(name) is METHODS["sparse-mdmo"]:
        if options.classifier == POLYNOMIAL:
            return _sparse_mdmo_search(name, head)
    return make_pipeline(head, classifier(name, options))


def _relate(name, head, baseline):
    """Describe relative to the onset; see that rows can be taken relative at all."""
    last = head[-1] if isinstance(head, ClipPipeline) else None
    if not isinstance(last, Descriptor):
        raise ValueError(
            f"--baseline {baseline} is for methods that learn nothing and end in one "
            f"descriptor; {name} is none."
        )
    if baseline == "onset":
        head.steps[-1] = RelativeToOnset(last)


def _sparse_mdmo_search(name, head):
    """Search the parameters of the codes and of the SVM together."""
    *steps, (last, learner) = head.steps
    model = Pipeline([(last, learner), ("svc", SVC(kernel="poly", max_iter=1_000_000))])
    changed = VARIANTS.get(name, (name, {}))[1]
    grid = {f"{last}__{k}": v for k, v in SPARSE_MDMO_GRID.items()}
    grid = {k: v for k, v in grid.items() if k not in changed}
    grid |= {f"svc__{k}": v for k, v in svm_grid(name, "paper").items()}
    search = GridSearchCV(model, grid, scoring="f1_macro", cv=SubjectKFold())
    return Pipeline([*steps, ("search", search)])


def classifier(name, options):
    """Make the classifier of a row."""
    made = make_classifier(options.classifier, random_state=options.seed)
    if options.classifier == POLYNOMIAL:
        # The papers' grids are for rows as they are.
        scale = options.grid != "paper"
        made.set_params(**svm_grid(name, options.grid), scale=scale)
    return made


def count_candidates(search):
    """Count the points of the grid of a search."""
    if isinstance(search, PolySVCSearch):
        return len(list_points(search))
    return len(ParameterGrid(getattr(search, "param_grid", {})))
