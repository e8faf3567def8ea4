"""Known answers of micro-movement: `python -m benchmarks.overlay`."""

import argparse
import sys
import time

import cv2
import numpy as np
import pandas as pd
from scipy.ndimage import map_coordinates, spline_filter

from benchmarks.hidden import hidden_table
from mefeat.base import one_thread
from mefeat.datasets import make_clips
from mefeat.datasets.faces import ASTRONAUT
from mefeat.faces import face_landmarks
from mefeat.kernels.sampling import affine_inverse
from mefeat.overlay import canonical_mesh, disc, movement_stream
from mefeat.overlay.movement import softened

SIZE = 360
# The portrait is enlarged twice; its face is then 180 pixels wide.
_TO_FRAME = np.array([[2.0, 0.0, -270.0], [0.0, 2.0, -110.0]])
FPS = 30


def head_poses(n_frames, *, motion=1.0):
    """Draw a head that wanders, turns in the plane and comes nearer.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    motion : float, default=1.0
        1 is up to 12 pixels, 6 degrees and 6 percent.

    Returns
    -------
    ndarray of shape (n_frames, 2, 3)
        Maps of points of the first frame to points of each frame.
    """
    t = np.arange(n_frames) / FPS
    turn = np.radians(6) * motion * np.sin(3 * t)
    size = 1 + 0.06 * motion * np.sin(2 * t)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = np.moveaxis(size * linear, -1, 0)
    middle = np.full(2, SIZE / 2)
    shift = 12 * motion * np.stack([np.sin(3 * t), np.sin(2 * t)], axis=1)
    shift = shift + middle - linear @ middle
    return np.concatenate([linear, shift[..., None]], axis=2)


def moving_face(n_frames=31, *, amplitude=0.0, noise=0.0, motion=1.0, seed=0):
    """Move the portrait of an astronaut, and pull at a corner of its mouth.

    Parameters
    ----------
    n_frames : int, default=31
        Number of frames.
    amplitude : float, default=0.0
        How far the corner of the mouth goes in the last frame, pixels.
    noise : float, default=0.0
        Standard deviation of the noise of each frame, gray levels.
    motion : float, default=1.0
        How far the head goes.
    seed : int, default=0
        Seed of the noise.

    Returns
    -------
    frames : ndarray of shape (n_frames, 360, 360), uint8
        Frames.
    landmarks : ndarray of shape (n_frames, 68, 2)
        Their points, pixels.
    field : callable
        `field(points)` gives how far skin points of the first frame have gone in the
        last one, the head apart.
    poses : ndarray of shape (n_frames, 2, 3)
        Motion of the head.
    """
    from skimage.data import astronaut

    photo = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY).astype(np.float32)
    still = ASTRONAUT @ _TO_FRAME[:, :2].T + _TO_FRAME[:, 2]
    poses, rng = head_poses(n_frames, motion=motion), np.random.default_rng(seed)
    pull = amplitude * np.array([-0.8, -0.6])
    center, reach = still[48] + [-6, -4], 11.0

    def backward(points):
        square = ((points - center) ** 2).sum(axis=-1, keepdims=True)
        return np.exp(-square / (2 * reach**2)) * pull

    def forward(points, share=1.0):
        moved = points
        for _ in range(30):
            moved = points + share * backward(moved)
        return moved - points

    photo = spline_filter(photo)
    pixels = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)
    frames, landmarks = [], []
    for pose, share in zip(poses, np.linspace(0, 1, n_frames), strict=True):
        back = affine_inverse(pose)
        rest = pixels @ back[:, :2].T + back[:, 2]
        to_photo = affine_inverse(_TO_FRAME)
        source = (rest - share * backward(rest)) @ to_photo[:, :2].T + to_photo[:, 2]
        frame = _cubic(photo, source) + noise * rng.standard_normal((SIZE, SIZE))
        frames.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
        moved = still + forward(still, share)
        landmarks.append(moved @ pose[:, :2].T + pose[:, 2])
    return np.stack(frames), np.stack(landmarks), forward, poses


def _cubic(photo, points):
    """Sample a filtered picture smoothly, without OpenCV's steps of 1/32 pixel."""
    return map_coordinates(
        photo, [points[..., 1], points[..., 0]], order=3, mode="nearest"
    )


