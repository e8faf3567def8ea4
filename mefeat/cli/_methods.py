"""The command `mefeat methods`: list the methods."""

from mefeat.cli._options import add_options


def add_command(commands):
    """Add the command to the parser."""
    methods = commands.add_parser("methods", help="list what there is")
    methods.set_defaults(run=_methods)
    add_options(methods, "--debug")


def _methods(arguments):
    import sklearn

    from mefeat.methods import DEEP, METHODS

    for name, method in (METHODS | DEEP).items():
        print(name)
        print(f"    {method.paper}")
        if method.doi is not None:
            print(f"    https://doi.org/{method.doi}")
        if method.predicts is not None:
            print(f"    a network of the extra deep; predicts {method.predicts} itself")
        needs = [name for name in method.needs if name != "extra"]
        if needs:
            print(f"    clips need {', '.join(needs)}")
        # Behind the face, which all methods cut out alike.
        with sklearn.config_context(print_changed_only=False):
            for step in _steps(method.pipeline(crop=False))[1:]:
                print(f"    {step!r}".replace("\n", "\n    "))
    return 0


def _steps(estimator):
    """Take apart a ClipPipeline, alone or at the head of a Pipeline."""
    from sklearn.pipeline import Pipeline

    from mefeat.base import ClipPipeline

    if isinstance(estimator, ClipPipeline):
        return list(estimator.named_steps.values())
    if isinstance(estimator, Pipeline):
        return [part for _, step in estimator.steps for part in _steps(step)]
    return [estimator]
