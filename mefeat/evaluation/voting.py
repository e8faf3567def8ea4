"""Predictions of an SVM on precomputed kernels, without the price of a call."""

from functools import cache
from itertools import combinations

import numpy as np

# Below this share of what is summed, a decision may depend on the order of summing.
_DOUBT = 1e-12


def vote(svc, kernel):
    """Predict the classes of rows as `SVC.predict` does.

    Parameters
    ----------
    svc : SVC
        Fitted on a precomputed kernel.
    kernel : ndarray of shape (n_rows, n_train)
        Kernel of the rows and the training rows.

    Returns
    -------
    ndarray of shape (n_rows,)
        Classes.

    Notes
    -----
    `SVC.predict` takes a fifth of a millisecond to look at what it is given, a tenth
    of what a small fit takes. Decisions so close to 0 that the order of summing might
    turn them are left to it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.svm import SVC
    >>> X = np.array([[-1.0], [0.0], [4.0]])
    >>> svc = SVC(kernel="precomputed").fit(X @ X.T, ["low", "low", "high"])
    >>> vote(svc, np.array([[-2.0], [5.0]]) @ X.T)
    array(['low', 'high'], dtype='<U4')
    """
    n_classes = len(svc.classes_)
    rows, present, winners = _pairs(n_classes)
    members = np.repeat(np.arange(n_classes), svc.n_support_)
    # Of one class against another, each support vector has its own coefficient.
    weights = svc.dual_coef_[rows[:, members], np.arange(len(members))]
    weights *= present[:, members]
    whole, kernel = kernel, kernel[:, svc.support_]
    decisions = kernel @ weights.T + svc.intercept_
    size = np.abs(kernel).max() * np.abs(weights).sum(axis=1)
    if np.any(np.abs(decisions) <= _DOUBT * (size + np.abs(svc.intercept_))):
        return svc.predict(whole)
    if n_classes == 2:
        return svc.classes_[(decisions[:, 0] > 0).astype(np.intp)]
    chosen = winners[(decisions > 0).astype(np.intp), np.arange(len(rows))]
    votes = (chosen[:, :, None] == np.arange(n_classes)).sum(axis=1)
    return svc.classes_[votes.argmax(axis=1)]


@cache
def _pairs(n_classes):
    """Lay out pairs of classes: rows of `dual_coef_` by class, who is in, who wins."""
    pairs = list(combinations(range(n_classes), 2))
    rows = np.zeros((len(pairs), n_classes), dtype=np.intp)
    present = np.zeros((len(pairs), n_classes))
    for number, (first, second) in enumerate(pairs):
        rows[number, first], rows[number, second] = second - 1, first
        present[number, [first, second]] = 1
    return rows, present, np.array(pairs)[:, ::-1].T
