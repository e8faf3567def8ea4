"""Judge methods on generated clips, beside published figures: `mefeat evaluate`."""

import sys

from mefeat.cli import main

if __name__ == "__main__":
    sys.exit(main(["evaluate", *sys.argv[1:]]))
