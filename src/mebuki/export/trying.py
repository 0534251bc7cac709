"""What is tried on a model that was exported, and how its answers are held against ours.

Shapes: T ids of a text, V vocabulary.

A witness is another program that opens the written files. It runs in a process of its own, which reaches for no network, since some
end the process on what they do not like.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grown import Grown

GREEDY = 100  # tokens that each writes on, always the likeliest
MIXED = (
    "The kettle sang; 12 + 34 = 46.  Two spaces,\ta tab, a line end.\n"
    "吾輩は猫である。名前はまだ無い（カタカナ、ひらがな、漢字）。\r\n"
    'def leaf(x: float) -> str:\n    return f"{x:.3f}" if x < 1e-6 else "<eos> <unk> </s> <0x41>"\n'
    "🌱👩‍👩‍👧 é e\u0301 ½ ﷽ 𠮷 Ω ß Привет नमस्ते\u200b\ufeff end "
)


@dataclass(frozen=True)
class Answers:
    """What one says to the texts.

    Attributes:
        who: the program, and its version.
        ids: of each text.
        logits: [T, V] for each text's first ids, as many as were asked for.
        written: ids that it writes on after the first text, always the likeliest of those that are not silent; None: not asked.
    """

    who: str
    ids: list[list[int]]
    logits: list[NDArray[np.float32]]
    written: list[int] | None = None


def texts(grown: Grown) -> list[str]:
    """What is tried: some of its own text, if there is, and one of everything."""
    return [text for text in (grown.sample, MIXED) if text]


def ours(grown: Grown, given: list[str], longest: int) -> Answers:
    """What the model here says, in PyTorch.

    Args:
        longest: how many ids of each text are read at most.
    """
    import torch

    from ..models import build
    from ..models.weights import load_weights

    model = build("transformer", grown.vocabulary, grown.shape)
    load_weights(model, grown.weights)
    model.eval()
    ids = [grown.tokenizer.encode(text).tolist() for text in given]
    with torch.inference_mode():
        logits = [model(torch.tensor([i[:longest]]))[0].numpy() for i in ids]
        written, silent = [], grown.silent
        row, state = model.start(torch.tensor([ids[0][: _prompt(longest)]]))
        for _ in range(_greedy(longest)):
            row[:, silent] = -torch.inf
            written.append(int(row.argmax()))
            row, state = model.step(torch.tensor([written[-1]]), state)
    return Answers("Mebuki", ids, logits, written)


def _prompt(longest: int) -> int:
    """How many ids of the first text it writes on from."""
    return max(1, min(16, longest // 4))


def _greedy(longest: int) -> int:
    """How many it writes on."""
    return max(0, min(GREEDY, longest - _prompt(longest)))


def asked(witness: str, path: Path, grown: Grown, given: list[str], longest: int) -> Answers | str:
    """What a witness says, a module beside this one; or why it says nothing."""
    with tempfile.TemporaryDirectory(prefix="mebuki-") as home:
        question, answer = Path(home, "question.json"), Path(home, "answer.npz")
        ids = [grown.tokenizer.encode(text)[:longest].tolist() for text in given]
        about = Question(given, ids, grown.silent, _prompt(longest), _greedy(longest))
        question.write_text(json.dumps(asdict(about)), encoding="utf-8")
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", f"mebuki.export.{witness}", str(path), str(question), str(answer)]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", env=environment
        )
        if done.returncode or not answer.exists():
            told = (done.stderr.strip().splitlines() or [""])[-1]
            return f"{witness} ended with {done.returncode}: {told}"[:500]
        with np.load(answer) as found:
            return Answers(
                str(found["who"]),
                [found[f"ids{i}"].tolist() for i in range(len(given))],
                [found[f"logits{i}"] for i in range(len(given))],
                found["written"].tolist() if "written" in found else None,
            )


@dataclass(frozen=True)
class Question:
    """The same as a witness reads it."""

    texts: list[str]
    ids: list[list[int]]
    silent: list[int]
    prompt: int
    greedy: int

    @classmethod
    def load(cls, path: str) -> Question:
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))


def answer(path: str, who: str, ids: list[list[int]], logits: list[Any], written: list[int] | None) -> None:
    """Write what a witness says."""
    arrays = {f"ids{i}": np.array(value, dtype=np.int64) for i, value in enumerate(ids)}
    arrays |= {f"logits{i}": np.asarray(value, dtype=np.float32) for i, value in enumerate(logits)}
    if written is not None:
        arrays["written"] = np.array(written, dtype=np.int64)
    np.savez(path, who=np.array(who), **arrays)  # pyright: ignore[reportArgumentType]
