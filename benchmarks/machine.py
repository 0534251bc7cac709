"""What stands beside every figure: the machine and the versions; and how results are kept."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    """The machine, in words."""
    import torch

    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def report(name: str, result: dict[str, Any]) -> None:
    """Print a result as JSON, and keep it in benchmarks/results/ where that can be written."""
    whole = {
        "benchmark": name,
        "command": " ".join(["python", "-m", f"benchmarks.{name}", *sys.argv[1:]]),
        **facts(),
        **result,
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    print(text)
    folder = Path(__file__).parent / "results"
    try:
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        print(f"not kept: {error}", file=sys.stderr)


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
