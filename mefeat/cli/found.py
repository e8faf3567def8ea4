"""What a model finds in one clip: a class, or action units and an emotion."""


def outcome(model, clip):
    """Predict a clip: its label, its units, and a value for each class or unit.

    Parameters
    ----------
    model : estimator
        A model, perhaps a Pipeline.
    clip : Clip or ClipFile
        The clip.

    Returns
    -------
    dict
        A row of the table of predictions.
    """
    rows = [clip]
    if hasattr(model, "steps"):
        rows, model = model[:-1].transform(rows), model[-1]
    if detector_of(model) is not None:
        return _units(model, rows)
    label = model.predict(rows)[0]
    for name, method in _VALUES.items():
        if not hasattr(model, method):
            continue
        values = getattr(model, method)(rows)[0]
        if values.ndim == 0:
            values = [-values, values]
        if len(values) == len(model.classes_):
            pairs = zip(model.classes_, values, strict=True)
            return {"label": label} | {f"{name} {c}": float(v) for c, v in pairs}
    return {"label": label}


def line(row):
    """Say in a line what was found.

    Parameters
    ----------
    row : dict
        What `outcome` gave.

    Returns
    -------
    str
        The line.
    """
    head = [str(row["label"])] if "label" in row else []
    if "units" in row:
        head.append(f"objective class {row['objective class']}")
        values = [f"AU{unit} {value:.3g}" for unit, value in unit_values(row).items()]
        return f"{', '.join(head)}  ({', '.join(values) or 'no units'})"
    values = [f"{k.partition(' ')[2]} {v:.3g}" for k, v in list(row.items())[1:]]
    return f"{head[0]}  ({', '.join(values)})" if values else head[0]


def head_of(model):
    """Get the ClipPipeline at the head of Pipelines, or within a detector.

    Parameters
    ----------
    model : estimator
        A model.

    Returns
    -------
    ClipPipeline or None
        The head; None if there is none.
    """
    while model is not None and not hasattr(model, "stream"):
        if hasattr(model, "named_steps"):
            model = model[0]
        else:
            model = getattr(model, "detector_", getattr(model, "features_", None))
    return model


def detector_of(model):
    """Get the fitted detector of a model of units.

    Parameters
    ----------
    model : estimator
        A model, perhaps a Pipeline.

    Returns
    -------
    estimator or None
        The detector; None if the model predicts no units.
    """
    last = model[-1] if hasattr(model, "steps") else model
    detector = getattr(last, "detector_", last)
    return detector if hasattr(detector, "units_") else None


def _units(last, rows):
    """Find units, and make an emotion of them if there is a mapping."""
    from mefeat.facs import objective_class

    detector = detector_of(last)
    found = detector.units_[detector.predict(rows)[0]].tolist()
    row = {} if last is detector else {"label": last.predict(rows)[0]}
    row |= {
        "units": "+".join(map(str, found)),
        "objective class": objective_class(found),
    }
    likely = hasattr(detector, "predict_proba")
    name, method = (
        ("probability", "predict_proba")
        if likely
        else ("decision", "decision_function")
    )
    values = getattr(detector, method)(rows)[0].tolist()
    pairs = zip(detector.units_.tolist(), values, strict=True)
    return row | {f"{name} AU{number}": value for number, value in pairs}


def unit_values(row):
    """Get the values of the units that were found.

    Parameters
    ----------
    row : dict
        What `outcome` gave for a model of units.

    Returns
    -------
    dict of int to float
        Values by unit.
    """
    by_unit = {name.partition(" AU")[2]: value for name, value in row.items()}
    return {int(n): by_unit[n] for n in row["units"].split("+") if n}


_VALUES = {"probability": "predict_proba", "decision": "decision_function"}
