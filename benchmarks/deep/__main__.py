"""Run an experiment: `python -m benchmarks.deep attention [--quick | --full]`."""

import sys
import time

from benchmarks.command import table_parser, write_tables
from benchmarks.deep import apex, attention, autoencoder, units

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
    for name in arguments.names:
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
        write_tables(
            arguments.out,
            f"{name}-{size}.json",
            settings=settings,
            rows=table.reset_index().to_dict("records"),
            seconds=seconds,
            synthetic=True,
        )
    return 0


def _parser():
    full = "the sizes of the studies"
    parser = table_parser("deep", EXPERIMENTS, quick="that it runs: seconds", full=full)
    parser.add_argument("--seed", type=int, default=0, help="of clips and networks")
    parser.add_argument("--device", default="auto", help="as torch names it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
