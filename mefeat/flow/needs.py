"""What descriptors ask of the flow of a clip."""

import numpy as np

from mefeat.base import need, need_apex
from mefeat.flow.stage import PAIRS

_MEANING = {
    "first": "of the first frame and each later one",
    "previous": "of each frame and the next",
    "apex": "of the onset and the apex",
}


def need_flow(clip, owner, pairs=None):
    """Get the flow that a descriptor cannot do without.

    Parameters
    ----------
    clip : Clip
        The clip.
    owner : object
        The descriptor that asks.
    pairs : {"first", "previous", "apex"}, default=None
        The pairs it needs, as for `OpticalFlow`; by default any will do.

    Returns
    -------
    ndarray of shape (n_pairs, 2, height, width)
        The flow.

    Raises
    ------
    ValueError
        If the clip has no flow, or that of other pairs, or no apex after the onset
        where the apex is needed.

    Examples
    --------
    >>> from mefeat.testing import example_clips
    >>> need_flow(example_clips(1)[0], "HOOF").shape
    (11, 2, 72, 64)
    """
    name = type(owner).__name__
    if pairs == "apex":
        need_apex(clip, owner, "give it or put an apex finder before OpticalFlow")
    step = "OpticalFlow" if pairs is None else f'OpticalFlow(to="{pairs}")'
    flow = need(clip, "flow", owner, f"put an {step} step before it")
    if len(flow) == 0:
        raise ValueError(f"{name} needs the flow of at least one pair of frames.")
    if pairs is not None and not np.array_equal(clip.flow_pairs, PAIRS[pairs](clip)):
        first = clip.flow_pairs[:2].tolist()
        raise ValueError(
            f"{name} needs the flow {_MEANING[pairs]}: put an {step} step before it. "
            f"It got the flow of {len(flow)} pairs that begin with {first}."
        )
    return flow
