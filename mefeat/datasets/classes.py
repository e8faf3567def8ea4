"""Class maps as data: what the emotions of each database count as.

A map is a dict from emotion to class; emotions that it does not name are left out. Any
other dict of that form does as well.
"""

# Names as they are written in coding sheets, and the one we use.
SPELLINGS = {
    "angry": "anger",
    "comtempt": "contempt",
    "happy": "happiness",
    "happyiness": "happiness",
    "other": "others",
    "sad": "sadness",
    "suprise": "surprise",
    "tense": "tenseness",
}

_NEGATIVE = ("anger", "contempt", "disgust", "fear", "repression", "sadness")
_POLARITY = {
    **dict.fromkeys(_NEGATIVE, "negative"),
    "happiness": "positive",
    "surprise": "surprise",
}

# The composite classes of MEGC 2019 (https://doi.org/10.1109/FG.2019.8756611). Its part
# of CASME II has no clips of sadness and fear, so that 88 are negative.
THREE_CLASSES = {
    "casme2": {
        "disgust": "negative",
        "repression": "negative",
        "happiness": "positive",
        "surprise": "surprise",
    },
    "samm": _POLARITY,
    "smic": {name: name for name in ("negative", "positive", "surprise")},
    "synthetic": _POLARITY,
}
# The others were no part of it; their maps follow it.
THREE_CLASSES |= {
    **dict.fromkeys(("smic-hs", "smic-vis", "smic-nir"), THREE_CLASSES["smic"]),
    **dict.fromkeys(("casme-sq", "megc2019"), THREE_CLASSES["smic"]),
    **dict.fromkeys(("casme", "casme3", "mmew", "ckplus"), _POLARITY),
    "meview": _POLARITY,
}

# The classes of most papers with five: 246 clips of CASME II, 136 of SAMM.
FIVE_CLASSES = {
    "casme2": {
        name: name
        for name in ("happiness", "disgust", "repression", "surprise", "others")
    },
    "samm": {
        name: name for name in ("anger", "happiness", "surprise", "contempt", "others")
    },
}

# All classes of each database, in the order in which its tables are printed.
OWN_CLASSES = {
    "casme": (
        *("tenseness", "disgust", "repression", "surprise", "happiness", "sadness"),
        *("contempt", "fear"),
    ),
    "casme2": (
        *("others", "disgust", "happiness", "repression", "surprise", "sadness"),
        "fear",
    ),
    "casme-sq": ("negative", "positive", "surprise", "others"),
    "casme3": (
        *("disgust", "surprise", "others", "fear", "anger", "sadness", "happiness"),
    ),
    "samm": (
        *("anger", "happiness", "others", "surprise", "contempt", "disgust", "fear"),
        "sadness",
    ),
    "smic-hs": ("negative", "positive", "surprise"),
    "smic-vis": ("negative", "positive", "surprise"),
    "smic-nir": ("negative", "positive", "surprise"),
    "mmew": (
        *("happiness", "anger", "surprise", "disgust", "fear", "sadness", "others"),
    ),
    "ckplus": (
        *("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness"),
        "surprise",
    ),
    "samm-lv": ("macro", "micro"),
    "megc2019": ("negative", "positive", "surprise"),
}


def emotion_name(text):
    """Write the name of an emotion as we do.

    Parameters
    ----------
    text : str
        Cell of a coding sheet.

    Returns
    -------
    str
        Lower case, trimmed, and spelt in one way.

    Examples
    --------
    >>> emotion_name(" Others "), emotion_name("other"), emotion_name("Comtempt")
    ('others', 'others', 'contempt')
    """
    name = text.strip().lower()
    return SPELLINGS.get(name, name)


def map_classes(emotions, classes):
    """Find the class of each emotion.

    Parameters
    ----------
    emotions : iterable of str
        Emotions as they are written.
    classes : dict of str to str
        Class of each emotion, by the names of `emotion_name`.

    Returns
    -------
    list of (str or None)
        The classes, None where the map leaves the emotion out.

    Examples
    --------
    >>> map_classes(["Happiness", "Disgust", "Others"], THREE_CLASSES["casme2"])
    ['positive', 'negative', None]
    """
    return [classes.get(emotion_name(emotion)) for emotion in emotions]
