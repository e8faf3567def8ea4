"""`python -m mefeat` is the command `mefeat`."""

import sys

from mefeat.cli import main

if __name__ == "__main__":
    sys.exit(main())
