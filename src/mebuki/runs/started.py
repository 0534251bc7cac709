"""The process that `starting` starts: `python -m mebuki.runs.started PLACE COMMAND …` is `mebuki COMMAND …`, known at PLACE.

PLACE/.lock          held while the process lives, from its first moment
PLACE/process.json   its id; once it has ended also its exit code
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from .presence import LOCK, replace_json

PROCESS = "process.json"
POLITE = 5  # so much behind others it stands, that pages and programs in use are answered at once


def main(arguments: list[str]) -> int:
    """Hold the place, and be `mebuki`; its exit code."""
    import filelock

    place, code = Path(arguments[0]), 1
    if hasattr(os, "nice"):
        os.nice(POLITE)
    with filelock.FileLock(place / LOCK).acquire(timeout=1, poll_interval=0.02):
        replace_json(place / PROCESS, {"pid": os.getpid()})
        sys.argv = ["mebuki", *arguments[1:]]
        try:
            runpy.run_module("mebuki", run_name="__main__", alter_sys=False)
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except KeyboardInterrupt:
            code = 130
        finally:
            replace_json(place / PROCESS, {"pid": os.getpid(), "code": code})
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
