"""What stops a command before it begins."""


class CommandError(Exception):
    """What the user asked for cannot be begun."""
