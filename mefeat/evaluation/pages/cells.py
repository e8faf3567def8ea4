"""Tables as rows of cells for a page: what is shown, and what is sorted by."""

from collections.abc import Mapping
from numbers import Integral, Real

import pandas as pd

FORM = ".4f"


def cells_of(table, *, kinds=None, links=None, form=FORM):
    """Turn a table into what the template of the report lays out.

    Parameters
    ----------
    table : DataFrame
        The table, without its index. A cell may be a number, a text, None, a dict, or
        a number with its interval as (number, (low, high) or None).
    kinds : list of str, default=None
        A class for each row.
    links : dict of str to list, default=None
        For a column, the anchor that each cell leads to, or None.
    form : str or dict of str to str, default=".4f"
        How numbers are written that are not whole; a dict names columns, others are
        ".4f".

    Returns
    -------
    dict
        `columns` of `name` and `number`, `rows` of `kind` and `cells`.

    Examples
    --------
    >>> rows = {"method": ["hoof"], "F1": [(0.5, (0.25, 0.75))]}
    >>> table = cells_of(pd.DataFrame(rows))
    >>> [(cell["text"], cell["interval"]) for cell in table["rows"][0]["cells"]]
    [('hoof', None), ('0.5000', '[0.25, 0.75]')]
    """
    links = links or {}
    forms = form if isinstance(form, dict) else dict.fromkeys(table.columns, form)
    rows = []
    for i, values in enumerate(table.itertuples(index=False, name=None)):
        cells = []
        for column, value in zip(table.columns, values, strict=True):
            link = links[column][i] if column in links else None
            form = forms.get(column, FORM)
            cells.append(_cell(value, form) | {"link": link})
        rows.append({"kind": kinds[i] if kinds else "", "cells": cells})
    columns = [
        {"name": name, "number": any(row["cells"][j]["number"] for row in rows)}
        for j, name in enumerate(map(str, table.columns))
    ]
    return {"columns": columns, "rows": rows}


def _cell(value, form):
    interval = None
    if isinstance(value, tuple) and len(value) == 2:
        value, bounds = value
        if bounds is not None:
            interval = f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"
    number = isinstance(value, Real) and not isinstance(value, bool)
    return {
        "text": cell_text(value, form),
        "number": number,
        "value": float(value) if number and not pd.isna(value) else None,
        "interval": interval,
    }


def cell_text(value, form=FORM):
    """Write a value as a reader wants it.

    Parameters
    ----------
    value : object
        A number, a text, None or a dict.
    form : str, default=".4f"
        How a number is written that is not whole.

    Returns
    -------
    str
        Numbers, dicts as ``name value``, nothing for None and NaN.

    Examples
    --------
    >>> cell_text(0.5), cell_text(3), cell_text(None), cell_text({"C": 1, "degree": 2})
    ('0.5000', '3', '', 'C 1, degree 2')
    >>> cell_text({"AU1": {"C": 0.1}, "AU4": {"C": 10}})
    'AU1: C 0.1; AU4: C 10'
    """
    if isinstance(value, Mapping):
        nested = any(isinstance(item, Mapping) for item in value.values())
        middle, end = (": ", "; ") if nested else (" ", ", ")
        return end.join(f"{k}{middle}{cell_text(v, '')}" for k, v in value.items())
    if value is None or (isinstance(value, Real) and pd.isna(value)):
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return format(value, form)
    return str(value)
