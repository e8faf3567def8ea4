"""Finding faces, following their landmarks, aligning and cropping them."""

from mefeat.faces._align import ALIGNMENTS, Align
from mefeat.faces._crop import CropFace
from mefeat.faces._detection import DETECTORS, detect_faces, find_landmark_model
from mefeat.faces._landmarks import FaceLandmarks, face_landmarks, iter_landmarks
from mefeat.faces._template import MEAN_FACE

__all__ = [
    "ALIGNMENTS",
    "Align",
    "CropFace",
    "DETECTORS",
    "FaceLandmarks",
    "MEAN_FACE",
    "detect_faces",
    "face_landmarks",
    "find_landmark_model",
    "iter_landmarks",
]
