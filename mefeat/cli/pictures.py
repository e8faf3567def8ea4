"""Pictures of faces with the action units that were found on them."""

from pathlib import Path

from mefeat.cli.errors import CommandError, say
from mefeat.cli.found import detector_of, head_of, unit_values

# Height and width of the face in a picture, pixels.
_SIZE = (480, 400)


def picture_paths(target, clips):
    """Find out before the work where the picture of each clip goes.

    Parameters
    ----------
    target : Path or None
        Value of ``--picture``.
    clips : list of ClipFile
        Clips.

    Returns
    -------
    list of (Path or None)
        A picture for each clip.

    Raises
    ------
    CommandError
        If it is a file for more than one clip, or cannot be written.
    """
    from mefeat.cli.options import check_output

    if target is None:
        return [None] * len(clips)
    if target.suffix:
        if len(clips) > 1:
            raise CommandError(
                f"--picture {target} is one picture for {len(clips)} clips: give a "
                "folder."
            )
        check_output(target, [".png"], "--picture")
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


def check_pictures(model, arguments):
    """Find out before the work whether units can be drawn.

    Parameters
    ----------
    model : estimator
        The model.
    arguments : Namespace
        With `model` and `landmarks`.

    Raises
    ------
    CommandError
        If the model finds no units, or matplotlib or landmarks are missing.
    """
    from mefeat.cli.options import check_matplotlib, has_landmark_model

    if detector_of(model) is None:
        raise CommandError(
            f"{arguments.model} finds no action units, so there is nothing for "
            "--picture: `mefeat train` with --units makes a model that does."
        )
    check_matplotlib("--picture")
    if arguments.landmarks is None:
        has_landmark_model(needed=True)


def with_landmarks(model, clip):
    """Read a clip as the model does, and find its landmarks, once for all.

    Parameters
    ----------
    model : estimator
        The model.
    clip : ClipFile
        The clip.

    Returns
    -------
    Clip
        The whole frames with landmarks.
    """
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
    """Draw the areas of the units that were found on the apex frame of the face.

    Parameters
    ----------
    clip : Clip
        A clip with landmarks.
    row : dict
        What was found.
    path : Path
        The picture.
    name : str
        What the clip is called.
    """
    import matplotlib

    from mefeat.base import whole_file
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
