"""Training 0.8 M parameters on a text of 1 GB: the most memory the process held, and what torch alone takes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from benchmarks.ours import folder
from benchmarks.turns import Repeat, Round, Side, run
from mebuki.samples import diary

# The most memory a process held, told by the process itself when it ends.
TOLD = (
    "import atexit, resource, sys; "
    "atexit.register(lambda: print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)); "
)
STEP = (
    "import torch; from mebuki.models import build, shape_of; m = build('transformer', 2000, shape_of('transformer'));"
    " x = torch.randint(2000, (32, 64));\n"
    "with torch.autocast('cpu', torch.bfloat16): y = m(x)\n"
    "torch.nn.functional.cross_entropy(y.float().flatten(0, 1), x.flatten()).backward()"
)


def peak(code: str) -> dict[str, float]:
    """Seconds of a Python process, and the most megabytes that it held."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", TOLD + code], check=True, capture_output=True, text=True)
    kilobytes = int(done.stderr.rsplit("PEAK", 1)[1].split()[0]) / (1 if sys.platform == "linux" else 1024)
    return {"seconds": round(time.perf_counter() - start, 1), "megabytes": round(kilobytes / 1024)}


def ours(given: argparse.Namespace) -> Repeat:
    home = folder()
    path = home / "large.txt"
    piece = diary("en").read_bytes() + diary("ja").read_bytes()
    with path.open("wb") as file:
        while file.tell() < given.gigabytes * 1e9:
            file.write(piece)

    def once(number: int, before: Round) -> dict[str, float]:
        words = ["train", path, "--out", home / f"run{number}", "--steps", given.steps, "--sample-tokens", 0]
        words += ["--evaluate-every", given.steps]
        found = peak(f"from mebuki.cli.main import main; assert main({[str(word) for word in words]!r}) == 0")
        return {**found, "megabytes_beyond_torch": found["megabytes"] - before["torch"]["megabytes"]}

    return once


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--gigabytes", type=float, default=1.0)
    p.add_argument("--steps", type=int, default=200)


def main() -> None:
    sides = {"torch": Side(lambda given: lambda number, before: peak(STEP)), "mebuki": Side(ours)}
    run("memory", __doc__, sides, options=options, rounds=1, warm=0)


if __name__ == "__main__":
    main()
