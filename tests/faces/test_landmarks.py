"""Detection and landmarks: on a portrait whose face is known, and on real footage."""

import importlib.util
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from sklearn.base import clone

from mefeat import Clip, ClipPipeline
from mefeat.faces import (
    FaceLandmarks,
    detect_faces,
    face_landmarks,
    find_landmark_model,
)
from mefeat.faces import _detection as models
from mefeat.faces import _landmarks as landmarks
from mefeat.faces._detection import steady_box

# Read off the portrait by eye, (x, y): pupils, tip of the nose, chin.
RIGHT_PUPIL, LEFT_PUPIL = (203.5, 101.3), (246.5, 103.6)
NOSE, CHIN = (225, 127), (220.5, 178.5)
VIDEOS = ["single_face.mp4", "WolfgangLanger_Pexels.mp4"] + [
    f"grid/{name}.mpg"
    for name in ("bbaf2n", "brbk7n", "id2_vcd_swwp2s", "lbbc2a", "pwij3p", "swiz3n")
]

GRAY = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)


def _can_predict():
    try:
        models.import_dlib()
        find_landmark_model()
    except (ImportError, FileNotFoundError):
        return False
    return True


needs_dlib = pytest.mark.skipif(not _can_predict(), reason="needs the extra faces")
detectors = pytest.mark.parametrize(
    "detector", [pytest.param("dlib", marks=needs_dlib), "cascade"]
)


@pytest.fixture
def no_dlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)


@pytest.fixture
def detections(monkeypatch):
    """Count how often `face_landmarks` looks for a face anew."""
    calls = []

    def counted(*args, **kwargs):
        calls.append(1)
        return detect_faces(*args, **kwargs)

    monkeypatch.setattr(landmarks, "detect_faces", counted)
    return calls


