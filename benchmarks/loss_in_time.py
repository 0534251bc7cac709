"""The validation loss reached within nanoGPT's wall time, measured in the same round.

    python -m benchmarks.loss_in_time --text tinyshakespeare.txt --peer path/to/nanoGPT --batch 32 --context 128

nanoGPT's own command runs first (see benchmarks/nanogpt.py); ours is then given the seconds that its whole process took:
a number of steps that fits, by the pace of the training before (the first is a short one, unmeasured), or with `--minutes`
a limit by the clock. Every other option is handed to `mebuki train`. `share` is how much of the time ours took:
where it is above 1, ours took longer. Losses are over the whole validation split in blocks of 64.
"""

from __future__ import annotations

import argparse

from benchmarks import nanogpt
from benchmarks.ours import whole
from benchmarks.turns import Repeat, Round, Side, path, run


def ours(given: argparse.Namespace) -> Repeat:
    how = ["--threads", given.threads, "--evaluate-every", 10**8, *given.train]
    last = whole(given.text, "--steps", given.steps, *how)

    def repeat(number: int, before: Round) -> dict[str, float]:
        nonlocal last
        seconds = before["nanoGPT"]["whole_seconds"] if "nanoGPT" in before else given.seconds
        left = seconds - (last["whole_seconds"] - last["seconds"])  # for steps
        fitting = max(1, int(0.97 * left * last["steps"] / last["seconds"]))
        length = ["--minutes", left / 60] if given.minutes else ["--steps", fitting]
        last = whole(given.text, "--seed", number, *length, *how)
        return {**last, "share": last["whole_seconds"] / seconds}

    return repeat


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "tiny Shakespeare", required=True)
    nanogpt.option(p)
    p.add_argument("--iterations", type=int, default=2000, help="of nanoGPT")
    p.add_argument("--steps", type=int, default=50, help="of the short training")
    p.add_argument("--minutes", action="store_true", help="limit ours by the clock in place of steps")
    p.add_argument("--seconds", type=float, default=70.0, help="where nanoGPT is left out")
    p.add_argument("--train", nargs=argparse.REMAINDER, default=[], help="last: options of `mebuki train`")


def main() -> None:
    sides = {"nanoGPT": nanogpt.TRAINING, "mebuki": Side(ours)}
    run("loss_in_time", __doc__, sides, options=options, rounds=4, warm=0)


if __name__ == "__main__":
    main()
