"""Known answers of micro-movement: `python -m benchmarks.overlay`."""

import sys

from benchmarks.command import table_parser, write_tables
from benchmarks.overlay.clips import calm_table, clips_table
from benchmarks.overlay.costs import disc_table, maps_table
from benchmarks.overlay.hidden import hidden_table
from benchmarks.overlay.known import (
    rigid_table,
    smile_table,
    turn_table,
    warp_table,
)
from mefeat.base import one_thread

TABLES = {
    "maps": maps_table,
    "rigid": rigid_table,
    "warp": warp_table,
    "smile": smile_table,
    "turn": turn_table,
    "clips": clips_table,
    "calm": calm_table,
    "disc": disc_table,
    "hidden": hidden_table,
}


def main(argv=None):
    """Print the tables.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    parser = table_parser("overlay", TABLES, quick="little of everything")
    arguments = parser.parse_args(argv)
    tables = {}
    for name in arguments.names:
        with one_thread():
            table = TABLES[name](arguments.quick)
        print(f"\n{TABLES[name].__doc__.splitlines()[0]} ({name})")
        print(table.to_string(index=False), flush=True)
        tables[name] = table.to_dict("records")
    write_tables(arguments.out, "overlay.json", tables=tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
