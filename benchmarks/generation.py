"""Generated tokens a second, of one stream or of several at once, against nanoGPT and transformers.

    python -m benchmarks.generation --peer path/to/nanoGPT
    python -m benchmarks.generation --streams 1 4 16 64 --sides mebuki torch transformers

Weights are drawn afresh; their speed is that of trained ones. All have 4 layers of width 128 (0.8 M) or, with `--size base`,
6 of width 384 (10.7 M), and draw at temperature 0.8 from 65 letters or a few more. `mebuki` is what `mebuki generate`
takes by itself, `torch` and `scratch` are its other engines; nanoGPT reads the last `--context` tokens anew for each
one; transformers (Llama of the same shape) keeps its cache.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks import nanogpt
from benchmarks.ours import recipe_of, run_of
from benchmarks.turns import Repeat, Side, path, run
from mebuki.generation.sampler import Sampling

SHAPES = {"small": {"layers": 4, "width": 128, "heads": 4}, "base": {"layers": 6, "width": 384, "heads": 6}}
LETTERS = 65


def timed(write: Callable[[int], int], given: argparse.Namespace) -> Repeat:
    """`write` gets the turn's number, and says how many tokens it wrote."""

    def repeat(number: int, before: Any) -> dict[str, float]:
        start = time.perf_counter()
        tokens = write(number)
        return {"tokens_per_second": round(tokens / (time.perf_counter() - start), 1)}

    return repeat


def ours(engine: str | None) -> Callable[[argparse.Namespace], Repeat]:
    def make(given: argparse.Namespace) -> Repeat:
        changes: dict[str, Any] = {} if given.context is None else {"context": given.context}
        opened = run_of(recipe_of(given, given.model, size=given.size, **changes))
        opened.engine = engine
        sampling = Sampling(temperature=0.8)

        def write(number: int) -> int:
            how = {"samples": given.streams, "tokens": given.tokens, "seed": abs(number), "sampling": sampling}
            for _ in opened.generate_many("The ", **how):
                pass
            return given.streams * given.tokens

        return timed(write, given)

    return make


def peer(given: argparse.Namespace) -> Repeat:
    import torch

    torch.set_num_threads(given.threads or torch.get_num_threads())
    model = nanogpt.model_of(given.peer, LETTERS, context=given.context or 64, **SHAPES[given.size]).eval()
    start = torch.zeros(given.streams, 4, dtype=torch.long)

    def write(number: int) -> int:
        model.generate(start, given.tokens, temperature=0.8)
        return given.streams * given.tokens

    return timed(write, given)


def transformers(given: argparse.Namespace) -> Repeat:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(given.threads or torch.get_num_threads())
    shape = SHAPES[given.size]
    config = LlamaConfig(
        vocab_size=LETTERS,
        hidden_size=shape["width"],
        intermediate_size=8 * shape["width"] // 3 // 32 * 32,
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        max_position_embeddings=given.tokens + 8,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config).eval()
    start = torch.ones(given.streams, 4, dtype=torch.long)
    how: dict[str, Any] = {"do_sample": True, "temperature": 0.8, "top_k": 0, "use_cache": True}

    def write(number: int) -> int:
        model.generate(start, attention_mask=torch.ones_like(start), max_new_tokens=given.tokens, **how)  # pyright: ignore
        return given.streams * given.tokens

    return timed(write, given)


def options(p: argparse.ArgumentParser) -> None:
    path(p, "--text", "to take the letters from; default: the sample diary")
    nanogpt.option(p)
    p.add_argument("--model", default="transformer", help="of ours")
    p.add_argument("--size", choices=list(SHAPES), default="small")
    p.add_argument("--streams", type=int, nargs="+", default=[1])
    p.add_argument("--context", type=int, help="default: the recipe's, and 64 of nanoGPT")
    p.add_argument("--tokens", type=int, default=500, help="of each stream in a turn")


def main() -> None:
    sides = {"mebuki": Side(ours(None)), "torch": Side(ours("torch")), "scratch": Side(ours("scratch"))}
    sides |= {"nanoGPT": Side(peer, folder="peer"), "transformers": Side(transformers, package="transformers")}
    cases = lambda given: [{"streams": streams} for streams in given.streams]  # noqa: E731
    run("generation", __doc__, sides, options=options, cases=cases, rounds=5)


if __name__ == "__main__":
    main()
