"""Results of any kind, from a folder."""

from mefeat.evaluation.report import Evaluation
from mefeat.evaluation.saving import read_result
from mefeat.evaluation.unit_report import UnitEvaluation

KINDS = (Evaluation, UnitEvaluation)


def load_result(folder):
    """Read a result, of classes or of action units, from a folder.

    Parameters
    ----------
    folder : path
        Folder that `Evaluation.save` or `UnitEvaluation.save` wrote.

    Returns
    -------
    Evaluation or UnitEvaluation
        The result, of the same numbers to the last bit.

    Raises
    ------
    FileNotFoundError
        If there is no result in the folder.
    ValueError
        If the file there is no result, or not whole.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from mefeat.evaluation import evaluate
    >>> X, y = [[0], [9], [0], [9]], ["low", "high"] * 2
    >>> result = evaluate(KNeighborsClassifier(1), X, y, groups=[1, 1, 2, 2])
    >>> load_result(result.save(mkdtemp())).accuracy
    1.0
    """
    return read_result(folder, KINDS)
