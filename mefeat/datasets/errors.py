"""Errors of everything that reads a database."""


class DatasetError(ValueError):
    """A database that cannot be read as asked; the message says what is missing."""


class SheetError(DatasetError):
    """A coding sheet that cannot be read; the message names the file and the place."""
