"""The command `mefeat methods`: what there is."""


def add_command(commands):
    """Add the command to the parser.

    Parameters
    ----------
    commands : object
        What `ArgumentParser.add_subparsers` gives.
    """
    methods = commands.add_parser("methods", help="list what there is")
    methods.set_defaults(run=_methods)


def _methods(arguments):
    from mefeat.methods import METHODS

    for name, method in METHODS.items():
        needs = ", ".join(method.needs) or "nothing more than frames"
        print(name)
        print(f"    {method.paper}")
        print(f"    https://doi.org/{method.doi}")
        print(f"    needs {needs}")
        for step in method.pipeline().steps:
            print(f"    {step!r}".replace("\n", "\n    "))
    return 0
