"""How long `mebuki --help` and `import mebuki` take, as whole processes, beside an empty Python."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.machine import median, report

COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import": [sys.executable, "-c", "import mebuki"],
    "help": [sys.executable, "-m", "mebuki", "--help"],
    "train_help": [sys.executable, "-m", "mebuki", "train", "--help"],
}


def main() -> None:
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(9):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - start)
    report("startup", {"seconds": {name: round(median(times), 3) for name, times in seconds.items()}})


if __name__ == "__main__":
    main()
