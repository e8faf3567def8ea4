"""Listing a database, and reading the images of one clip."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from benchmarks.speed.timing import best, moving_texture, row
from mefeat import ClipFile
from mefeat.datasets import load_casme2
from mefeat.video import read_clip


def dataset_rows(quick):
    """Time the listing of a made database, and the reading of a clip of images.

    Parameters
    ----------
    quick : bool
        Whether to use few clips.

    Returns
    -------
    list of dict
        Rows.
    """
    with tempfile.TemporaryDirectory() as folder:
        rows = _listing_rows(Path(folder), *((40, 20) if quick else (860, 80)))
    with tempfile.TemporaryDirectory() as folder:
        return rows + _reading_rows(Path(folder), 20 if quick else 80)


def _listing_rows(root, n_clips, n_frames):
    """List clips of empty files, since no image may be opened."""
    lines = ["Subject,Filename,OnsetFrame,ApexFrame,OffsetFrame,Estimated Emotion"]
    for i in range(n_clips):
        subject, clip = f"sub{i % 26 + 1:02d}", f"EP{i:03d}"
        place = root / "CASME2_RAW_selected" / subject / clip
        place.mkdir(parents=True)
        for t in range(1, n_frames + 1):
            (place / f"img{t}.jpg").touch()
        emotion = ("happiness", "disgust")[i % 2]
        lines.append(f"{i % 26 + 1},{clip},1,{n_frames // 2},{n_frames},{emotion}")
    (root / "CASME2-coding-2014.csv").write_text("\n".join(lines))
    assert len(load_casme2(root).clips) == n_clips
    (seconds,) = best(lambda: load_casme2(root), repeats=3)
    job = f"list {n_clips} clips of {n_frames} files"
    return [row(job, seconds, "limit", 5.0, 1, higher=False)]


def _reading_rows(folder, n_frames):
    paths = []
    for t, frame in enumerate(moving_texture(n_frames, (480, 640))):
        paths.append(folder / f"img{t}.jpg")
        cv2.imwrite(str(paths[-1]), cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    clip = ClipFile(paths)

    def alone():
        images = (cv2.imread(str(path)) for path in paths)
        return np.stack([cv2.cvtColor(p, cv2.COLOR_BGR2GRAY) for p in images])

    assert np.array_equal(alone(), read_clip(clip).frames)
    theirs, ours = best(alone, lambda: read_clip(clip))
    job = f"read {n_frames} JPEG of 640x480 as gray"
    return [row(job, ours, "OpenCV alone", theirs, 1.1, higher=False)]
