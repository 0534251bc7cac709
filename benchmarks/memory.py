"""Training 0.8 M parameters on a text of 1 GB: the most memory the process held, and what torch alone takes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import report
from mebuki.samples import diary

# The most memory a process held, told by the process itself when it ends.
TOLD = "import atexit, resource, sys; atexit.register(lambda: print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)); "


def peak(code: str) -> tuple[float, float]:
    """Seconds and megabytes of a Python process."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", TOLD + code], check=True, capture_output=True, text=True)
    kilobytes = int(done.stderr.rsplit("PEAK", 1)[1].split()[0])
    return time.perf_counter() - start, kilobytes * (1 if sys.platform == "linux" else 1 / 1024) / 1024


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--gigabytes", type=float, default=1.0)
    p.add_argument("--steps", type=int, default=200)
    given = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.txt")
        piece = diary("en").read_bytes() + diary("ja").read_bytes()
        with path.open("wb") as file:
            while file.tell() < given.gigabytes * 1e9:
                file.write(piece)
        size = path.stat().st_size
        # What torch itself takes: imported, and one step of the same model on noise.
        _, alone = peak(
            "import torch; from mebuki.models import build, shape_of; m = build('transformer', 2000, shape_of('transformer'));"
            " x = torch.randint(2000, (32, 64));\n"
            "with torch.autocast('cpu', torch.bfloat16): y = m(x)\n"
            "torch.nn.functional.cross_entropy(y.float().flatten(0, 1), x.flatten()).backward()"
        )
        arguments = [
            "train",
            str(path),
            "--steps",
            str(given.steps),
            "--out",
            str(Path(folder, "run")),
            "--sample-tokens",
            "0",
            "--evaluate-every",
            str(given.steps),
        ]
        seconds, whole = peak(f"from mebuki.cli.main import main; assert main({arguments!r}) == 0")
    report(
        "memory",
        {
            "text_bytes": size,
            "seconds": round(seconds, 1),
            "torch_alone_megabytes": round(alone),
            "peak_megabytes": round(whole),
            "beyond_torch_megabytes": round(whole - alone),
        },
    )


if __name__ == "__main__":
    main()
