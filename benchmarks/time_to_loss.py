"""Time to a validation loss on tiny Shakespeare, against nanoGPT's recipe for CPUs, in one interleaved run.

    python -m benchmarks.time_to_loss --text tinyshakespeare.txt --peer path/to/nanoGPT

The peer is a clone made by whoever runs this. It is trained by the command that its README gives for CPUs (4 layers,
width 128, blocks of 64, 2,000 iterations), its ten evaluations left out in its favour. Ours is the default recipe at
a given number of steps, in a process of its own. Both final models are read over the whole validation split in blocks
of 64. Two times are given for each: in training steps alone, and of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import median, report

PEER = (
    "train.py config/train_shakespeare_char.py --device=cpu --compile=False --eval_iters=1 --eval_interval=2000 "
    "--log_interval=1 --block_size=64 --batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --max_iters=2000 "
    "--lr_decay_iters=2000 --dropout=0.0 --always_save_checkpoint=True"
)

# Run inside the peer's folder: its own model class reads its own checkpoint.
PEER_LOSS = """
import sys, numpy, torch
sys.path.insert(0, '.')
from model import GPT, GPTConfig
kept = torch.load(sys.argv[1], map_location='cpu', weights_only=True)
model = GPT(GPTConfig(**kept['model_args'])); model.load_state_dict(kept['model']); model.eval()
ids = torch.from_numpy(numpy.fromfile(sys.argv[2], dtype=numpy.uint16).astype(numpy.int64))
blocks = (len(ids) - 1) // 64
x, y = ids[: blocks * 64].view(-1, 64), ids[1 : blocks * 64 + 1].view(-1, 64)
with torch.no_grad():
    losses = [model(a, b)[1].item() * len(a) for a, b in zip(x.split(128), y.split(128))]
print('LOSS', sum(losses) / blocks)
"""


def prepare(peer: Path, text: Path) -> Path:
    """The peer's own data files, as its prepare.py makes them (which would ask the network for the text)."""
    import numpy as np

    folder = peer / "data" / "shakespeare_char"
    content = text.read_text(encoding="utf-8")
    letters = sorted(set(content))
    number = {letter: i for i, letter in enumerate(letters)}
    ids = np.array([number[letter] for letter in content], dtype=np.uint16)
    cut = int(len(ids) * 0.9)
    ids[:cut].tofile(folder / "train.bin")
    ids[cut:].tofile(folder / "val.bin")
    meta = {"vocab_size": len(letters), "itos": dict(enumerate(letters)), "stoi": number}
    (folder / "meta.pkl").write_bytes(pickle.dumps(meta))
    return folder / "val.bin"


def run_peer(peer: Path, validation: Path) -> dict[str, float]:
    out = tempfile.mkdtemp()
    start = time.perf_counter()
    command = [sys.executable, *PEER.split(), f"--out_dir={out}"]
    done = subprocess.run(command, cwd=peer, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - start
    steps = [float(ms) / 1000 for ms in re.findall(r"iter \d+: loss [\d.]+, time ([\d.]+)ms", done.stdout)]
    steps = steps[1:-1]  # the first and the last iteration hold an evaluation
    command = [sys.executable, "-c", PEER_LOSS, f"{out}/ckpt.pt", str(validation)]
    told = subprocess.run(command, cwd=peer, check=True, capture_output=True, text=True).stdout
    return {"seconds": sum(steps), "whole": whole, "loss": float(told.split("LOSS")[1])}


def run_ours(text: Path, steps: int, seed: int, extra: list[str]) -> dict[str, float]:
    out = Path(tempfile.mkdtemp(), "run")
    arguments = [str(text), "--steps", str(steps), "--seed", str(seed), "--out", str(out), "--sample-tokens", "0"]
    start = time.perf_counter()
    command = [sys.executable, "-m", "mebuki", "train", *arguments, "--evaluate-every", str(steps), *extra]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ})
    whole = time.perf_counter() - start
    command = [sys.executable, "-m", "mebuki", "evaluate", str(out), "--block", "64", "--checkpoint", "last", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    state = json.loads(next((out / "checkpoints").glob("step-*/state.json")).read_text())
    parameters = json.loads((out / "run.json").read_text())["parameters"]
    return {"seconds": state["seconds"], "whole": whole, "loss": found["loss"], "parameters": parameters}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--text", required=True, type=Path)
    p.add_argument("--peer", required=True, type=Path, help="a clone of nanoGPT")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--steps", type=int, default=140, help="of ours")
    given, extra = p.parse_known_args()
    text, peer = given.text.resolve(), given.peer.resolve()
    validation = prepare(peer, text)
    rows = []
    for number in range(given.rounds):
        row = {"ours": run_ours(text, given.steps, number, extra), "peer": run_peer(peer, validation)}
        row["ratio"] = row["peer"]["seconds"] / row["ours"]["seconds"]
        row["ratio_whole"] = row["peer"]["whole"] / row["ours"]["whole"]
        rows.append(row)
        print(json.dumps(row), flush=True)
    ratios = {key: round(median([row[key] for row in rows]), 2) for key in ("ratio", "ratio_whole")}
    report("time_to_loss", {"peer_command": "python " + PEER, **ratios, "rounds": rows})


if __name__ == "__main__":
    main()
