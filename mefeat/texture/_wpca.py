"""WPCA: whitened principal components of rows."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, validate_data


class WPCA(TransformerMixin, BaseEstimator):
    """Reduce rows to all their whitened principal components.

    It is learned, so it belongs behind the descriptor in a `Pipeline`.

    Attributes
    ----------
    pca_ : PCA
        The fitted components.
    n_features_in_ : int
        Length of the rows.

    See Also
    --------
    sklearn.decomposition.PCA : What it rests on.

    Notes
    -----
    From n rows come at most n - 1 numbers: the last component of `PCA`, which rounding
    alone gives a length, would be whitened to noise as large as the others. Components
    that hold less than 1e-12 of the variance of the first are left out as well.

    References
    ----------
    C. Guo, J. Liang, G. Zhan, Z. Liu, M. Pietikäinen, L. Liu, "Extended local binary
    patterns for efficient and robust spontaneous facial micro-expression recognition",
    IEEE Access 7, 2019. https://doi.org/10.1109/ACCESS.2019.2942358

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, 0.0], [4.0, 5.0, 2.0]])
    >>> WPCA().fit_transform(rows).std(axis=0, ddof=1).round(6).tolist()
    [1.0, 1.0]
    """

    def fit(self, X, y=None):
        """Find the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, at least two.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If the rows are all the same.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        if (X == X[0]).all():
            raise ValueError(
                f"WPCA needs rows that differ, got {len(X)} times the same."
            )
        most = min(len(X) - 1, X.shape[1])
        pca = PCA(most, svd_solver="full").fit(X)
        variance = pca.explained_variance_
        kept = max(1, int((variance > 1e-12 * variance[0]).sum()))
        self.pca_ = PCA(kept, whiten=True, svd_solver="full").fit(X)
        return self

    def transform(self, X):
        """Express rows by the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Rows of numbers that have variance 1 over the rows of `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.pca_.transform(X)

    def get_feature_names_out(self, input_features=None):
        """Name the components.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of str
            One name per component.
        """
        check_is_fitted(self)
        names = [f"wpca{i}" for i in range(self.pca_.n_components_)]
        return np.asarray(names, dtype=object)
