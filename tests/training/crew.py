"""Trainings of a list, one after the other, by all processes that torchrun starts: `torchrun … crew.py JOBS`.

A job says what is trained, by which number of steps it is broken off, whether another process gets Ctrl-C at 10, and in
the middle of which batch another one is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import mebuki
from mebuki.runs.crews import follow
from mebuki.runs.events import Event, Stepped
from mebuki.runs.training import training
from mebuki.training.distributed import DistributedTrainer
from mebuki.training.processes import follows


def die_at(batch: int) -> None:
    """Let this process be killed when it comes to a batch, while the others are at it."""
    learn = DistributedTrainer.learn

    def dying(self: DistributedTrainer, number: int, x_BT: Any, y_BT: Any) -> float:
        if number == batch:
            os.kill(os.getpid(), signal.SIGKILL)
        return learn(self, number, x_BT, y_BT)

    DistributedTrainer.learn = dying


def main() -> None:
    for job in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        pid = Path(job["folder"] + ".pid")
        if follows():
            pid.write_text(str(os.getpid()), encoding="utf-8")
            if job["dies"]:
                die_at(job["dies"])
            follow()
            continue
        recipe = mebuki.Recipe.load(job["recipe"]) if job["recipe"] else None

        def press(event: Event, wanted: bool = job["press"], pid: Path = pid) -> None:
            if wanted and isinstance(event, Stepped) and event.step == 10:
                os.kill(int(pid.read_text(encoding="utf-8")), signal.SIGINT)

        for event in training(recipe, job["folder"], resume=recipe is None, shard=job["shard"]):
            press(event)
            if isinstance(event, Stepped) and event.step == job["until"]:
                break


if __name__ == "__main__":
    main()
