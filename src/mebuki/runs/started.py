"""The process that `starting` starts: `python -m mebuki.runs.started PLACE COMMAND …` is `mebuki COMMAND …`, known at PLACE.

PLACE/.lock          held while the process lives, from its first moment
PLACE/process.json   its id; once it has ended also its exit code
PLACE/stop           somebody wants it to end before its run has a folder; a signal alone may be lost among imports
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

from .presence import LOCK, STOP, replace_json

PROCESS = "process.json"
WISH = "stop"
POLITE = 5  # so much behind others it stands, that pages and programs in use are answered at once


def main(arguments: list[str]) -> int:
    """Hold the place, and be `mebuki`; its exit code."""
    import filelock

    place, code = Path(arguments[0]), 1
    if hasattr(os, "nice"):
        os.nice(POLITE)
    with filelock.FileLock(place / LOCK).acquire(timeout=1, poll_interval=0.02):
        (place / WISH).unlink(missing_ok=True)  # of a process before
        threading.Thread(target=_heed, args=(place,), daemon=True).start()
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


def _heed(place: Path, patience: float = 5.0) -> None:
    """Say again what was not heard: by a signal while the run has no folder, then by a word in it."""
    run = place.parent.parent / place.name
    while not (place / WISH).exists():
        time.sleep(0.5)
    time.sleep(patience)  # the signal that came with it is quicker, and clearing up is not to be disturbed
    while not run.is_dir():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(patience)
    (run / STOP).write_text("stop\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
