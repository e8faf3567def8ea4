"""Run an experiment: `python -m benchmarks.deep attention [--quick | --full]`."""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.deep import apex, attention, autoencoder, units
from mefeat.base import whole_file
from mefeat.evaluation import environment

EXPERIMENTS = {
    "attention": attention,
    "autoencoder": autoencoder,
    "apex": apex,
    "units": units,
}
SYNTHETIC = "synthetic: generated clips of one photograph, not recordings of people"


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    arguments = _parser().parse_args(argv)
    for name in arguments.experiments or EXPERIMENTS:
        module = EXPERIMENTS[name]
        size = "quick" if arguments.quick else "full" if arguments.full else "small"
        settings = module.SETTINGS[size]
        print(f"{name}, {size}: {module.__doc__.splitlines()[0]}")
        print(f"this takes {module.TIMES[size]}", flush=True)
        start = time.process_time()
        table = module.run(**settings, seed=arguments.seed, device=arguments.device)
        seconds = time.process_time() - start
        print(f"\n{table.to_string(float_format='{:.3f}'.format)}")
        print(f"{SYNTHETIC}\n{seconds:.0f} s of processor time\n", flush=True)
        if arguments.out is not None:
            _write(arguments.out / f"{name}-{size}.json", settings, table, seconds)
    return 0


def _write(path, settings, table, seconds):
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "settings": settings,
        "rows": table.reset_index().to_dict("records"),
        "seconds": seconds,
        "synthetic": True,
        **environment(),
    }
    with whole_file(path) as part:
        part.write_text(json.dumps(result, indent=1, default=str))


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deep")
    add = parser.add_argument
    add("experiments", nargs="*", choices=[[], *EXPERIMENTS], help="all by default")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="that it runs: seconds")
    size.add_argument("--full", action="store_true", help="the sizes of the studies")
    add("--seed", type=int, default=0, help="of clips and networks")
    add("--device", default="auto", help="as torch names it")
    add("--out", type=Path, help="folder for results as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
