"""Classifiers by name, the extreme learning machine among them."""

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mefeat.base._steps import choice, number, whole
from mefeat.model_selection._search import PolySVCSearch, RowScaler
from mefeat.model_selection._splitters import SubjectKFold


def _relu(values):
    return np.maximum(values, 0)


ACTIVATIONS = {"sigmoid": expit, "tanh": np.tanh, "relu": _relu}


class ExtremeLearningMachine(ClassifierMixin, BaseEstimator):
    """Classify by a random hidden layer, of which only the way out is learned.

    Parameters
    ----------
    n_hidden : int, default=500
        Units of the hidden layer.
    alpha : float, default=1.0
        Penalty of the ridge regression from the hidden layer to the classes.
    activation : {"sigmoid", "tanh", "relu"}, default="sigmoid"
        What a unit makes of its sum.
    random_state : int, RandomState or None, default=None
        Seed of the hidden layer.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    weights_ : ndarray of shape (n_features, n_hidden)
        Weights of the hidden layer.
    biases_ : ndarray of shape (n_hidden,)
        Its biases.
    output_ : Ridge
        The fitted regression.
    n_features_in_ : int
        Numbers in a row.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has them.

    Notes
    -----
    The paper solves for the output weights by the pseudo-inverse; a ridge regression
    tends to the same as `alpha` falls to 0, and does not fail where there are fewer
    clips than units. Weights are uniform in -1..1 as in the paper, then divided by the
    square root of the number of features, so that sums of standardized columns stay
    where a sigmoid is no step: put a `StandardScaler` before.

    References
    ----------
    .. [1] G.-B. Huang, Q.-Y. Zhu, C.-K. Siew, "Extreme learning machine: Theory and
       applications", Neurocomputing 70(1-3):489-501, 2006.
       https://doi.org/10.1016/j.neucom.2005.12.126

    Examples
    --------
    >>> X, y = [[-2.0], [-1.0], [1.0], [2.0]], ["low", "low", "high", "high"]
    >>> machine = ExtremeLearningMachine(n_hidden=20, alpha=0.01, random_state=0)
    >>> machine.fit(X, y).predict([[-1.5], [1.5]])
    array(['low', 'high'], dtype='<U4')
    """

    _parameter_constraints: dict = {
        "n_hidden": [whole(1)],
        "alpha": [number(0.0, closed="neither")],
        "activation": [choice(ACTIVATIONS)],
        "random_state": ["random_state"],
    }

    def __init__(
        self, n_hidden=500, alpha=1.0, *, activation="sigmoid", random_state=None
    ):
        self.n_hidden = n_hidden
        self.alpha = alpha
        self.activation = activation
        self.random_state = random_state

    def fit(self, X, y):
        """Draw the hidden layer and learn the way out.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.
        y : array-like of shape (n_clips,)
            Classes.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If there are fewer than two classes.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        binarizer = LabelBinarizer(neg_label=-1)
        targets = binarizer.fit_transform(y)
        self.classes_ = binarizer.classes_
        if len(self.classes_) < 2:
            raise ValueError(
                "ExtremeLearningMachine needs at least two classes, got 1 class: "
                f"{y[0]!r}."
            )
        random = check_random_state(self.random_state)
        shape = X.shape[1], self.n_hidden
        self.weights_ = random.uniform(-1, 1, size=shape) / np.sqrt(X.shape[1])
        self.biases_ = random.uniform(-1, 1, size=self.n_hidden)
        self.output_ = Ridge(self.alpha).fit(self._hidden(X), targets)
        return self

    def decision_function(self, X):
        """Evaluate the regression of each class.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_classes)
            Of two classes, values above 0 stand for the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        values = self.output_.predict(self._hidden(X))
        return values.ravel() if len(self.classes_) == 2 else values

    def predict(self, X):
        """Predict the class of each row.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_clips,)
            Classes.
        """
        values = self.decision_function(X)
        if values.ndim == 1:
            return self.classes_[(values > 0).astype(np.intp)]
        return self.classes_[values.argmax(axis=1)]

    def _hidden(self, X):
        return ACTIVATIONS[self.activation](X @ self.weights_ + self.biases_)


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
    "svm": lambda random_state: PolySVCSearch(),
    "linear-svm": lambda random_state: PolySVCSearch(
        kernel="linear", C=(0.1, 1, 10, 100, 1000)
    ),
    "rbf-svm": lambda random_state: PolySVCSearch(
        kernel="rbf", gamma=(0.001, 0.01, 0.1, 1.0, 10.0), C=(1, 10, 100, 1000)
    ),
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
