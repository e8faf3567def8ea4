"""The mean face of 68 landmarks, and its stable points."""

import numpy as np

# The points in the order of the iBUG 300-W scheme, as dlib gives them: the mean of
# frontal views of eight people and their mirror images, so exactly symmetric. The unit
# is the side of the box that dlib's face detector puts around the face, the origin its
# center.
# fmt: off
MEAN_FACE = np.array([
    # jaw, 0-16
    [-0.43, -0.183], [-0.425, -0.064], [-0.412, 0.055], [-0.394, 0.173],
    [-0.358, 0.285], [-0.297, 0.383], [-0.214, 0.465], [-0.115, 0.525], [0, 0.544],
    [0.115, 0.525], [0.214, 0.465], [0.297, 0.383], [0.358, 0.285], [0.394, 0.173],
    [0.412, 0.055], [0.425, -0.064], [0.43, -0.183],
    # right brow, 17-21
    [-0.359, -0.293], [-0.307, -0.347], [-0.23, -0.365], [-0.15, -0.356],
    [-0.076, -0.325],
    # left brow, 22-26
    [0.076, -0.325], [0.15, -0.356], [0.23, -0.365], [0.307, -0.347], [0.359, -0.293],
    # nose, 27-35
    [0, -0.228], [0, -0.152], [0, -0.077], [0, 0.001], [-0.093, 0.065], [-0.048, 0.079],
    [0, 0.091], [0.048, 0.079], [0.093, 0.065],
    # right eye, 36-41
    [-0.274, -0.207], [-0.225, -0.238], [-0.166, -0.237], [-0.114, -0.196],
    [-0.169, -0.185], [-0.229, -0.185],
    # left eye, 42-47
    [0.114, -0.196], [0.166, -0.237], [0.225, -0.238], [0.274, -0.207], [0.229, -0.185],
    [0.169, -0.185],
    # outer lip, 48-59
    [-0.175, 0.227], [-0.112, 0.196], [-0.046, 0.179], [0, 0.19], [0.046, 0.179],
    [0.112, 0.196], [0.175, 0.227], [0.114, 0.293], [0.049, 0.321], [0, 0.327],
    [-0.049, 0.321], [-0.114, 0.293],
    # inner lip, 60-67
    [-0.148, 0.229], [-0.046, 0.219], [0, 0.224], [0.046, 0.219], [0.148, 0.229],
    [0.047, 0.264], [0, 0.27], [-0.047, 0.264],
])
# fmt: on
MEAN_FACE.flags.writeable = False

# Corners of the eyes, bridge and base of the nose: skull more than muscle.
EYE_CORNERS_AND_NOSE = (36, 39, 42, 45, 27, 28, 29, 30, 33)

# The jaw without the chin, and the root of the nose.
JAW_AND_NOSE_ROOT = (0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 27)


def place(box):
    """Lay the mean face into boxes."""
    box = np.asarray(box, dtype=np.float64)
    size = box[..., None, [3, 2]]
    return box[..., None, [1, 0]] + (size - 1) / 2 + size * MEAN_FACE