def shifted(image, x, y):
    matrix = np.array([[1.0, 0, x], [0, 1, y]])
    size = image.shape[1::-1]
    return cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def noisy(image, rng):
    noise = rng.normal(0, 2, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def read_gray(path, n_frames=None):
    capture, frames = cv2.VideoCapture(str(path)), []
    while n_frames is None or len(frames) < n_frames:
        good, frame = capture.read()
        if not good:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    return np.stack(frames)


def mixed(pattern):
    """Frames of the portrait ("f") and of plain wall with noise ("-")."""
    wall = np.random.default_rng(0).normal(120, 10, GRAY.shape).astype(np.uint8)
    return np.stack([GRAY if letter == "f" else wall for letter in pattern])


@detectors
@pytest.mark.parametrize(
    "image",
    [astronaut(), GRAY, GRAY.astype(np.float32), astronaut().astype(np.float64)],
    ids=["rgb", "gray", "float", "float rgb"],
)
def test_the_face_of_the_portrait_is_found(image, detector):
    boxes = detect_faces(image, detector=detector)
    top, left, height, width = boxes[0]
    assert boxes.shape == (1, 4)
    assert boxes.dtype == np.float64
    assert height == pytest.approx(93, abs=9)
    assert width == pytest.approx(93, abs=9)
    assert top + height / 2 == pytest.approx(125, abs=6)
    assert left + width / 2 == pytest.approx(223, abs=6)


@detectors
@pytest.mark.parametrize("scale", [0.4, 2.0])
def test_boxes_scale_with_the_image(detector, scale):
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(GRAY, None, fx=scale, fy=scale, interpolation=mode)
    box = detect_faces(image, detector=detector)[0] / scale
    assert box == pytest.approx(detect_faces(GRAY, detector=detector)[0], abs=10)


@detectors
def test_the_largest_face_comes_first(detector):
    face = GRAY[40:212, 130:302]
    small = cv2.resize(face, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    image = np.full((300, 400), 200, np.uint8)
    image[20 : 20 + len(small), 20 : 20 + len(small)] = small
    image[100 : 100 + len(face), 200 : 200 + len(face)] = face
    boxes = detect_faces(image, detector=detector)
    assert boxes[:, 0] + boxes[:, 2] / 2 == pytest.approx([185, 80], abs=6)
    assert boxes[:, 1] + boxes[:, 3] / 2 == pytest.approx([293, 85], abs=6)


@detectors
def test_a_image_without_a_face_gives_no_boxes(detector):
    assert detect_faces(np.full((200, 300), 90), detector=detector).shape == (0, 4)


def test_values_beyond_a_byte_are_clipped_and_never_wrap():
    image = GRAY.astype(np.float32) * 1.2 - 10
    as_bytes = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    assert (image < 0).any() and (image > 255).any()
    assert np.array_equal(detect_faces(image), detect_faces(as_bytes))


def test_detect_faces_says_what_it_expects():
    with pytest.raises(ValueError, match=r"\(height, width\).*got shape \(4, 4, 2\)"):
        detect_faces(np.zeros((4, 4, 2)))
    with pytest.raises(ValueError, match="'auto' or one of .*got 'haar'"):
        detect_faces(GRAY, detector="haar")
    with pytest.raises(ValueError, match="min_size must be a part of the image, got"):
        detect_faces(GRAY, min_size=0)


def test_without_dlib_the_cascade_detects(no_dlib):
    boxes = detect_faces(GRAY)
    assert np.array_equal(boxes, detect_faces(GRAY, detector="cascade"))
    with pytest.raises(ImportError, match=r'pip install "mefeat\[faces\]"'):
        detect_faces(GRAY, detector="dlib")


def test_steady_box_outvotes_frames_that_disagree():
    frames = np.stack([GRAY] * 6 + [shifted(GRAY, 150, 100)] * 3 + [GRAY * 0])
    box = steady_box(frames)
    assert np.array_equal(box, detect_faces(GRAY, detector="cascade")[0])


def test_steady_box_names_the_frames_it_looked_at():
    with pytest.raises(ValueError, match="no face in the frames 0, 2, 5"):
        steady_box(np.zeros((6, 50, 50), np.uint8), n_frames=3)


def test_the_model_is_looked_up_in_order(tmp_path, monkeypatch):
    name = "shape_predictor_68_face_landmarks.dat"
    package, debian = tmp_path / "pkg" / "models" / name, tmp_path / "debian" / name
    given, named = tmp_path / "given.dat", tmp_path / "named.dat"
    for path in (package, debian, given, named):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    spec = SimpleNamespace(origin=str(tmp_path / "pkg" / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setattr(models, "_DEBIAN", debian)
    monkeypatch.setenv(models.VARIABLE, str(named))
    assert find_landmark_model(given) == given
    assert find_landmark_model() == named
    monkeypatch.delenv(models.VARIABLE)
    assert find_landmark_model() == package
    package.unlink()
    assert find_landmark_model() == debian
    debian.unlink()
    with pytest.raises(FileNotFoundError) as error:
        find_landmark_model()
    for place in (models.VARIABLE, str(package), str(debian), "mefeat[faces]"):
        assert place in str(error.value)


def test_a_model_that_is_named_must_be_there(monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"no landmark model 'a\.dat'"):
        find_landmark_model("a.dat")
    monkeypatch.setenv(models.VARIABLE, "b.dat")
    with pytest.raises(FileNotFoundError, match=r"'b\.dat', which MEFEAT_LANDMARK"):
        find_landmark_model()


def test_without_dlib_landmarks_name_the_extra(no_dlib):
    with pytest.raises(ImportError, match=r'pip install "mefeat\[faces\]"'):
        FaceLandmarks().transform([Clip(GRAY[None])])


def test_landmarks_that_a_clip_brings_are_kept_without_dlib(no_dlib):
    clip = Clip(GRAY[None], landmarks=np.ones((1, 5, 2)))
    assert FaceLandmarks().transform([clip]) == [clip]


@needs_dlib
def test_frames_where_brought_landmarks_lack_follow_on_missing(no_dlib):
    landmarks = np.arange(5.0)[:, None, None] * np.ones((5, 3, 2))
    landmarks[1] = np.nan
    landmarks[3, 2, 0] = np.inf
    clip = Clip(np.zeros((5, 9, 9), np.uint8), landmarks=landmarks)
    with pytest.raises(ValueError, match="in 2 of 5 frames: 1, 3. on_missing="):
        FaceLandmarks().transform([clip])
    filled = FaceLandmarks(on_missing="interpolate").transform([clip])[0]
    assert filled.landmarks[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(clip.landmarks[1]).all()
    short = FaceLandmarks(on_missing="drop").transform([clip])[0]
    assert short.landmarks[:, 0, 0].tolist() == [0, 2, 4]


def test_landmarks_lie_on_the_portrait():
    points = face_landmarks(astronaut()[None])[0]
    assert points[36:42].mean(axis=0) == pytest.approx(RIGHT_PUPIL, abs=1.5)
    assert points[42:48].mean(axis=0) == pytest.approx(LEFT_PUPIL, abs=1.5)
    assert points[30] == pytest.approx(NOSE, abs=2)
    assert points[8] == pytest.approx(CHIN, abs=2)
    assert (points % 1 != 0).mean() > 0.9
    assert "face_recognition_models" not in sys.modules


@needs_dlib
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
def test_jitter_on_a_photo_is_below_015_pixel(rng, moving):
    moves = np.cumsum(rng.uniform(-0.5, 0.5, (20, 2)), axis=0) * moving
    photo = GRAY.astype(np.float32)
    frames = np.stack([noisy(shifted(photo, *move), rng) for move in moves])
    points = face_landmarks(frames) - moves[:, None]
    off = np.linalg.norm(points - points.mean(axis=0), axis=2)
    assert np.sqrt((off**2).mean()) < 0.15


@needs_dlib
def test_landmarks_turn_and_scale_with_the_image():
    points = face_landmarks(GRAY[None])[0]
    matrix = cv2.getRotationMatrix2D((223.0, 125.0), 20, 1.5)
    turned = face_landmarks(cv2.warpAffine(GRAY, matrix, (512, 512))[None])[0]
    expected = points @ matrix[:, :2].T + matrix[:, 2]
    assert np.linalg.norm(turned - expected, axis=1).mean() < 0.01 * 1.5 * 93


@needs_dlib
def test_a_frame_follows_from_the_one_before(detections):
    frames = np.stack([shifted(GRAY, 3 * t, t) for t in range(12)])
    assert np.isfinite(face_landmarks(frames)).all()
    assert len(detections) == 1


@needs_dlib
def test_a_lost_face_is_looked_for_again(detections):
    there = np.roll(GRAY, (90, 180), axis=(0, 1))
    points = face_landmarks(np.stack([GRAY, GRAY, there, there]))
    assert points[2] - points[0] == pytest.approx(np.full((68, 2), [180, 90]), abs=2)
    assert len(detections) == 2


@needs_dlib
def test_frames_without_a_face_are_nan(detections):
    points = face_landmarks(mixed("-ff--f"))
    missing = np.isnan(points).all(axis=(1, 2))
    assert missing.tolist() == [True, False, False, True, True, False]
    assert np.isfinite(points[~missing]).all()
    assert len(detections) == 5


@needs_dlib
def test_on_missing_raise_names_the_frames():
    with pytest.raises(ValueError, match=r"no face in 4 of 7 frames: 0, 3\.\.4, 6\."):
        FaceLandmarks().transform([Clip(mixed("-ff--f-"))])


@needs_dlib
def test_on_missing_interpolate():
    moved = np.roll(GRAY, 40, axis=1)
    frames = np.concatenate([mixed("-f-"), moved[None], mixed("-")])
    clip = FaceLandmarks(on_missing="interpolate").transform([Clip(frames)])[0]
    found = clip.landmarks
    assert np.array_equal(clip.frames, frames)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[4], found[3])
    assert found[2] == pytest.approx((found[1] + found[3]) / 2)
    assert found[3, :, 0] - found[1, :, 0] == pytest.approx(np.full(68, 40.0), abs=2)


@needs_dlib
def test_on_missing_drop():
    clip = Clip(mixed("-ff--f"), onset=1, apex=5, fps=100)
    short = FaceLandmarks(on_missing="drop").transform([clip])[0]
    assert short.frames.dtype == np.uint8
    assert (short.frames == GRAY).all()
    assert np.isfinite(short.landmarks).all()
    assert short.landmarks.shape == (3, 68, 2)
    assert (short.onset, short.apex, short.fps) == (0, 2, 50)


@needs_dlib
@pytest.mark.parametrize("policy", ["raise", "interpolate", "drop"])
def test_a_clip_without_any_face_is_an_error(policy):
    with pytest.raises(ValueError, match="no face in any of the 2 frames"):
        FaceLandmarks(on_missing=policy).transform([Clip(mixed("--"))])


@needs_dlib
def test_float_and_rgb_frames_give_the_landmarks_of_gray_bytes():
    gray = face_landmarks(GRAY[None])
    assert np.array_equal(face_landmarks(GRAY[None].astype(np.float32)), gray)
    assert face_landmarks(astronaut()[None]) == pytest.approx(gray, abs=0.5)


@needs_dlib
def test_the_stage_keeps_nothing_and_can_be_sent_to_another_process():
    stage = FaceLandmarks(on_missing="drop")
    clips = [Clip(GRAY[None]), Clip(np.roll(GRAY, 100, axis=1)[None])]
    first = [clip.landmarks for clip in stage.transform(clips)]
    sent = pickle.dumps(stage)
    assert len(sent) < 1000
    for other in (stage, pickle.loads(sent), clone(stage)):
        again = [clip.landmarks for clip in other.transform(clips[::-1])][::-1]
        assert np.array_equal(first, again)


@needs_dlib
def test_threads_give_the_same_landmarks():
    clips = [Clip(np.roll(GRAY, 20 * k, axis=1)[None]) for k in range(4)]
    alone = FaceLandmarks().transform(clips)
    threads = ClipPipeline([FaceLandmarks()], n_jobs=2).transform(clips)
    for one, other in zip(alone, threads, strict=True):
        assert np.array_equal(one.landmarks, other.landmarks)


@needs_dlib
def test_threads_do_not_mix_up_boxes():
    images = [np.roll(GRAY, 20 * k, axis=1) for k in range(8)] * 4
    alone = [detect_faces(image) for image in images]
    with ThreadPoolExecutor(2) as pool:
        threads = list(pool.map(detect_faces, images))
    assert all(map(np.array_equal, alone, threads))


@needs_dlib
def test_with_the_cascade_the_landmarks_are_the_same_within_a_pixel():
    points = face_landmarks(GRAY[None], detector="cascade")
    off = np.linalg.norm(points - face_landmarks(GRAY[None]), axis=2)
    assert off.mean() < 1


@needs_dlib
@pytest.mark.parametrize("video", VIDEOS)
def test_every_frame_of_real_footage_gets_landmarks(footage, detections, video):
    frames = read_gray(footage / video, n_frames=150)
    points = face_landmarks(frames)
    assert np.isfinite(points).all()
    # A hand passes over the face in the long one.
    assert len(detections) <= (30 if "Wolfgang" in video else 1)
    step = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1)
    width = np.ptp(points[0, :, 0])
    assert step.max() < 0.1 * width


@needs_dlib
@pytest.mark.parametrize("video", VIDEOS)
def test_both_detectors_agree_on_real_footage(footage, video):
    frames = read_gray(footage / video, n_frames=75)
    pair = np.stack([steady_box(frames, detector=d) for d in ("cascade", "dlib")])
    start, end = pair[:, :2].max(axis=0), (pair[:, :2] + pair[:, 2:]).min(axis=0)
    common = np.prod(end - start)
    assert common / (pair[:, 2:].prod(axis=1).sum() - common) > 0.6
