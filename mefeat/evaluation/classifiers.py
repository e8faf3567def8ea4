"""The classifiers that the command line and the benchmarks offer by name."""

from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mefeat.evaluation.elm import ExtremeLearningMachine
from mefeat.evaluation.inner import SubjectKFold
from mefeat.evaluation.search import PolySVCSearch, RowScaler


def _search(estimator, **grid):
    """Search a grid as `PolySVCSearch` does, by subjects and macro-F1."""
    step = estimator.steps[-1][0] + "__" if hasattr(estimator, "steps") else ""
    return GridSearchCV(
        estimator,
        {f"{step}{name}": list(values) for name, values in grid.items()},
        scoring="f1_macro",
        cv=SubjectKFold(),
        error_score="raise",
    )


def _svm(random_state):
    return PolySVCSearch()


def _linear_svm(random_state):
    return PolySVCSearch(kernel="linear", C=(0.1, 1, 10, 100, 1000))


def _rbf_svm(random_state):
    gamma = (0.001, 0.01, 0.1, 1.0, 10.0)
    return PolySVCSearch(kernel="rbf", gamma=gamma, C=(1, 10, 100, 1000))


def _adaboost(random_state):
    # A stump that looks at all numbers of a long row takes a hundred times as long.
    stump = DecisionTreeClassifier(max_features="sqrt")
    boost = AdaBoostClassifier(stump, n_estimators=200, random_state=random_state)
    return _search(boost, estimator__max_depth=(1, 3), learning_rate=(0.1, 1.0))


def _random_forest(random_state):
    forest = RandomForestClassifier(300, random_state=random_state)
    return _search(forest, min_samples_leaf=(1, 3))


def _knn(random_state):
    # The squares of columns in any unit are to stay numbers.
    neighbors = make_pipeline(RowScaler(), StandardScaler(), KNeighborsClassifier())
    return _search(neighbors, n_neighbors=(1, 3, 5), metric=("euclidean", "cosine"))


def _elm(random_state):
    machine = ExtremeLearningMachine(random_state=random_state)
    whole = make_pipeline(RowScaler(), StandardScaler(), machine)
    return _search(whole, n_hidden=(100, 500), alpha=(0.1, 1.0, 10.0, 100.0))


CLASSIFIERS = {
    "svm": _svm,
    "linear-svm": _linear_svm,
    "rbf-svm": _rbf_svm,
    "adaboost": _adaboost,
    "random-forest": _random_forest,
    "knn": _knn,
    "elm": _elm,
}


def make_classifier(name, *, random_state=0):
    """Make a classifier that chooses its own parameters, subject by subject.

    Each is a search at whose `fit` the subjects are given as `groups`: over a
    polynomial, linear or radial SVM, AdaBoost, a random forest, the nearest neighbors,
    or an `ExtremeLearningMachine`. All choose by macro-F1 on five folds that keep
    subjects together.

    Parameters
    ----------
    name : {"svm", "linear-svm", "rbf-svm", "adaboost", "random-forest", "knn", "elm"}
        Name.
    random_state : int, default=0
        Seed of what draws at random.

    Returns
    -------
    PolySVCSearch or GridSearchCV
        The classifier, not fitted.

    Raises
    ------
    ValueError
        If there is no classifier of this name.

    Notes
    -----
    Stumps and trees of AdaBoost look at a random part of the numbers, as many as the
    square root of all. Neighbors and the extreme learning machine get standardized
    columns, the SVMs rows that are divided by one number (`scale` of `PolySVCSearch`).

    Examples
    --------
    >>> make_classifier("linear-svm").kernel
    'linear'
    """
    if name not in CLASSIFIERS:
        raise ValueError(
            f"there is no classifier {name!r}; there are {', '.join(CLASSIFIERS)}."
        )
    return CLASSIFIERS[name](random_state)
