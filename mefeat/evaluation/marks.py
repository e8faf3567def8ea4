"""Signs beside figures that are not what they seem, and their footnotes."""

import sys

DAGGER = "†"
DOUBLE_DAGGER = "‡"
FOOTNOTES = {
    DAGGER: "parameters chosen on the folds that are reported (oracle)",
    DOUBLE_DAGGER: "steps before the classifier fitted to all clips, those held out "
    "included (transductive)",
}
# Where a terminal has no such letters.
_PLAIN = {DAGGER: "(o)", DOUBLE_DAGGER: "(t)"}


def mark_of(settings):
    """Get the signs that a result must carry.

    Parameters
    ----------
    settings : dict
        Settings of the result.

    Returns
    -------
    str
        "†" if its parameters were chosen on the folds that it reports, "‡" if steps
        were fitted to all clips, both, or nothing.

    Examples
    --------
    >>> mark_of({"selection": "oracle"}), mark_of({"selection": "nested"})
    ('†', '')
    """
    oracle = settings.get("selection") == "oracle"
    transductive = bool(settings.get("transductive"))
    return DAGGER * oracle + DOUBLE_DAGGER * transductive


def footnotes(*marks):
    """Get the footnotes of all signs that are shown.

    Parameters
    ----------
    *marks : str
        Signs, as `mark_of` gives them.

    Returns
    -------
    list of str
        One line for each sign.

    Examples
    --------
    >>> footnotes("", "†")
    ['† parameters chosen on the folds that are reported (oracle)']
    """
    shown = "".join(marks)
    return [f"{sign} {text}" for sign, text in FOOTNOTES.items() if sign in shown]


def plain_signs(text):
    """Write a text in letters that standard output has.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; where it could not be printed, with "(o)" and "(t)" for the signs, and
        escapes for other letters.

    Examples
    --------
    >>> plain_signs("plain")
    'plain'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _PLAIN.items():
            text = text.replace(sign, plain)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def mark_table(table, mark):
    """Put signs where a table shows them, printed or written to a file.

    Parameters
    ----------
    table : DataFrame or Series
        Figures.
    mark : str
        Signs, as `mark_of` gives them.

    Returns
    -------
    DataFrame or Series
        The table; with signs they end the name of its rows, and `attrs["footnotes"]`
        says what they mean.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"f1": [0.5]}, pd.Index(["joy"], name="class"))
    >>> print(mark_table(table, "†").to_csv().strip())
    class †,f1
    joy,0.5
    """
    if not mark:
        return table
    name = (table.index.name or "").removesuffix(mark).strip()
    table = table.rename_axis(index=f"{name} {mark}".strip())
    table.attrs["footnotes"] = footnotes(mark)
    return table
