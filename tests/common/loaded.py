"""What tests of loaders ask of what was loaded."""

import warnings


def quiet(load, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(*arguments, **options)


def told(load, *arguments, **options):
    """Load with what is warned of, as one text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bunch = load(*arguments, **options)
    return bunch, "\n".join(str(warning.message) for warning in caught)


def keys(bunch):
    """Length and key frames of each clip."""
    return [(len(c.path), c.onset, c.apex, c.offset) for c in bunch.clips]


def labels(bunch):
    return bunch.target_names[bunch.target].tolist()
