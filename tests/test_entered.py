"""From a public call to the mathematics it is a few files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mefeat

LIMITS = {
    "evaluate": 10,
    "load_casme2": 7,
    "LBPTOP.transform": 6,
    "HOOF.transform": 5,
}


def test_public_calls_enter_few_files():
    script = Path(__file__).parent / "common" / "entered.py"
    path = str(Path(mefeat.__file__).parents[1])
    shown = subprocess.check_output(
        [sys.executable, script],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
    )
    entered = json.loads(shown)
    for call, files in entered.items():
        print(
            call,
            *(f"  {name}: {', '.join(of)}" for name, of in files.items()),
            sep="\n",
        )
    assert all(entered[call] for call in LIMITS)
    assert {c: len(entered[c]) for c in LIMITS if len(entered[c]) > LIMITS[c]} == {}
