"""Clips of the canonical face, and what the mesh of a frame follows."""

import cv2
import numpy as np

from mefeat.base import Stage, need_landmarks
from mefeat.base.params import LARGEST_SIDE, choice, whole
from mefeat.overlay.canonical import canonical_mesh, softness
from mefeat.overlay.smoothing import SMOOTHERS


def follow_head(mesh, reference, points):
    """Let the mesh of the reference follow the head; the face moves in it.

    Parameters
    ----------
    mesh : CanonicalMesh
        The mesh.
    reference, points : ndarray of shape (n_points, 2)
        Points (x, y) of the reference and of the frame.

    Returns
    -------
    ndarray of shape (n_points, 2)
        Points of the frame's mesh.
    """
    return mesh.carried(reference, points)


def follow_landmarks(mesh, reference, points):
    """Let the mesh follow all landmarks; the face moves in between.

    Parameters
    ----------
    mesh : CanonicalMesh
        The mesh.
    reference, points : ndarray of shape (n_points, 2)
        Points (x, y) of the reference and of the frame.

    Returns
    -------
    ndarray of shape (n_points, 2)
        Points of the frame's mesh.
    """
    return points


FOLLOW = {"head": follow_head, "landmarks": follow_landmarks}


class CanonicalFace(Stage):
    """Bring the face of every frame to the canonical layout.

    Parameters
    ----------
    size : int, default=256
        Height and width of the canonical canvas, pixels.
    follow : {"head", "landmarks"}, default="head"
        "head": the landmarks of the first frame are brought to the layout, and this
        map follows the head, an affine map of the points that expressions hardly move;
        so what the face does stays. "landmarks": all landmarks of every frame are
        brought to the layout.
    smoothing : {"savgol", "one_euro", "none"}, default="savgol"
        How landmarks are smoothed in time before.

    See Also
    --------
    CanonicalMesh : The layout and the maps.
    mefeat.faces.Align : Alignment without a common layout.

    Notes
    -----
    Mapping each frame by all its landmarks, as in the study this follows, undoes the
    expression wherever it moves landmarks: "head" is the departure that leaves it.

    Examples
    --------
    >>> from mefeat import Clip
    >>> from mefeat.faces import MEAN_FACE
    >>> points = 90 + 80 * MEAN_FACE
    >>> clip = Clip(np.zeros((2, 180, 180), np.uint8), landmarks=[points, points + 3])
    >>> clip = CanonicalFace(128).transform([clip])[0]
    >>> clip
    Clip(2 frames of 128x128 gray float32, 68 landmarks)
    >>> bool(np.allclose(clip.landmarks[1], canonical_mesh(128).target))
    True
    """

    _parameter_constraints = {
        "size": [whole(32, LARGEST_SIDE)],
        "follow": [choice(FOLLOW)],
        "smoothing": [choice(SMOOTHERS)],
    }

    def __init__(self, size=256, *, follow="head", smoothing="savgol"):
        self.size = size
        self.follow = follow
        self.smoothing = smoothing

    def apply(self, clip):
        """Bring one clip to the canonical layout.

        Parameters
        ----------
        clip : Clip
            A clip with 68 landmarks.

        Returns
        -------
        Clip
            The clip with frames of the canvas and landmarks moved.

        Raises
        ------
        ValueError
            If the clip has not 68 finite landmarks in each frame.
        """
        step = "put a FaceLandmarks step before it, or give landmarks of your own"
        points = np.array(need_landmarks(clip, self, step))
        if points.shape[1] != 68:
            raise ValueError(
                f"CanonicalFace needs 68 landmarks in a frame, got {points.shape[1]}."
            )
        mesh = canonical_mesh(self.size)
        smooth = np.stack(list(SMOOTHERS[self.smoothing](points, clip.fps)))
        follow = FOLLOW[self.follow]
        source = np.stack([follow(mesh, smooth[0], p) for p in smooth])
        pairs = zip(source, points, strict=True)
        landmarks = np.stack([mesh.forward(s, np.array(p)) for s, p in pairs])
        return _unaliased(clip, mesh, source[0]).remap(
            (mesh.backward(s) for s in source), landmarks
        )


def _unaliased(clip, mesh, source):
    sigma = softness(mesh, source)
    if sigma == 0:
        return clip
    smooth = [cv2.GaussianBlur(np.float32(f), (0, 0), sigma) for f in clip.frames]
    return clip.replace(frames=np.clip(np.stack(smooth), 0, 255))
