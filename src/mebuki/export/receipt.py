"""receipt.json: what was written, and how far what opened it agreed with the model here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MebukiError
from .trying import Answers

NAME = "receipt.json"
MOST = 1e-3  # that logits may differ by: floating-point sums in another order stay far below


@dataclass(frozen=True)
class Checked:
    """How far a witness agreed.

    Attributes:
        by: who it was, and its version.
        characters, tokens: of the texts that it was told.
        same_ids: share of these tokens that it cut the texts into as we do.
        positions: the first ones of each text, at which logits were compared.
        largest_difference: of a logit, over all of them; None: it computed none.
        same_likeliest: share of the positions where the same token was the likeliest.
        written, same_written: tokens that it wrote on, always the likeliest, and how many of them, from the first on, are ours.
    """

    by: str
    characters: int
    tokens: int
    same_ids: float
    positions: int = 0
    largest_difference: float | None = None
    same_likeliest: float | None = None
    written: int = 0
    same_written: int = 0

    def told(self) -> str:
        """A sentence for people, without its full stop."""
        if self.largest_difference is None:
            return f"Read back: {self.by}"
        return (
            f"Checked with {self.by}: {self.tokens:,} tokens, {self.same_ids:.2%} the same; "
            f"largest difference of a logit {self.largest_difference:.1e}, at {self.positions:,} of them; "
            f"{self.same_written} of {self.written} tokens that it wrote on"
        )


@dataclass(frozen=True)
class Receipt:
    """What is kept beside the files."""

    to: str
    name: str
    mebuki: str
    made: str
    parameters: int
    vocabulary: int
    checked: Checked
    notes: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"format": 1, **asdict(self), "notes": list(self.notes)}

    def write(self, folder: Path) -> None:
        """Write it into a folder that is there."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"
        (folder / NAME).write_text(text, encoding="utf-8", newline="\n")


def compare(ours: Answers, theirs: Answers, characters: int) -> Checked:
    """How far theirs agree with ours.

    Raises:
        MebukiError: their logits are others.
    """
    same = total = 0
    for left, right in zip(ours.ids, theirs.ids, strict=True):
        total += max(len(left), len(right))
        same += sum(a == b for a, b in zip(left, right, strict=False))
    pairs = list(zip(ours.logits, theirs.logits, strict=True))
    largest = max(float(np.abs(left - right).max()) for left, right in pairs)
    if not largest <= MOST:
        raise MebukiError(
            f"{theirs.who} computes something else from what was written: logits that differ by up to {largest:.2g}",
            allowed=f"up to {MOST:g}; nothing was kept",
            hint="another version of it",
        )
    positions = sum(len(left) for left, _ in pairs)
    likeliest = sum(int((left.argmax(-1) == right.argmax(-1)).sum()) for left, right in pairs)
    written, other = ours.written or [], theirs.written or []
    until = next((i for i, (a, b) in enumerate(zip(written, other, strict=False)) if a != b), len(written))
    return Checked(
        by=theirs.who,
        characters=characters,
        tokens=sum(map(len, ours.ids)),
        same_ids=same / total,
        positions=positions,
        largest_difference=largest,
        same_likeliest=likeliest / positions,
        written=len(written),
        same_written=min(until, len(other)),
    )


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of each file."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
