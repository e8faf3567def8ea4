"""What is made of flow, against the flow itself."""

import numpy as np

from benchmarks.speed.timing import SIZE, best, moving_texture, row
from mefeat import Clip
from mefeat.flow import OpticalFlow
from mefeat.motion import FDM, HOOF, MDMO, OSF, BiWOOF
from mefeat.testing import face_layout

MOST = {
    HOOF(grid=(5, 5)): 0.1,
    MDMO(): 0.1,
    BiWOOF(): 0.1,
    FDM(): 0.1,
    FDM(method="exact"): 0.5,
    OSF(): 0.1,
}


def motion_rows(quick):
    """Time descriptors without their solver against Farneback's flow of the same pairs.

    Parameters
    ----------
    quick : bool
        Whether to use a short clip.

    Returns
    -------
    list of dict
        Rows.
    """
    n_frames = 6 if quick else 21
    clip = Clip(
        moving_texture(n_frames),
        landmarks=np.repeat(face_layout(SIZE)[None], n_frames, axis=0),
        apex=n_frames // 2,
    )
    rows = []
    for descriptor, target in MOST.items():
        solve = OpticalFlow("farneback", to=getattr(descriptor, "pairs", "first"))
        moving = solve.apply(clip)
        ours, theirs = best(
            lambda d=descriptor, c=moving: d.describe(c),
            lambda s=solve: s.apply(clip),
            repeats=3 if quick else 15,
        )
        job = f"{descriptor!r} of {len(moving.flow)} pairs"
        rows.append(row(job, ours, "Farneback flow", theirs, target, higher=False))
    return rows
