"""The command `mefeat describe`: from footage to a table."""

import sys
from pathlib import Path

from mefeat.cli.errors import CommandError
from mefeat.cli.footage import find_clips, shown
from mefeat.cli.options import check_output, crop_of, find_method, parse_changes


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
    _check_table(arguments.output)
    clips = find_clips(arguments.paths, arguments.landmarks)
    pipeline = _pipeline(method, arguments)
    rows, names, failed = [], [], 0
    progress = tqdm(clips, unit="clip", disable=arguments.quiet)
    with joblib.parallel_config(backend="loky", n_jobs=arguments.n_jobs):
        results = pipeline.stream(clips, on_error="return")
        for clip, result in zip(progress, results, strict=True):
            name = shown(clip)
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
    method = find_method(name)
    if method.learns:
        raise CommandError(
            f"{name} learns from clips, so it cannot describe them one by one: fit its "
            "pipeline of mefeat.methods in Python, or `mefeat train` a classifier."
        )
    return method


def _pipeline(method, arguments):
    memory = None if arguments.cache is None else str(arguments.cache)
    changes = parse_changes(arguments.set)
    try:
        pipeline = method.pipeline(
            crop=crop_of(method, arguments), memory=memory, **changes
        )
        pipeline.check()
    except (TypeError, ValueError) as error:
        raise CommandError(error) from None
    return pipeline


def _check_table(path):
    check_output(path, WRITERS)
    if path.suffix == ".parquet":
        from importlib.util import find_spec

        if not (find_spec("pyarrow") or find_spec("fastparquet")):
            raise CommandError("writing .parquet needs the package pyarrow.")


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
