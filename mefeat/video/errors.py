"""The one error of everything that reads footage."""


class ReadError(ValueError):
    """A file that cannot be read as asked; the message names the file and the frame."""
