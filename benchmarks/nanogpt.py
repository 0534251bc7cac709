"""nanoGPT (Karpathy 2022), a clone made by whoever runs this: as its README trains it on a processor.

4 layers, width 128, blocks of 64, batches of 12, 2,000 iterations, no dropout. Its evaluations are left out in its favour.
"""

from __future__ import annotations

import argparse
import contextlib
import pickle
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ours import folder
from benchmarks.turns import Repeat, Side, path

COMMAND = (
    "train.py config/train_shakespeare_char.py --device=cpu --compile=False --eval_iters=1 --log_interval=1 "
    "--block_size=64 --batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --dropout=0.0 --always_save_checkpoint=True"
)

# Run inside the clone: its own model class reads its own checkpoint.
LOSS = """
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


def option(p: argparse.ArgumentParser) -> None:
    path(p, "--peer", "a clone of nanoGPT")


def ids_of(text: Path) -> tuple[np.ndarray, list[str]]:
    content = text.read_text(encoding="utf-8")
    letters = sorted(set(content))
    number = {letter: i for i, letter in enumerate(letters)}
    return np.array([number[letter] for letter in content], dtype=np.uint16), letters


def prepare(peer: Path, text: Path) -> Path:
    """The clone's data files, as its prepare.py makes them (which would ask the network for the text)."""
    data = peer / "data" / "shakespeare_char"
    ids, letters = ids_of(text)
    cut = int(len(ids) * 0.9)
    ids[:cut].tofile(data / "train.bin")
    ids[cut:].tofile(data / "val.bin")
    meta = {"vocab_size": len(letters), "itos": dict(enumerate(letters)), "stoi": {c: i for i, c in enumerate(letters)}}
    (data / "meta.pkl").write_bytes(pickle.dumps(meta))
    return data / "val.bin"


def training(given: argparse.Namespace) -> Repeat:
    """Its whole command, and the loss of what it ends with over the whole validation split in blocks of 64."""
    validation = prepare(given.peer, given.text)

    def repeat(number: int, before: Any) -> dict[str, float]:
        out = folder()
        start = time.perf_counter()
        length = [f"--{name}={given.iterations}" for name in ("max_iters", "lr_decay_iters", "eval_interval")]
        told = _inside(given.peer, *COMMAND.split(), *length, f"--out_dir={out}")
        seconds = time.perf_counter() - start
        steps = [float(ms) / 1000 for ms in re.findall(r"iter \d+: loss [\d.]+, time ([\d.]+)ms", told)]
        loss = _inside(given.peer, "-c", LOSS, f"{out}/ckpt.pt", str(validation)).split("LOSS")[1]
        # the first and the last iteration hold an evaluation
        return {"seconds": sum(steps[1:-1]), "whole_seconds": seconds, "loss": float(loss), "steps": len(steps)}

    return repeat


def _inside(peer: Path, *arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=peer, check=True, capture_output=True, text=True).stdout


def model_of(peer: Path, vocabulary: int, *, context: int, width: int = 128, layers: int = 4, heads: int = 4) -> Any:
    """Its model with fresh weights."""
    sys.path.insert(0, str(peer))
    with contextlib.redirect_stdout(sys.stderr):
        from model import GPT, GPTConfig  # pyright: ignore[reportMissingImports]

        shape = {"n_layer": layers, "n_head": heads, "n_embd": width, "block_size": context, "dropout": 0.0}
        return GPT(GPTConfig(vocab_size=vocabulary, bias=False, **shape))


def stepping(text: Path, peer: Path, batch: int, context: int) -> Any:
    """A function that takes one training step as the loop of its train.py does, on a processor."""
    import torch

    ids, letters = ids_of(text)
    data = ids[: int(len(ids) * 0.9)]
    model = model_of(peer, len(letters), context=context)
    with contextlib.redirect_stdout(sys.stderr):
        optimizer = model.configure_optimizers(0.1, 1e-3, (0.9, 0.99), "cpu")

    def step() -> None:
        at = torch.randint(len(data) - context, (batch,))
        x = torch.stack([torch.from_numpy(data[i : i + context].astype(np.int64)) for i in at])
        y = torch.stack([torch.from_numpy(data[i + 1 : i + 1 + context].astype(np.int64)) for i in at])
        model(x, y)[1].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


TRAINING = Side(training, folder="peer")
