"""What stands beside every figure: the machine, the versions, the commit and the command; and how results are kept."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "numpy", "numba", "llvmlite", "transformers", "llama-cpp-python")


def facts() -> dict[str, Any]:
    """The machine, the versions and the commit, in words."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _commit(),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **versions,
    }


def _commit() -> str:
    """The commit of the source, with a + where files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude", "*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def report(name: str, result: dict[str, Any], *, keep: bool = True) -> None:
    """Print a result as JSON; keep it in benchmarks/results/, which is under version control, if that is asked for."""
    given = [
        Path(word).name if Path(word).exists() else word for word in sys.argv[1:]
    ]  # where it lies tells nobody anything
    command = " ".join(["python", "-m", f"benchmarks.{name}", *given])
    text = json.dumps({"benchmark": name, "command": command, **facts(), **result}, indent=1, ensure_ascii=False)
    print(text)
    if keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: list[float]) -> dict[str, float]:
    """The median, and between what the middle half of the values lies; of fewer than four, all.

    >>> spread([5.0, 1.0, 2.0, 3.0, 9.0])
    {'median': 3.0, 'low': 2.0, 'high': 5.0}
    """
    ordered = sorted(values)
    quarter = len(ordered) // 4
    numbers = {"median": median(values), "low": ordered[quarter], "high": ordered[~quarter]}
    return {name: float(f"{number:.4g}") for name, number in numbers.items()}
