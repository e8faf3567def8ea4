"""The command `mefeat describe`: from footage to a table."""

import os
import shlex
import sys
from itertools import takewhile

from mefeat.cli._footage import find_clips, shown
from mefeat.cli._options import (
    CommandError,
    add_options,
    add_videos,
    check_cache,
    check_output,
    check_places,
    crop_of,
    find_method,
    outputs_of,
    parse_changes,
    reason,
    say,
    set_on_missing,
)

# A macro-expression lasts up to 4 s; what is much longer holds several things.
_LONG = 10.0
_LONG_WITHOUT_FPS = 2000  # frames: 10 s of the fastest databases


def add_command(commands):
    """Add the command to the parser."""
    describe = commands.add_parser(
        "describe",
        help="turn videos into rows of numbers",
        description="Find the face in each video, align it, crop it, and describe it "
        "by one row of numbers. Each video is a clip of one expression; `mefeat spot` "
        "finds expressions in long videos.",
    )
    describe.set_defaults(run=_describe)
    add_videos(describe)
    text = "table to write: .csv, .npz or .parquet"
    add_options(describe, "--output", required=True, help=text)
    add_options(describe, "--method", "--set", "--landmarks", "--no-crop")
    add_options(describe, "--on-missing", "--n-jobs", "--memory", "--quiet", "--debug")


def _describe(arguments):
    from tqdm import tqdm

    from mefeat._environment import printable
    from mefeat.base._parallel import processes, progress_bar

    method = _method(arguments.method)
    _check_table(arguments.output)
    clips = find_clips(arguments.paths, arguments.landmarks)
    check_places({"--output": arguments.output}, clips)
    pipeline = _pipeline(method, arguments)
    _check_lengths(clips, pipeline)
    rows, names, failed = [], [], 0
    progress = progress_bar(
        clips, total=len(clips), unit="clip", shown=not arguments.quiet
    )
    with processes(arguments.n_jobs):
        results = pipeline.stream(clips, on_error="return")
        for clip, result in zip(progress, results, strict=True):
            name = shown(clip)
            progress.set_description(printable(name), refresh=False)
            if isinstance(result, Exception):
                failed += 1
                text = reason(result)
                text = text if printable(name) in text else f"{name}: {text}"
                tqdm.write(f"mefeat: {printable(text)}", file=sys.stderr)
            else:
                rows.append(result)
                names.append(name)
    if rows:
        with outputs_of(arguments):
            _write(arguments.output, names, rows, pipeline.get_feature_names_out())
    if failed:
        done = f"{len(rows)} of {len(clips)} clips described"
        say(f"{done}, {failed} failed")
    return 1 if failed else 0


def _check_lengths(clips, pipeline):
    """Say before the work what the command makes of long videos."""
    from mefeat.video import ReadError, video_info

    for clip in clips:
        try:
            n_frames, size, fps = video_info(clip)
        except ReadError:  # told when it is read, and the others are described
            continue
        if n_frames is None:
            continue
        seconds = n_frames / fps if fps else None
        long = n_frames > _LONG_WITHOUT_FPS if seconds is None else seconds > _LONG
        if not long:
            continue
        name = shown(clip)
        lasts = "" if seconds is None else f", {seconds:.0f} s,"
        n_bytes = n_frames * _bytes_of_frame(pipeline, size)
        text = (
            f"{name} has {n_frames} frames{lasts} and would be one row, as if it were "
            f"one expression (memory for its frames: {n_bytes / 2**20:,.0f} MiB). To "
            f"find expressions in it: mefeat spot {shlex.quote(name)} -o found.csv"
        )
        if n_bytes > _memory():
            raise CommandError(f"{text}. Here are {_memory() / 2**20:,.0f} MiB.")
        say(text)


def _bytes_of_frame(pipeline, size):
    """Say what a frame takes in memory: as it was read, or as it is cropped."""
    from mefeat.base._steps import checked_size

    reader, *steps = pipeline.named_steps.values()
    n_bytes = 1
    for step in takewhile(lambda step: getattr(step, "by_frame", False), steps):
        if hasattr(step, "size"):
            try:
                size, n_bytes = checked_size(step.size), 4  # float32
            except (TypeError, ValueError) as error:
                raise CommandError(error) from None
    n_channels = 3 if getattr(reader, "color", False) else 1
    return size[0] * size[1] * n_channels * n_bytes


def _memory():
    """Get the bytes of memory of this machine, or infinity where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _method(name):
    method = find_method(name)
    if method.learns:
        raise CommandError(
            f"{name} learns from clips, so it cannot describe them one by one: fit its "
            "pipeline of mefeat.methods in Python, or `mefeat train` a classifier."
        )
    return method


def _pipeline(method, arguments):
    memory = check_cache(arguments.memory)
    changes = parse_changes(arguments.set)
    try:
        pipeline = method.pipeline(
            crop=crop_of(method, arguments),
            memory=memory,
            **changes,
        )
        pipeline.check()
    except (TypeError, ValueError, AttributeError) as error:
        raise CommandError(error) from None
    set_on_missing(pipeline, arguments)
    return pipeline


def _check_table(path):
    check_output(path, WRITERS)
    if path.suffix.lower() == ".parquet":
        from importlib.util import find_spec

        if not (find_spec("pyarrow") or find_spec("fastparquet")):
            raise CommandError("writing .parquet needs the package pyarrow.")


def _write(path, clips, rows, names):
    import numpy as np

    WRITERS[path.suffix.lower()](path, clips, np.stack(rows), names)


def _write_csv(path, clips, rows, names):
    from mefeat.base._files import write_table

    write_table(path, _table(clips, rows, names))


def _write_npz(path, clips, rows, names):
    import numpy as np

    from mefeat.base._files import whole_file

    # A name that ends in .NPZ would get another .npz from numpy.
    with whole_file(path) as part, open(part, "wb") as file:
        np.savez_compressed(
            file, clips=np.array(clips), features=rows, names=names.astype(str)
        )


def _write_parquet(path, clips, rows, names):
    from mefeat.base._files import whole_file

    # Names that are no UTF-8 cannot be held.
    clips = [clip.encode(errors="backslashreplace").decode() for clip in clips]
    with whole_file(path) as part:
        _table(clips, rows, names).to_parquet(part, index=False)


def _table(clips, rows, names):
    import pandas as pd

    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "clip", clips)
    return table


WRITERS = {".csv": _write_csv, ".npz": _write_npz, ".parquet": _write_parquet}
