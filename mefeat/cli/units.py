"""Action units on the command line: which are learned, and by what."""

from mefeat.cli.errors import CommandError, say

ALL = "all"
LEARNED, NONE = "cooccurrence", "none"


def check_unit_options(method, arguments):
    """Tell whether units are to be learned.

    Parameters
    ----------
    method : Method
        The method.
    arguments : Namespace
        With `units` and `mapping`, which get their defaults if units are learned.

    Returns
    -------
    bool
        Whether they are.

    Raises
    ------
    CommandError
        If options do not go together, or the mapping is unknown.
    """
    from mefeat.facs.recognition import MAPPINGS

    if method.predicts == "classes" and arguments.units is not None:
        raise CommandError(
            f"{arguments.method} predicts classes itself, so --units must name another "
            "method: a descriptor, or a network named units-..."
        )
    if method.predicts == "units" and arguments.units is None:
        arguments.units = ALL
    if arguments.units is None:
        if arguments.mapping is not None:
            raise CommandError("--mapping makes emotions of units: give --units too.")
        return False
    known = [*MAPPINGS, LEARNED, NONE]
    arguments.mapping = arguments.mapping or known[0]
    if arguments.mapping not in known:
        raise CommandError(
            f"there is no mapping {arguments.mapping!r}; there are {', '.join(known)}."
        )
    return True


def with_units(model, arguments):
    """Put a detector of units, and what makes emotions of them, behind a method.

    Parameters
    ----------
    model : estimator
        The pipeline of a method, which may end in a network that finds units.
    arguments : Namespace
        With `mapping`, `classifier` and `seed`.

    Returns
    -------
    Pipeline
        The model.
    """
    from sklearn.pipeline import make_pipeline

    from mefeat.evaluation import make_classifier
    from mefeat.facs import ActionUnitDetector, ActionUnitEmotion, CooccurrenceTable

    if is_network(model):
        model, detector = model[:-1], model[-1]
    else:
        classifier = make_classifier(arguments.classifier, random_state=arguments.seed)
        detector = ActionUnitDetector(classifier=classifier, probability=True)
    if arguments.mapping == NONE:
        return make_pipeline(model, detector)
    learned = arguments.mapping == LEARNED
    mapping = CooccurrenceTable() if learned else arguments.mapping
    return make_pipeline(model, ActionUnitEmotion(detector, mapping))


def is_network(model):
    """Tell whether a model ends in a network of `mefeat.deep`.

    Parameters
    ----------
    model : estimator
        A model, perhaps with a mapping behind the network.

    Returns
    -------
    bool
        Whether it does.
    """
    last = model[-1] if hasattr(model, "steps") else model
    return "device" in getattr(last, "detector", last).get_params(deep=False)


def learns(last):
    """Tell whether a mapping learns from classes.

    Parameters
    ----------
    last : estimator
        The last step of a model of units.

    Returns
    -------
    bool
        Whether it does.
    """
    return not isinstance(getattr(last, "mapping", ""), str)


def choose_units(bunch, arguments):
    """Find out which units can be learned, and leave out clips that nobody coded.

    Parameters
    ----------
    bunch : Bunch
        Labelled clips.
    arguments : Namespace
        With `units` and `dataset`.

    Returns
    -------
    clips : ndarray of int
        Which clips are coded.
    numbers : list of int
        The units.
    shown : ndarray of bool, shape (n_clips, n_units)
        Whether the clip shows the unit, of the coded ones.

    Raises
    ------
    CommandError
        If no clip is coded, or a unit that is asked for cannot be learned.
    """
    import numpy as np

    from mefeat.facs import parse_action_units, unit_matrix
    from mefeat.facs.calibration import can_be_held_out

    cells = bunch.frame.get("action_units", [""] * len(bunch.clips))
    parsed = [parse_action_units(cell) for cell in cells]
    coded = np.flatnonzero([cell.coded for cell in parsed])
    if not len(coded):
        raise CommandError(
            f"{arguments.dataset} does not say which action units its clips show: a "
            "table needs the column action_units, with cells like 6+12."
        )
    asked = _asked(arguments.units)
    parsed = [parsed[i] for i in coded]
    numbers = sorted({n for cell in parsed for n in cell.numbers})
    numbers = numbers if asked is None else asked
    shown = unit_matrix(parsed, numbers)
    learnable = can_be_held_out(shown, bunch.groups[coded])
    _tell(arguments, len(parsed), len(cells), numbers, learnable, asked)
    kept = [n for n, good in zip(numbers, learnable, strict=True) if good]
    return coded, kept, shown[:, learnable]


def _asked(text):
    from mefeat.facs import CD6ME_UNITS

    if text == ALL:
        return None
    if text == "cd6me":
        return list(CD6ME_UNITS)
    try:
        numbers = sorted({int(number) for number in text.split(",")})
    except ValueError:
        numbers = [0]
    if numbers[0] < 1:
        raise CommandError(
            f"--units takes all, cd6me or numbers like 1,2,4,12, got {text!r}."
        )
    return numbers


def _tell(arguments, n_coded, n_clips, numbers, learnable, asked):
    """Say what is left out; nothing that was named may be."""
    lost = [n for n, good in zip(numbers, learnable, strict=True) if not good]
    why = "two subjects or more must show a unit, and two or more lack it"
    if not learnable.any() or (lost and asked and arguments.units != "cd6me"):
        raise CommandError(f"{arguments.dataset}: {why}, which is not so for {lost}.")
    if arguments.quiet:
        return
    if lost:
        say(f"without the units {lost}: {why}")
    if n_coded < n_clips:
        text = f"{n_clips - n_coded} of {n_clips} clips are left out"
        say(f"{text}, whose units nobody coded")
