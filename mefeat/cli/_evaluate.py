"""The command `mefeat evaluate`: tables of methods by databases."""


def add_command(commands):
    """Add the command to the parser."""
    evaluate = commands.add_parser(
        "evaluate", help="judge methods on databases, and print tables", add_help=False
    )
    evaluate.set_defaults(run=_evaluate)
    # Its options name methods and databases, which take a while to import.
    evaluate.parse_known_args = _keep


def _keep(rest, namespace):
    """Leave the arguments to the harness."""
    from argparse import Namespace

    return Namespace(run=_evaluate, rest=rest), []


def _evaluate(arguments):
    from mefeat.harness import main

    return main(arguments.rest)