def errors(method, frames, landmarks, field, poses, **settings):
    """Compare the vectors of the last frame with what the skin has done.

    Parameters
    ----------
    method : str
        Method of the movement.
    frames, landmarks, field, poses : object
        As `moving_face` gives them.
    **settings
        Of `movement_stream`.

    Returns
    -------
    dict
        Mean length of vectors where nothing moves and mean error everywhere, pixels;
        where the skin moves at least half as far as it does anywhere, the mean angular
        error in degrees and the ratio of mean lengths; the share of points with an
        error below a quarter of a pixel; milliseconds of one core a frame.
    """
    list(movement_stream(frames[:2], landmarks[:2], FPS, method=method))  # compiles
    start = time.process_time()  # of this process alone, on a machine with others
    last = list(
        movement_stream(frames, landmarks, FPS, method=method, step=8, **settings)
    )[-1]
    seconds = time.process_time() - start
    mesh = canonical_mesh()
    skin = mesh.backward_points(landmarks[0], last.grid.points.astype(float))
    truth = field(skin) @ poses[-1][:, :2].T
    found = last.heads - last.tails
    far, length = np.hypot(*truth.T), np.hypot(*found.T)
    moving = far > max(0.5 * far.max(), 1e-9)
    cosine = (truth * found).sum(axis=1) / np.maximum(far * length, 1e-9)
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    error = np.hypot(*(found - truth).T)
    some = moving.any()
    return {
        "still": length[far < 0.02].mean(),
        "error": error.mean(),
        "angle": angles[moving].mean() if some else np.nan,
        "length": length[moving].mean() / far[moving].mean() if some else np.nan,
        "tracked": (error < 0.25).mean(),
        "ms": 1e3 * seconds / len(frames),
    }


def rigid_table(quick):
    """Move a still photograph: all vectors should be 0.

    Parameters
    ----------
    quick : bool
        Whether to use few frames.

    Returns
    -------
    DataFrame
        Mean length of vectors, pixels.
    """
    rows = []
    for noise in (0, 2):
        frames, landmarks, field, poses = moving_face(12 if quick else 31, noise=noise)
        found = face_landmarks(frames)
        for name, points in (("exact", landmarks), ("found", found)):
            for method in ("lk", "dis", "disc"):
                row = errors(method, frames, points, field, poses)
                rows.append(
                    {
                        "noise": noise,
                        "landmarks": name,
                        "method": method,
                        "mean vector, px": round(row["still"], 3),
                    }
                )
    return pd.DataFrame(rows)


def warp_table(quick):
    """Pull at a corner of the mouth under head motion.

    Parameters
    ----------
    quick : bool
        Whether to use few frames and methods.

    Returns
    -------
    DataFrame
        Errors of methods.
    """
    rows = []
    methods = ("lk", "disc", "tvl1") if quick else ("lk", "disc", "dis", "tvl1")
    for amplitude in (2.0,) if quick else (0.5, 1.0, 2.0):
        made = moving_face(12 if quick else 31, amplitude=amplitude, noise=2)
        for method in methods:
            rows.append({"amplitude": amplitude, "method": method})
            rows[-1] |= {k: round(v, 3) for k, v in errors(method, *made).items()}
        row = errors("lk", *made, follow="landmarks")
        rows.append({"amplitude": amplitude, "method": "lk, follow='landmarks'"})
        rows[-1] |= {k: round(v, 3) for k, v in row.items()}
    return pd.DataFrame(rows)


def clips_table(quick):
    """Compare choices on generated clips, from onset to apex, head motion on.

    Parameters
    ----------
    quick : bool
        Whether to use few clips.

    Returns
    -------
    DataFrame
        Errors of the vectors at the apex.
    """
    bunch = make_clips(
        *((2, 1) if quick else (4, 2)),
        ["happiness", "surprise"],
        amplitude=1.0,
        fps=50,
        blinks=False,
        random_state=7,
    )
    found = [face_landmarks(clip.frames) for clip in bunch.clips]
    rows = []
    for name in ("exact", "found"):
        for settings in (
            {},
            {"steady": False},
            {"smoothing": "none"},
            {"smoothing": "one_euro"},
            {"follow": "landmarks"},
        ):
            parts = []
            for i, clip in enumerate(bunch.clips):
                points = clip.landmarks if name == "exact" else found[i]
                parts.append(_at_apex(clip, points, bunch.flow, i, settings))
            mean = np.mean(parts, axis=0)
            what = ", ".join(f"{k}={v!r}" for k, v in settings.items()) or "as it is"
            rows.append({"landmarks": name, "settings": what})
            keys = ("error", "angle", "length")
            rows[-1] |= {k: round(v, 3) for k, v in zip(keys, mean, strict=True)}
    return pd.DataFrame(rows)


