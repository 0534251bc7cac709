"""What a run tells, to hold two of them equal; and, run as a program, a training that is killed again and again.

`python stories.py FOLDER KIND[:ENGINE] KILLS SEED TEXT` trains in child processes, kills each with signal 9 at a random moment,
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
        "tensors": {name: tensor.tobytes().hex() for name, tensor in tensors.items()},
    }


def killed(folder: Path, recipe: mebuki.Recipe, kills: int, seed: int) -> dict[str, Any]:
    """Train in children, each killed at a random moment, then once to the end.

    Every second one is killed a moment after it saved something, the others at any moment from the very first on.
    """
    moments = random.Random(seed)
    whole, place = folder / "whole", folder / "killed"

    def child(home: Path) -> int:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                resume = (home / "recipe.toml").exists()
                mebuki.train(None if resume else recipe, home, resume=resume, watch=lambda event: None)
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

    def saved() -> int:
        return max((int(path.name[5:]) for path in (place / "checkpoints").glob("step-*")), default=0)

    began = time.monotonic()
    pid = child(whole)
    while not (whole / "recipe.toml").exists():
        time.sleep(0.001)
    prepared = time.monotonic() - began
    wait(pid)
    trained = time.monotonic() - began - prepared
    steps = []
    for number in range(kills):
        before, pid = saved(), child(place)
        if number % 2 and before < (recipe.training.steps or 0):
            patience = time.monotonic() + 60
            while saved() == before and time.monotonic() < patience:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.5 * trained / kills))
        else:
            time.sleep(moments.uniform(0, prepared + trained / kills))
        os.kill(pid, signal.SIGKILL)
        wait(pid)
        steps.append(saved())
    wait(child(place))
    one, two = story(whole), story(place)
    return {"steps": steps, "differences": [name for name in one if one[name] != two[name]]}


if __name__ == "__main__":
    import torch

    place, kind, kills, seed, text = sys.argv[1:]
    kind, _, engine = kind.partition(":")
    torch.set_num_threads(1)
    sizes: dict[str, Any] = {"hidden": 16} if kind == "bigram" else {"width": 16, "dropout": 0.1}
    recipe = mebuki.recipes.named(
        kind,
        text,
        size="tiny",
        context=8,
        batch=4,
        steps=15 * int(kills),
        evaluate_every=11,
        sample_tokens=10,
        save_seconds=0.0,
        precision="float32",
        engine=engine or "torch",
        optimizer="adamw" if kind == "bigram" else "muon",
        ema=0.9,
        **sizes,
    )
    print(json.dumps(killed(Path(place), recipe, int(kills), int(seed))))
