"""The extreme learning machine: a random hidden layer and a ridge regression."""

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mefeat.base.params import choice, number, whole


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
