"""The command `mefeat describe`: from footage to a table."""

import ast
import os
import sys
from pathlib import Path

from mefeat.cli.errors import CommandError

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")


def add_command(commands):
    """Add the command to the parser.

    Parameters
    ----------
    commands : object
        What `ArgumentParser.add_subparsers` gives.
    """
    describe = commands.add_parser(
        "describe",
        help="turn videos into rows of numbers",
        description="Find the face in each video, align it, crop it, and describe it "
        "by one row of numbers.",
    )
    describe.set_defaults(run=_describe)
    describe.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="VIDEO_OR_FOLDER",
        help="a video, a folder of frame images (one clip), or a folder of such",
    )
    describe.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help="table to write: .csv, .npz or .parquet",
    )
    describe.add_argument(
        "--method",
        default="lbp-top",
        metavar="NAME",
        help="one of `mefeat methods` (default: %(default)s)",
    )
    describe.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STEP__NAME=VALUE",
        help="change a parameter, for example lbptop__grid=(5,5)",
    )
    describe.add_argument(
        "--landmarks",
        type=Path,
        metavar="FILE_OR_FOLDER",
        help="your own landmarks, .npy, .npz or .csv; or a folder of files that are "
        "named like the videos",
    )
    describe.add_argument(
        "--no-crop",
        action="store_true",
        help="the frames are cropped faces already",
    )
    describe.add_argument(
        "--n-jobs", type=int, default=1, metavar="N", help="processes (default: 1)"
    )
    describe.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="keep finished rows there, so that an interrupted run can go on",
    )
    describe.add_argument("--quiet", action="store_true", help="no progress")


def _describe(arguments):
    import joblib
    from tqdm import tqdm

    method = _method(arguments.method)
    _check_output(arguments.output)
    clips = _clips(arguments.paths, arguments.landmarks)
    pipeline = _pipeline(method, arguments)
    rows, names, failed = [], [], 0
    progress = tqdm(clips, unit="clip", disable=arguments.quiet)
    with joblib.parallel_config(backend="loky", n_jobs=arguments.n_jobs):
        results = pipeline.stream(clips, on_error="return")
        for clip, result in zip(progress, results, strict=True):
            name = _shown(clip)
            progress.set_postfix_str(name)
            if isinstance(result, Exception):
                failed += 1
                text = str(result) or type(result).__name__
                text = text if name in text else f"{name}: {text}"
                tqdm.write(f"mefeat: {text}", file=sys.stderr)
            else:
                rows.append(result)
                names.append(name)
    if rows:
        _write(arguments.output, names, rows, pipeline.get_feature_names_out())
    if failed:
        done = f"{len(rows)} of {len(clips)} clips described"
        print(f"mefeat: {done}, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


def _method(name):
    from mefeat.methods import METHODS

    if name not in METHODS:
        raise CommandError(
            f"there is no method {name!r}; there are {', '.join(METHODS)}."
        )
    if METHODS[name].learns:
        raise CommandError(
            f"{name} learns from clips, so it cannot describe them one by one: fit its "
            "pipeline of mefeat.methods in Python."
        )
    return METHODS[name]


def _pipeline(method, arguments):
    crop = not arguments.no_crop
    if crop and arguments.landmarks is None:
        crop = _crop_without_landmarks(method)
    changes = dict(_change(text) for text in arguments.set)
    memory = None if arguments.cache is None else str(arguments.cache)
    try:
        pipeline = method.pipeline(crop=crop, memory=memory, **changes)
        pipeline.check()
    except (TypeError, ValueError) as error:
        raise CommandError(error) from None
    return pipeline


def _crop_without_landmarks(method):
    """Use the detector's box, and say so, where landmarks cannot be found."""
    from mefeat.faces.models import find_landmark_model, import_dlib

    try:
        import_dlib()
        find_landmark_model()
        return True
    except (ImportError, OSError) as error:
        if "landmarks" in method.needs:
            raise CommandError(error) from None
        print(
            f"mefeat: {error}\nmefeat: going on with the box of a face detector, "
            "without alignment",
            file=sys.stderr,
        )
        return "box"


def _change(text):
    name, found, value = text.partition("=")
    if not found:
        raise CommandError(f"--set takes STEP__NAME=VALUE, got {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def _clips(paths, landmarks):
    clips = []
    for path in paths:
        if not path.exists():
            raise CommandError(f"{path} does not exist.")
        found = _found(path)
        if not found:
            raise CommandError(f"{path} holds neither videos nor frame images.")
        clips += found
    if landmarks is None:
        return clips
    if landmarks.is_file():
        if len(clips) > 1:
            raise CommandError(
                f"{landmarks} is one file of landmarks for {len(clips)} clips: give a "
                "folder with a file for each."
            )
        return [_with_landmarks(clips[0], landmarks)]
    return [_with_landmarks(clip, _landmarks_of(clip, landmarks)) for clip in clips]


def _with_landmarks(clip, path):
    from dataclasses import replace

    return replace(clip, landmarks=path)


def _landmarks_of(clip, folder):
    stem = Path(clip.name).stem
    files = [folder / f"{stem}{suffix}" for suffix in (".npy", ".npz", ".csv")]
    for file in files:
        if file.is_file():
            return file
    # The clip fails alone when it is read, with the name of the file that is missing.
    return files[0]


def _found(path):
    """List the clips in a file, a folder of frames, or a folder of such, in order."""
    from mefeat.video import ReadError, clip_file, list_frames

    if path.is_file():
        return [clip_file(path)]
    inside = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    # Pictures beside videos are their posters, not frames.
    if not any(p.suffix.lower() in VIDEOS for p in inside):
        try:
            if list_frames(path):
                return [clip_file(path)]
        except ReadError as error:
            raise CommandError(error) from None
    inside = [p for p in inside if p.is_dir() or p.suffix.lower() in VIDEOS]
    return [clip for p in inside for clip in _found(p)]


def _shown(clip):
    path = clip.path if isinstance(clip.path, Path) else clip.path[0].parent
    return str(path)


def _check_output(path):
    """Find out before the work whether its result can be written."""
    if path.suffix not in WRITERS:
        raise CommandError(
            f"--output must end in {', '.join(WRITERS)}, got {path.name!r}."
        )
    if path.suffix == ".parquet":
        from importlib.util import find_spec

        if not (find_spec("pyarrow") or find_spec("fastparquet")):
            raise CommandError("writing .parquet needs the package pyarrow.")
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path} cannot be written.")


def _write(path, clips, rows, names):
    import numpy as np

    from mefeat.base import whole_file

    with whole_file(path) as part:
        WRITERS[path.suffix](part, clips, np.stack(rows), names)


def _write_csv(path, clips, rows, names):
    _table(clips, rows, names).to_csv(path, index=False)


def _write_npz(path, clips, rows, names):
    import numpy as np

    np.savez_compressed(
        path, clips=np.array(clips), features=rows, names=names.astype(str)
    )


def _write_parquet(path, clips, rows, names):
    _table(clips, rows, names).to_parquet(path, index=False)


def _table(clips, rows, names):
    import pandas as pd

    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "clip", clips)
    return table


WRITERS = {".csv": _write_csv, ".npz": _write_npz, ".parquet": _write_parquet}
