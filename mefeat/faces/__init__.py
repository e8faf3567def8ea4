"""Finding faces, following their landmarks, aligning and cropping them."""

from mefeat.faces.align import ALIGNMENTS, Align
from mefeat.faces.crop import CropFace, landmark_box
from mefeat.faces.detection import DETECTORS, detect_faces, steady_box
from mefeat.faces.landmarks import FaceLandmarks, face_landmarks, iter_landmarks
from mefeat.faces.mesh import PiecewiseAffine
from mefeat.faces.models import find_landmark_model
from mefeat.faces.polynomials import LocalWeightedMean
from mefeat.faces.template import MEAN_FACE

__all__ = [
    "ALIGNMENTS",
    "DETECTORS",
    "MEAN_FACE",
    "Align",
    "CropFace",
    "FaceLandmarks",
    "LocalWeightedMean",
    "PiecewiseAffine",
    "detect_faces",
    "face_landmarks",
    "find_landmark_model",
    "iter_landmarks",
    "landmark_box",
    "steady_box",
]
