"""Rows relative to the neutral face, which take the person out."""

import numpy as np

from mefeat.base import Descriptor, need


class RelativeToOnset(Descriptor):
    """A descriptor, less what it gives for the onset frame held still.

    The face at rest looks different in every person. The same clip without any motion,
    all its frames being the onset frame, shows only that.

    Parameters
    ----------
    descriptor : Descriptor
        Any descriptor, such as `LBPTOP`.

    See Also
    --------
    relative_to_neutral : Rows less the mean of the subject's neutral clips.

    Notes
    -----
    Of a clip with flow the still one has none of it, that is flow of 0. Descriptors of
    flow give zeros for it, mostly, so the difference changes nothing for them: this is
    for descriptors of texture.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.texture import LBPTOP
    >>> still = Clip(frames=np.full((9, 16, 16), 7, np.uint8), onset=0)
    >>> RelativeToOnset(LBPTOP(grid=(1, 1))).fit_transform([still]).any()
    np.False_
    """

    _parameter_constraints: dict = {"descriptor": [Descriptor]}

    def __init__(self, descriptor):
        self.descriptor = descriptor

    @property
    def per_channel(self):
        """Whether RGB clips are described channel by channel."""
        return self.descriptor.per_channel

    def describe(self, clip):
        """Describe a clip and its onset frame.

        Gives the difference.
        """
        self.descriptor._validate_params()
        still = hold_onset(clip)
        return self.descriptor.describe(clip) - self.descriptor.describe(still)

    def feature_names(self):
        """Name the numbers.

        Gives the names of the descriptor.
        """
        return self.descriptor.feature_names()


def hold_onset(clip):
    """Make a clip in which the face stays as it is at the onset."""
    onset = need(clip, "onset", "hold_onset", "give it, or trim the clip to its event")
    every = np.full(len(clip.frames), onset)
    changes = {"frames": clip.frames[every]}
    if clip.landmarks is not None:
        changes["landmarks"] = clip.landmarks[every]
    if clip.flow is not None:
        changes["flow"] = np.zeros_like(clip.flow)
        changes["flow_pairs"] = clip.flow_pairs
    return clip.replace(**changes)


def relative_to_neutral(rows, groups, neutral):
    """Subtract from each row the mean of its subject's neutral rows.

    Parameters
    ----------
    rows : array-like of shape (n_clips, n_features)
        Rows of clips, the neutral ones among them.
    groups : array-like of shape (n_clips,)
        Subjects.
    neutral : array-like of bool, shape (n_clips,)
        Which clips show the neutral face.

    Returns
    -------
    ndarray of shape (n_clips, n_features)
        The differences; those of the neutral rows too.

    Raises
    ------
    ValueError
        If lengths differ, or a subject has no neutral clip.

    Notes
    -----
    Classes have no part in this, so it may run before the folds: all that a person's
    row depends on is the person's own clips. To predict for a new person then takes a
    neutral clip of that person.

    Examples
    --------
    >>> relative_to_neutral([[1.0], [4.0], [9.0], [7.0]], [1, 1, 2, 2], [1, 0, 0, 1])
    array([[0.],
           [3.],
           [2.],
           [0.]])
    """
    rows, groups = np.asarray(rows, dtype=np.float64), np.asarray(groups)
    neutral = np.asarray(neutral, dtype=bool)
    if rows.ndim != 2 or not len(rows) == groups.size == neutral.size:
        raise ValueError(
            "rows must be 2-D, with a subject and a neutral flag for each, got shapes "
            f"{rows.shape}, {groups.shape} and {neutral.shape}."
        )
    subjects, codes = np.unique(groups, return_inverse=True)
    counts = np.bincount(codes[neutral], minlength=len(subjects))
    if not counts.all():
        raise ValueError(
            f"no neutral clip of subject {subjects[counts == 0][0]}: leave out the "
            f"clips of such subjects, {np.count_nonzero(counts == 0)} of "
            f"{len(subjects)}."
        )
    means = np.zeros((len(subjects), rows.shape[1]))
    np.add.at(means, codes[neutral], rows[neutral])
    return rows - (means / counts[:, None])[codes]
