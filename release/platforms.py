"""Can it be installed elsewhere: python release/platforms.py [WHEEL]

For each Python and system, all that the wheel and its extras need is looked for on the index of packages, as files that need no
compiler. Nothing is installed; uv reads what packages say of themselves.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from archives import wheel

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux ARM": "aarch64-manylinux_2_28",
    "Windows": "x86_64-pc-windows-msvc",
    "macOS ARM": "aarch64-apple-darwin",
}


def asked(file: Path, python: str, system: str) -> tuple[dict[str, str], str]:
    """The version of each package that would be installed, and what uv says where one is missing."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:"]
    command += ["--python-version", python, "--python-platform", system, "-"]
    with tempfile.TemporaryDirectory() as elsewhere:  # no settings of this folder
        wanted = f"mebuki[all] @ {file.resolve().as_uri()}"
        done = subprocess.run(command, input=wanted, capture_output=True, text=True, encoding="utf-8", cwd=elsewhere)
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", done.stdout, re.M)
    return dict(found), "" if done.returncode == 0 else done.stderr.strip()


def main(file: Path) -> int:
    missing = 0
    for name, system in SYSTEMS.items():
        for python in PYTHONS:
            found, why = asked(file, python, system)
            missing += bool(why)
            told = f"{len(found)} packages, torch {found.get('torch')}, numba {found.get('numba')}"
            print(f"{name:<13} {python}  {why or told}", flush=True)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else wheel()))
