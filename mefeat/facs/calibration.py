"""Probabilities out of decision values of clips that were held out."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from mefeat.base.groups import fit_with_groups

_N_SPLITS = 3


def can_be_held_out(shown, groups):
    """Tell of which units clips can be held out to learn a probability.

    Parameters
    ----------
    shown : ndarray of bool, shape (n_clips, n_units)
        Whether the clip shows the unit.
    groups : array-like of shape (n_clips,)
        Subjects.

    Returns
    -------
    ndarray of bool, shape (n_units,)
        Whether two subjects or more show the unit in a clip, and two or more lack it in
        one.

    Examples
    --------
    >>> shown = np.array([[1, 1], [0, 1], [1, 0], [0, 1]], dtype=bool)
    >>> can_be_held_out(shown, ["ann", "ann", "bob", "bob"]).tolist()
    [True, False]
    """
    return _n_sides(shown, groups).min(axis=0) >= 2


def held_out_decisions(classifier, rows, shown, groups):
    """Get decision values of clips of subjects that the classifier did not learn from.

    Parameters
    ----------
    classifier : estimator
        A classifier of two classes; it is cloned.
    rows : ndarray of shape (n_clips, n_features)
        Features.
    shown : ndarray of bool, shape (n_clips,)
        Whether the clip shows the unit.
    groups : ndarray of shape (n_clips,)
        Subjects.

    Returns
    -------
    ndarray of shape (n_clips,)
        Decision values, by three folds or as many as there are subjects for; nan for
        a fold whose training clips are alike.
    """
    decisions = np.full(len(shown), np.nan)
    take = rows.iloc if hasattr(rows, "iloc") else rows
    folds = _folds(shown, groups)
    for fold in range(folds.max() + 1):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(set(shown[train].tolist())) == 2:
            fitted = fit_with_groups(
                classifier, take[train], shown[train], groups[train]
            )
            decisions[test] = decision_values(fitted, take[test])
    return decisions


def _folds(shown, groups):
    """Deal subjects to folds, those that show most first: no fold gets all of them."""
    subjects, of_clip = np.unique(groups, return_inverse=True)
    order = np.argsort(-np.bincount(of_clip, shown), kind="stable")
    dealt = np.empty(len(subjects), dtype=int)
    dealt[order] = np.arange(len(subjects)) % _N_SPLITS
    return dealt[of_clip]


def decision_values(fitted, rows):
    """Get decision values, or probabilities of a classifier that has no others.

    Parameters
    ----------
    fitted : estimator
        A fitted classifier of two classes.
    rows : ndarray of shape (n_clips, n_features)
        Features.

    Returns
    -------
    ndarray of shape (n_clips,)
        Higher where the unit is likely.
    """
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(rows), dtype=np.float64)
    return fitted.predict_proba(rows)[:, 1]


def fit_sigmoid(decisions, shown):
    """Fit the sigmoid that makes probabilities of decision values.

    Parameters
    ----------
    decisions : ndarray of shape (n_clips,)
        Decision values; those that are nan are left out.
    shown : ndarray of bool, shape (n_clips,)
        Whether the clip shows the unit.

    Returns
    -------
    slope, offset : float
        The probability is ``expit(slope * decision + offset)``.

    Notes
    -----
    As in Platt's paper, clips count as shown with a probability of (n + 1) / (n + 2)
    or 1 / (n + 2), n being the number of clips of their kind, so that values which part
    the clips without fault do not make it certain. A slope is never negative: values
    that mislead say nothing.

    References
    ----------
    J. C. Platt, "Probabilistic outputs for support vector machines and comparisons to
    regularized likelihood methods", Advances in Large Margin Classifiers, 1999.

    Examples
    --------
    >>> from scipy.special import expit
    >>> decisions, shown = np.array([-1.0, -1.0, 1.0, 1.0]), np.array([0, 0, 1, 1]) > 0
    >>> slope, offset = fit_sigmoid(decisions, shown)
    >>> expit(slope * decisions + offset).round(2).tolist()
    [0.25, 0.25, 0.75, 0.75]
    """
    known = ~np.isnan(decisions)
    decisions, shown = decisions[known, None], shown[known]
    n_clips = np.where(shown, shown.sum(), (~shown).sum())
    sure = np.where(shown, n_clips + 1, 1) / (n_clips + 2)
    both = np.repeat([True, False], len(shown))
    # Without a penalty to speak of: what holds the slope is what Platt does above.
    model = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000)
    scale = max(np.abs(decisions).max(), 1e-12)
    values, weights = np.tile(decisions / scale, (2, 1)), np.r_[sure, 1 - sure]
    model.fit(values, both, sample_weight=weights)
    slope, offset = float(model.coef_[0, 0]) / scale, float(model.intercept_[0])
    if slope >= 0:
        return slope, offset
    share = weights[both].sum() / weights.sum()
    return 0.0, float(np.log(share / (1 - share)))


def _n_sides(shown, groups):
    """Count the subjects that show each unit in a clip, and that lack it in one."""
    groups = np.asarray(groups)
    of_subject = [shown[groups == subject] for subject in np.unique(groups)]
    n_with = sum(clips.any(axis=0).astype(int) for clips in of_subject)
    n_without = sum((~clips).any(axis=0).astype(int) for clips in of_subject)
    return np.stack([n_with, n_without])
