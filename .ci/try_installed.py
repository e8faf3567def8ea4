"""Use an installed mefeat as a stranger would: describe a small clip on the way."""

import csv
import math
import os
import subprocess
import sys
import sysconfig
import tempfile

import cv2
import numpy as np
import skimage.data

COMMAND = os.path.join(sysconfig.get_path("scripts"), "mefeat")


def write_clip(path):
    """Write a short video of a real face that moves a little to the right."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"mp4v"), 25, (256, 256))
    for t in range(12):
        left = 100 - round(2 * math.sin(t / 4))
        writer.write(np.ascontiguousarray(photo[:256, left : left + 256]))
    writer.release()


def mefeat(*arguments):
    """Run the command and return what it prints; raise if it fails."""
    print("mefeat", *arguments, flush=True)
    result = subprocess.run(
        [COMMAND, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    print(result.stdout, flush=True)
    return result.stdout


def main():
    """Try the commands in an empty folder, away from the sources."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        assert mefeat("--version").strip()
        assert "lbp-top" in mefeat("methods")
        write_clip("clip.mp4")
        mefeat("describe", "clip.mp4", "--method", "lbp-top", "-o", "features.csv")
        with open("features.csv", newline="") as file:
            names, row = csv.reader(file)
        table = mefeat("evaluate", "--quick", "--methods", "hoof", "--out", "results")
        assert "hoof (dis, TIM 20)" in table and os.path.exists("results/results.csv")
        os.chdir(os.path.dirname(folder))
    print(f"{len(names)} columns, {names[-1]} = {row[-1]}")
    assert len(row) == len(names) > 1000
    assert math.isfinite(float(row[-1]))


if __name__ == "__main__":
    sys.exit(main())
