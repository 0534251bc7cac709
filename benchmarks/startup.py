"""How long `mebuki --help` and `import mebuki` take, as whole processes, beside an empty Python."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.turns import Repeat, Side, run

COMMANDS = {
    "python": ["-c", "pass"],
    "import mebuki": ["-c", "import mebuki"],
    "mebuki --help": ["-m", "mebuki", "--help"],
    "mebuki train --help": ["-m", "mebuki", "train", "--help"],
}


def process(*arguments: str) -> Callable[[argparse.Namespace], Repeat]:
    def once(number: int, before: object) -> dict[str, float]:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        return {"seconds": round(time.perf_counter() - start, 4)}

    return lambda given: once


def main() -> None:
    run("startup", __doc__, {name: Side(process(*words)) for name, words in COMMANDS.items()}, rounds=9)


if __name__ == "__main__":
    main()
