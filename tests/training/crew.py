"""Trainings of a list, one after the other, by all processes that torchrun starts: `torchrun … crew.py JOBS`.

A job says what is trained, by which number of steps it is broken off, and which signal another process gets at 10.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import mebuki
from mebuki.runs.crews import follow
from mebuki.runs.events import Event, Stepped
from mebuki.runs.training import training
from mebuki.training.processes import follows


def main() -> None:
    for job in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        pid = Path(job["folder"] + ".pid")
        if follows():
            pid.write_text(str(os.getpid()), encoding="utf-8")
            follow()
            continue
        recipe = mebuki.Recipe.load(job["recipe"]) if job["recipe"] else None

        def press(event: Event, wanted: str = job["press"], pid: Path = pid) -> None:
            if wanted and isinstance(event, Stepped) and event.step == 10:
                os.kill(int(pid.read_text(encoding="utf-8")), getattr(signal, wanted))

        for event in training(recipe, job["folder"], resume=recipe is None, shard=job["shard"]):
            press(event)
            if isinstance(event, Stepped) and event.step == job["until"]:
                break


if __name__ == "__main__":
    main()
