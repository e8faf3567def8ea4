"""Clips from the paths that a command is given."""

import os
from pathlib import Path

from mefeat.cli._options import CommandError, say

_NAMED = 20  # files that are passed over and named in a message
_JUNK = ("Thumbs.db", "desktop.ini")


def find_clips(paths, landmarks=None):
    """List the clips that paths stand for.

    Notes
    -----
    Links are followed, and what is reached on two ways within a folder counts once. A
    line on stderr names the files in folders that are no clips.
    """
    clips, roots, passed_over = [], [], []
    for path in paths:
        check_exists(path)
        found = _found(path, set(), passed_over)
        if not found:
            raise CommandError(f"{path} holds neither videos nor frame images.")
        clips += found
        roots += [path] * len(found)
    if passed_over:
        names = ", ".join(map(str, passed_over[:_NAMED]))
        more = len(passed_over) - _NAMED
        more = f" and {more} more" if more > 0 else ""
        say(f"passed over, neither videos nor frames: {names}{more}")
    if landmarks is None:
        return clips
    if landmarks.is_file():
        if len(clips) > 1:
            raise CommandError(
                f"{landmarks} is one file of landmarks for {len(clips)} clips: give a "
                "folder with a file for each."
            )
        return [_with_landmarks(clips[0], landmarks)]
    return _each_with_landmarks(clips, roots, landmarks)


def _with_landmarks(clip, path):
    from dataclasses import replace

    return replace(clip, landmarks=path)


def _each_with_landmarks(clips, roots, folder):
    """Give each clip its own file of landmarks, laid out as the footage or flat."""
    taken, given = {}, []
    for clip, root in zip(clips, roots, strict=True):
        path = _place(clip)
        file = _landmarks_of(path, root, folder)
        if file.is_file() and taken.setdefault(file, path) != path:
            raise CommandError(
                f"{file} would give its landmarks to both {taken[file]} and {path}: "
                f"lay {folder} out as the footage is, with a file of its own for each "
                "clip, such as sub01/EP01.npy."
            )
        given.append(_with_landmarks(clip, file))
    return given


def _landmarks_of(clip, root, folder):
    """Find the file at the clip's place below the folder, or by the clip's name."""
    name = Path(clip.stem if clip.is_file() else clip.name)
    given = clip == root
    if given:
        place = Path(clip.parent.name, name)
    else:
        place = clip.relative_to(root).with_name(name.name)
    suffixes = (".npy", ".npz", ".csv")
    files = [folder / f"{p}{suffix}" for p in (place, name) for suffix in suffixes]
    # The clip fails alone when it is read, with the name of the file that is missing.
    missing = files[len(suffixes)] if given else files[0]
    return next((file for file in files if file.is_file()), missing)


def check_exists(path):
    """Refuse a path that leads nowhere."""
    try:
        os.stat(path)
    except FileNotFoundError:
        raise CommandError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"{path} cannot be opened ({reason}).") from None


def _found(path, seen, passed_over):
    """List the clips in a file, a folder of frames, or a folder of such, in order."""
    from mefeat.video import ReadError, clip_file, video_info
    from mefeat.video._images import VIDEOS, is_image, list_frames

    # What two links lead to is one clip, and a folder may hold itself.
    place = os.path.realpath(path)
    if place in seen:
        return []
    seen.add(place)
    try:
        if not os.path.isdir(path):
            if is_image(path.name) and video_info(path):
                raise CommandError(_one_frame(path))
            return [clip_file(path)]
        inside = [p for p in path.iterdir() if not p.name.startswith((".", "~$"))]
        # Links come last, so that a clip is called by its own name.
        inside.sort(key=lambda p: (p.is_symlink(), p))
        # Images beside videos are their posters, not frames.
        if not any(p.suffix.lower() in VIDEOS for p in inside):
            frames = list_frames(path)
            if len(frames) == 1:
                raise CommandError(_one_frame(path))
            if frames:
                others = set(inside).difference(frames)
                passed_over += sorted(p for p in others if p.name not in _JUNK)
                return [clip_file(path)]
    except (ReadError, OSError) as error:
        raise CommandError(error) from None
    clips = []
    for p in inside:
        if os.path.isdir(p) or p.suffix.lower() in VIDEOS:
            clips += _found(p, seen, passed_over)
        elif p.name not in _JUNK:
            passed_over.append(p)
    return clips


def _one_frame(path):
    return f"{path} is a single frame: a clip has at least two."


def footage_info(path, fps=None):
    """Look at what one path holds: how much of it there is, and how fast it runs."""
    from mefeat.video import ReadError, video_info

    check_exists(path)
    try:
        info = video_info(path)
    except ReadError as error:
        raise CommandError(error) from None
    if info.n_frames == 1:
        raise CommandError(_one_frame(path))
    if fps is not None and not 0 < fps < float("inf"):
        raise CommandError(f"--fps must be positive and finite, got {fps:g}.")
    info = info._replace(fps=info.fps if fps is None else fps)
    if not info.fps:
        raise CommandError(f"{path} does not tell its frames per second: give --fps.")
    return info


def shown(clip):
    """Get the path by which a clip is called in tables and messages."""
    return os.fsencode(_place(clip)).decode("utf-8", "backslashreplace")


def _place(clip):
    return clip.path if isinstance(clip.path, Path) else clip.path[0].parent
