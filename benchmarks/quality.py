"""The law of `mebuki estimate`: runs on several texts, and the constants of `mebuki.runs.expected` fitted to them.

    python -m benchmarks.quality --texts novel.txt diary.jsonl --models transformer --sizes tiny small --steps 100 300
    python -m benchmarks.quality --texts novel.txt --first 100000 --steps 500    # its first 100,000 letters
    python -m benchmarks.quality                                                 # fit what was measured so far

Runs are added to benchmarks/results/quality.jsonl (losses only; texts by name). Of each run the best evaluation counts,
as its best checkpoint is the one that is used. How far off the law is, is measured on each text in turn, which then
has no part in the fit, all its shortened forms included: the range that `mebuki estimate` tells holds four of five of them.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.machine import RESULTS, spread
from mebuki import recipes, train
from mebuki.runs.estimate import know
from mebuki.runs.expected import LAWS, Law

ROWS = RESULTS / "quality.jsonl"
KINDS = tuple(LAWS)
Row = dict[str, Any]


def measure(text: Path, first: int, model: str, size: str, steps: int, threads: int) -> Row:
    """Train once, and say what the law is about."""
    with tempfile.TemporaryDirectory() as folder:
        source = text
        if first:
            source = Path(folder, text.name)
            source.write_text(text.read_text(encoding="utf-8")[:first], encoding="utf-8", newline="\n")
        recipe = recipes.named(model, source, size=size, steps=steps, sample_tokens=0, threads=threads)
        recipe = recipe.change(evaluate_every=max(1, steps // (4 if steps <= 300 else 10)))
        known = know(recipe)
        run = train(recipe, Path(folder, "run"), watch=lambda event: None)
        losses = [row["loss"] for row in run.metrics() if row["event"] == "evaluation"]
        return {
            "text": text.name,
            "first": first,
            "model": model,
            "size": size,
            "parameters": run.info["parameters"],
            "length": len(known.corpus.train),
            "tokens": steps * recipe.training.accumulation * recipe.training.batch * recipe.shape.context,
            "unigram": round(known.baselines.unigram, 4),
            "pairs": round(known.pairs, 4),
            "sequences": round(known.sequences, 4),
            "loss": round(min(losses), 4),
        }


def share(row: Row) -> float:
    """q: how much of the way from the unigram to the counted sequences is still to go."""
    best = row["pairs" if row["model"] == "bigram" else "sequences"]
    return (row["loss"] - best) / (row["unigram"] - best)


def fit(rows: Sequence[Row]) -> dict[str, Law]:
    """The constants that fit best: a and b of each kind apart, c of Transformers and of recurrent models, the others common to all."""
    kind = torch.tensor([KINDS.index(row["model"]) for row in rows])
    counted = ("tokens", "length", "parameters")
    T, U, N = (torch.tensor([row[name] / 1e6 for row in rows], dtype=torch.float64) for name in counted)
    wanted = torch.tensor([share(row) for row in rows], dtype=torch.float64)
    a, b, c, u, v, R = (torch.tensor(x, dtype=torch.float64) for x in ([0.1] * 5, [0.5] * 5, [0.1] * 5, 0.1, 0.3, 8.0))
    logs = [x.log().requires_grad_() for x in (a, b, c, u, v, R)]
    walker = torch.optim.LBFGS(logs, max_iter=500, line_search_fn="strong_wolfe")

    def of() -> torch.Tensor:
        a, b, c, u, v, R = (x.exp() for x in logs)
        D = R * U * -torch.expm1(-T / (R * U))
        bigram = kind == KINDS.index("bigram")
        return a[kind] * D ** -b[kind] * N ** -torch.where(bigram, 0, torch.where(kind == 0, c[0], c[1])) - torch.where(
            bigram, 0, u * U**-v
        )

    def loss() -> torch.Tensor:
        walker.zero_grad()
        off = torch.nn.functional.huber_loss(of(), wanted, delta=0.03)  # a few runs far off do not bend it
        alike = sum(
            weight * (x[:-1] - x[:-1].mean()).square().sum() for weight, x in ((1e-4, logs[0]), (1e-3, logs[1]))
        )
        whole = off + alike + 1e-6 * sum(x.square().sum() for x in logs[2:])  # kinds of few runs stay near the others
        whole.backward()
        return whole

    walker.step(loss)  # pyright: ignore[reportArgumentType]
    a, b, c, u, v, R = (x.detach().exp() for x in logs)
    laws = {}
    for number, name in enumerate(KINDS):
        c_, u_ = (0.0, 0.0) if name == "bigram" else (float(c[min(number, 1)]), float(u))
        sizes = [row["parameters"] / 1e6 for row in rows if row["model"] == name] or [0.0]
        shape = {"smallest": min(sizes), "largest": max(sizes), "spread": 0.0}
        laws[name] = Law(float(a[number]), float(b[number]), c_, u_, float(v), float(R), **shape)
    return laws


def off(law: Law, row: Row) -> float:
    """How far the law is off, in q."""
    return law.q(row["tokens"], row["length"], row["parameters"]) - share(row)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--texts", nargs="+", type=Path, default=[])
    p.add_argument("--first", type=int, default=0, help="letters of each text; 0: all")
    p.add_argument("--models", nargs="+", choices=KINDS, default=["transformer"])
    p.add_argument("--sizes", nargs="+", default=["small"])
    p.add_argument("--steps", nargs="+", type=int, default=[100, 300])
    p.add_argument("--threads", type=int, default=0)
    given = p.parse_args()
    plan = [(t, m, s, n) for t in given.texts for m in given.models for s in given.sizes for n in given.steps]
    for text, model, size, steps in plan:
        row = measure(text, given.first, model, size, steps, given.threads)
        with ROWS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(json.dumps(row, ensure_ascii=False), flush=True)
    if not given.texts:
        show([json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()])


def show(rows: list[Row]) -> None:
    """The constants, and how far off they are on texts that had no part in the fit."""
    aside: dict[str, list[float]] = {kind: [] for kind in KINDS}
    print("  off, in q and as a factor of the perplexity, of each run when its text had no part in the fit")
    for text in sorted({row["text"] for row in rows}):
        laws = fit([row for row in rows if row["text"] != text])
        for row in (row for row in rows if row["text"] == text):
            q = off(laws[row["model"]], row)
            aside[row["model"]].append(abs(q))
            best = row["pairs" if row["model"] == "bigram" else "sequences"]
            factor = math.exp(q * (row["unigram"] - best))
            name = f"{text}, first {row['first']:,}" if row["first"] else text
            told = f"{row['tokens']:>10,} tokens  perplexity {math.exp(row['loss']):8.2f}  q {share(row):6.3f}"
            print(f"  {name:<36} {row['model']:<12} {row['size']:<6} {told}  off {q:+.3f}  x {factor:.3f}")
    everything = sorted(error for errors in aside.values() for error in errors)
    for kind, law in fit(rows).items():
        errors = sorted(aside[kind]) if len(aside[kind]) >= 8 else everything
        law = replace(law, spread=errors[math.ceil(0.8 * len(errors)) - 1])
        numbers = ", ".join(f"{float(f'{value:.3g}')}" for value in vars(law).values())
        print(f'    "{kind}": Law({numbers}),')
    print(f"  {len(rows)} runs; off by, in q: {spread(everything)}")


if __name__ == "__main__":
    main()
