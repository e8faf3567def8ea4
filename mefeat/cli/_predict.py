"""The command `mefeat predict`: apply a trained model to videos."""

from pathlib import Path

from mefeat.cli._footage import find_clips, shown
from mefeat.cli._options import (
    CommandError,
    add_options,
    add_videos,
    check_output,
    check_places,
    detector_of,
    head_of,
    line,
    outcome,
    outputs_of,
    reason,
    say,
    set_on_missing,
    unit_values,
)

# Height and width of the face in an image, pixels.
_SIZE = (480, 400)


def image_paths(target, clips):
    """Find out before the work where the image of each clip goes."""
    from mefeat.cli._options import check_output

    if target is None:
        return [None] * len(clips)
    if target.suffix:
        if len(clips) > 1:
            raise CommandError(
                f"--image {target} is one image for {len(clips)} clips: give a folder."
            )
        check_output(target, [".png"], "--image")
        return [target]
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(error) from None
    paths, taken = [], set()
    for clip in clips:
        # Videos in several folders may have one name.
        stem = name = Path(clip.name).stem
        number = 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        paths.append(target / f"{name}.png")
    return paths


def check_images(model, arguments):
    """Find out before the work whether units can be drawn."""
    from mefeat.cli._options import check_matplotlib, has_landmark_model

    if detector_of(model) is None:
        raise CommandError(
            f"{arguments.model} finds no action units, so there is nothing for "
            "--image: `mefeat train` with --units makes a model that does."
        )
    check_matplotlib("--image")
    if arguments.landmarks is None:
        has_landmark_model(needed=True)


def with_landmarks(model, clip):
    """Read a clip as the model does, and find its landmarks, once for all."""
    from mefeat.base import ClipPipeline
    from mefeat.faces import FaceLandmarks
    from mefeat.video import Read

    head = head_of(model)
    steps = [] if head is None else list(head.named_steps.values())
    chosen = []
    for kind in (Read, FaceLandmarks):
        chosen.append(next((s for s in steps if isinstance(s, kind)), kind()))
    return ClipPipeline(chosen).transform([clip])[0]


def draw_units(clip, row, path, name):
    """Draw the areas of the units that were found on the apex frame of the face."""
    import matplotlib

    from mefeat.base._files import whole_file
    from mefeat.facs import UNIT_AREAS
    from mefeat.plot import show_units

    matplotlib.use("Agg")
    frame = _apex(clip)
    values = unit_values(row)
    drawn = [number for number in values if number in UNIT_AREAS]
    if len(drawn) < len(values):
        lost = sorted(values.keys() - set(drawn))
        say(f"{name}: {lost} act nowhere that is known")
    emotion = [str(row["label"])] if "label" in row else []
    title = ", ".join([*emotion, f"objective class {row['objective class']}"])
    figure = show_units(
        _face(clip, frame), drawn, 0, values=values, title=f"{title}, frame {frame}"
    )
    with whole_file(path) as part:
        figure.savefig(part, dpi=120, format="png")
    matplotlib.pyplot.close(figure)


def _apex(clip):
    """Get the apex, or find it on the aligned face."""
    from mefeat.base import ClipPipeline
    from mefeat.faces import Align, CropFace
    from mefeat.spotting import ApexFinder

    if clip.apex is not None:
        return clip.apex
    steps = [Align(), CropFace(), ApexFinder()]
    return ClipPipeline(steps).transform([clip])[0].apex


def _face(clip, frame):
    """Cut out the face of one frame, with room around it."""
    from mefeat.faces import CropFace

    return CropFace(_SIZE, margin=0.15).apply(clip.at([frame]))


def add_command(commands):
    """Add the command to the parser."""
    predict = commands.add_parser(
        "predict",
        help="name the expression in videos by a trained model",
        description="Name the expression in each video by a model of `mefeat train`, "
        "or its action units and the emotion they stand for. Each video is taken as "
        "one expression: cut longer footage before.",
    )
    predict.set_defaults(run=_predict)
    predict.add_argument("model", type=Path, metavar="MODEL", help="file of a model")
    add_videos(predict)
    add_options(predict, "--output", help="table to write, .csv")
    predict.add_argument(
        "--image",
        type=Path,
        metavar="FILE_OR_FOLDER",
        help="of a model of action units: draw where the units act on the face, in a "
        "image .png for one clip, or a folder of such",
    )
    add_options(predict, "--landmarks", "--on-missing")
    add_options(predict, "--quiet", help="no line on the model")
    add_options(predict, "--debug")


def _predict(arguments):
    import pandas as pd

    from mefeat.base._files import write_table

    if arguments.output is not None:
        check_output(arguments.output, [".csv"])
    clips = find_clips(arguments.paths, arguments.landmarks)
    images = image_paths(arguments.image, clips)
    outputs = {"--output": arguments.output}
    outputs |= {f"--image {path}": path for path in images}
    check_places(outputs, [arguments.model, *clips])
    model, facts = _load(arguments.model)
    set_on_missing(model, arguments)
    if arguments.image is not None:
        check_images(model, arguments)
    if not arguments.quiet:
        say(_about(arguments.model, facts))
    with outputs_of(arguments):
        rows = _predict_all(model, clips, images)
        if arguments.output is not None and rows:
            write_table(arguments.output, pd.DataFrame(rows))
    failed = len(clips) - len(rows)
    if failed:
        say(f"{len(rows)} of {len(clips)} clips predicted, {failed} failed")
    return 1 if failed else 0


def _predict_all(model, clips, images):
    """Predict clip by clip and print what is found; one that fails is left out."""
    from mefeat._environment import printable

    rows = []
    width = max(len(printable(shown(clip))) for clip in clips)
    for clip, image in zip(clips, images, strict=True):
        try:
            row = _row(model, clip, image)
        except Exception as error:
            text = reason(error)
            name = printable(shown(clip))
            say(text if name in text else f"{name}: {text}")
        else:
            rows.append({"clip": shown(clip), **row})
            name = printable(shown(clip))
            print(f"{name:<{width}}  {printable(line(row))}", flush=True)
    return rows


def _row(model, clip, image):
    if image is None:
        return outcome(model, clip)
    name, clip = shown(clip), with_landmarks(model, clip)
    row = outcome(model, clip)
    draw_units(clip, row, image, name)
    return row


_TOLD = {
    **dict.fromkeys(("method", "classifier", "dataset"), str),
    **dict.fromkeys(("n_clips", "n_subjects"), int),
}


def _load(path):
    from mefeat.persistence import load_model

    try:
        return load_model(path)
    except (ImportError, OSError, ValueError) as error:
        raise CommandError(error) from None


def _about(path, facts):
    """Say what a model was trained on; whoever wrote the file may have put anything."""
    if not isinstance(facts, dict) or not all(
        isinstance(facts.get(name), kind) for name, kind in _TOLD.items()
    ):
        return f"{path} does not say what it was trained on"
    said = {name: str(facts[name])[:200] for name in _TOLD}
    text = (
        "{method} and {classifier}, trained on {dataset}: {n_clips} clips of "
        "{n_subjects} subjects"
    ).format(**said)
    synthetic = facts["dataset"] == "synthetic"
    return f"{text}, generated ones, no measure of real faces" if synthetic else text