def _at_apex(clip, points, flows, i, settings):
    """Error, angle and ratio of lengths at the apex, the true head taken out."""
    scene = flows._takes[i][0]
    onset, apex = clip.onset, clip.apex
    moves = list(
        movement_stream(
            clip.frames[onset:], points[onset:], clip.fps, step=8, **settings
        )
    )
    last, mesh = moves[apex - onset], canonical_mesh()
    skin = mesh.backward_points(moves[0].source, last.grid.points.astype(float))
    inside = ((skin >= 0) & (skin <= np.array(clip.frames.shape[:0:-1]) - 1)).all(
        axis=1
    )
    skin = skin[inside]
    flow = np.moveaxis(flows[i], 0, -1)
    moved = skin + cv2.remap(flow, *np.float32(skin.T)[..., None], 1)[:, 0]
    back = affine_inverse(scene.poses[onset])
    rest = skin @ back[:, :2].T + back[:, 2]
    pose = scene.poses[apex]
    truth = moved - (rest @ pose[:, :2].T + pose[:, 2])
    found = (last.heads - last.tails)[inside]
    far, length = np.hypot(*truth.T), np.hypot(*found.T)
    moving = far > 0.5 * far.max()
    cosine = (truth * found).sum(axis=1) / np.maximum(far * length, 1e-9)
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    error = np.hypot(*(found - truth).T).mean()
    return error, angles[moving].mean(), length[moving].mean() / far[moving].mean()


def maps_table(quick):
    """Measure the maps of the canonical face, and points that go there and back.

    Parameters
    ----------
    quick : bool
        Ignored.

    Returns
    -------
    DataFrame
        Milliseconds and pixels.
    """
    mesh = canonical_mesh()
    points = ASTRONAUT @ _TO_FRAME[:, :2].T + _TO_FRAME[:, 2]
    inside = np.argwhere(mesh.skin)[::7, ::-1].astype(float)
    back = mesh.forward(points, mesh.backward_points(points, inside))
    return pd.DataFrame(
        [
            {
                "frame to canvas, ms": round(_best(lambda: mesh.backward(points)), 2),
                "canvas to frame, ms": round(
                    _best(lambda: mesh.forward_map(points, (SIZE, 640))), 2
                ),
                "there and back, px": f"{np.abs(back - inside).max():.1e}",
            }
        ]
    )


def disc_table(quick):
    """Time DISC against OpenCV's matchTemplate, point by point.

    Parameters
    ----------
    quick : bool
        Whether to repeat less.

    Returns
    -------
    DataFrame
        Milliseconds for 576 points of 21x21 pixels.
    """
    picture = softened(moving_face(2)[0][0][40:296, 60:316])
    places = np.arange(32, 224, 8)
    rows = []
    for reach in (4, 6, 8):

        def theirs(reach=reach):
            for y in places:
                for x in places:
                    far = 10 + reach
                    part = picture[y - far : y + far + 1, x - far : x + far + 1]
                    own = picture[y - 10 : y + 11, x - 10 : x + 11]
                    score = cv2.matchTemplate(part, own, cv2.TM_CCOEFF_NORMED)
                    cv2.minMaxLoc(score)

        def ours(reach=reach):
            disc(picture, picture, places, places, reach=reach)

        times = [[], []]
        for _ in range(2 if quick else 10):
            for job, found in zip((ours, theirs), times, strict=True):
                found.append(_best(job, 1))
        a, b = map(min, times)
        rows.append({"reach": reach, "ours": round(a, 1), "OpenCV": round(b, 1)})
        rows[-1]["ratio"] = round(b / a, 2)
    return pd.DataFrame(rows)


def _best(job, repeats=10):
    job()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


TABLES = {
    "maps": maps_table,
    "rigid": rigid_table,
    "warp": warp_table,
    "clips": clips_table,
    "disc": disc_table,
    "hidden": hidden_table,
}


def main(argv=None):
    """Print the tables.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overlay")
    parser.add_argument("names", nargs="*", help=f"among {', '.join(TABLES)}")
    parser.add_argument("--quick", action="store_true", help="little of everything")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.names) - set(TABLES)
    if unknown:
        parser.error(f"no table {sorted(unknown)}; there are {list(TABLES)}")
    for name in arguments.names or TABLES:
        with one_thread():
            table = TABLES[name](arguments.quick)
        print(f"\n{TABLES[name].__doc__.splitlines()[0]} ({name})")
        print(table.to_string(index=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
