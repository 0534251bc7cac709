"""What a run tells, to hold two of them equal; and, run as a program, a training that is killed again and again.

`python stories.py FOLDER KIND KILLS SEED TEXT` trains in child processes, kills each with signal 9 at a random moment,
goes on until the run is done, trains the same without being killed, and prints what happened as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import mebuki


def story(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Everything a run measured, wrote and learned, without clocks: equal for runs that are equal bit for bit."""
    run = mebuki.open_run(folder)
    last = run.checkpoint("last")
    tensors = {f"model.{name}": tensor for name, tensor in last.weights().items()}
    tensors |= {f"training.{name}": tensor for name, tensor in last.training().items()}
    return {
        "metrics": [
            {name: value for name, value in row.items() if name != "seconds"}
            for row in run.metrics()
            if row["event"] in ("train", "evaluation")
        ],
        "samples": [row for row in run.samples() if row["event"] == "sample"],
        "last": (last.name, last.state.loss, last.state.best_step, last.state.best_loss, last.state.stale),
        "best": (run.checkpoint("best").name, run.checkpoint("best").state.loss),
        "tensors": {name: tensor.numpy().tobytes().hex() for name, tensor in tensors.items()},
    }


def killed(folder: Path, recipe: mebuki.Recipe, kills: int, seed: int) -> dict[str, Any]:
    """Train in children, each killed at a random moment of a whole training's time, then once to the end."""
    moments = random.Random(seed)

    def child(place: Path) -> int:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                resume = (place / "recipe.toml").exists()
                mebuki.train(None if resume else recipe, place, resume=resume, watch=lambda event: None)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        return pid

    def wait(pid: int) -> None:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status in (0, -signal.SIGKILL), f"a child ended with {status}"

    began = time.monotonic()
    wait(child(folder / "whole"))
    duration = time.monotonic() - began
    steps = []
    for _ in range(kills):
        pid = child(folder / "killed")
        time.sleep(moments.uniform(0, 1.1 * duration / max(1, kills / 2)))
        os.kill(pid, signal.SIGKILL)
        wait(pid)
        found = sorted((folder / "killed" / "checkpoints").glob("step-*"))
        steps.append(int(found[-1].name[5:]) if found else 0)
    wait(child(folder / "killed"))
    one, two = story(folder / "whole"), story(folder / "killed")
    return {"steps": steps, "differences": [name for name in one if one[name] != two[name]]}


if __name__ == "__main__":
    import torch

    place, kind, kills, seed, text = sys.argv[1:]
    torch.set_num_threads(1)
    sizes: dict[str, Any] = {"hidden": 16} if kind == "bigram" else {"width": 16, "dropout": 0.1}
    recipe = mebuki.recipes.named(
        kind,
        text,
        size="tiny",
        context=8,
        batch=4,
        steps=8 * int(kills),
        evaluate_every=5,
        sample_tokens=10,
        save_seconds=0.05,
        precision="float32",
        optimizer="muon",
        ema=0.9,
        **sizes,
    )
    print(json.dumps(killed(Path(place), recipe, int(kills), int(seed))))
