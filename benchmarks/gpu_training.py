"""A step of 124 million parameters on a GPU: one GPU's share of the plan in docs/scaling.md, against GPT-2 of transformers.

    python -m benchmarks.gpu_training --peak 989

Both have 12 layers of width 768, 12 heads, 50,304 tokens, windows of 1,024, tied, 16 windows a step, AdamW (fused), and see the same
noise for a text. Ours has RMSNorm, rotary positions, SwiGLU and 123.6 M numbers; GPT-2 has LayerNorm, learned positions, GELU and 124.4 M.
Cases: bfloat16 compiled, bfloat16 as it is, float32. `mfu` is the share of `--peak` (bfloat16, TFLOPS) that arrives in the model,
counted as docs/scaling.md counts it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.turns import Repeat, Side, run

VOCABULARY, CONTEXT, BATCH, LAYERS, WIDTH, HEADS = 50_304, 1024, 16, 12, 768, 12


class Noise:
    """A text of ids that mean nothing."""

    def __init__(self) -> None:
        self.ids = np.random.default_rng(0).integers(VOCABULARY, size=64 * CONTEXT * BATCH)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: slice) -> np.ndarray:
        return self.ids[place]

    def windows(self, starts: np.ndarray, length: int) -> np.ndarray:
        return self.ids[starts[:, None] + np.arange(length)]


def timed(step: Callable[[], object], parameters: int, given: argparse.Namespace) -> Repeat:
    """Warm up; a turn takes so many steps."""
    import torch

    flops = 6 * parameters + 12 * LAYERS * CONTEXT * WIDTH
    for _ in range(3):
        step()

    def repeat(number: int, before: Any) -> dict[str, float]:
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(given.steps):
            step()
        torch.cuda.synchronize()
        seconds = (time.perf_counter() - start) / given.steps
        pace = BATCH * CONTEXT / seconds
        return {
            "tokens_per_second": round(pace),
            "milliseconds_a_step": round(1e3 * seconds, 2),
            "mfu": round(pace * flops / (given.peak * 1e12), 4),
            "gigabytes": round(torch.cuda.max_memory_allocated() / 1e9, 2),
        }

    return repeat


def ours(given: argparse.Namespace) -> Repeat:
    import torch

    from mebuki.models import build, shape_of
    from mebuki.training.batches import Batches
    from mebuki.training.settings import TrainingSettings
    from mebuki.training.trainer import Trainer

    torch.manual_seed(0)
    sizes = {"width": WIDTH, "layers": LAYERS, "heads": HEADS, "context": CONTEXT, "tied": True, "dropout": 0.0}
    model = build("transformer", VOCABULARY, shape_of("transformer", "base", **sizes)).to("cuda")
    settings = TrainingSettings(
        steps=10**6, batch=BATCH, optimizer="adamw", precision=given.precision, compile=given.compile, device="cuda"
    )
    trainer = Trainer(model, Batches(Noise(), CONTEXT, BATCH, seed=0), settings)
    return timed(trainer.step, model.parameter_count, given)


def peer(given: argparse.Namespace) -> Repeat:
    import torch
    import torch.nn.functional as F
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    none = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    shape = {"vocab_size": VOCABULARY, "n_positions": CONTEXT, "n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS}
    about = {"use_cache": False, "attn_implementation": "sdpa"}
    model = GPT2LMHeadModel(GPT2Config(**shape, **none, **about)).to("cuda")  # pyright: ignore[reportArgumentType, reportCallIssue]
    call: Any = torch.compile(model) if given.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, fused=True)
    text, generator = Noise(), np.random.default_rng(1)

    def step() -> None:
        starts = generator.integers(len(text) - CONTEXT - 1, size=BATCH)
        windows = torch.from_numpy(text.windows(starts, CONTEXT + 1)).to("cuda")
        with torch.autocast("cuda", torch.bfloat16, enabled=given.precision == "bfloat16"):
            logits = call(windows[:, :-1]).logits
        loss = F.cross_entropy(logits.float().flatten(0, 1), windows[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()

    return timed(step, model.num_parameters(), given)


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--peak", type=float, default=989.0, help="TFLOPS of the GPU in bfloat16 (an H100's or H200's: 989)")
    p.add_argument("--steps", type=int, default=10, help="of a turn")


def main() -> None:
    sides = {"mebuki": Side(ours), "transformers": Side(peer, package="transformers")}
    ways = [("bfloat16", True), ("bfloat16", False), ("float32", False)]
    cases = [{"precision": precision, "compile": compiled} for precision, compiled in ways]
    run("gpu_training", __doc__, sides, options=options, cases=lambda given: cases, rounds=5)


if __name__ == "__main__":
    main()
