"""What makes a model that adds: the problems, the model, the training. Light: imports neither NumPy nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..fields import check_all, choice, number
from .settings import TrainingSettings


def _switch(default: bool, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class AdditionSettings:
    """One training of sequence to sequence on addition.

    >>> AdditionSettings().variant
    'reversed + attention'

    Raises:
        RecipeError: a value is out of range, or of the wrong type.
    """

    engine: str = choice("torch", "torch, or scratch: NumPy with every gradient by hand", "torch", "scratch")
    digits: int = number(3, "of the longest numbers", 1, 9)
    reverse: bool = _switch(True, "read the question backwards")
    peeky: bool = _switch(False, "show the encoded question to every step of the decoder")
    attention: bool = _switch(True, "let the decoder look back on every letter of the question")
    width: int = number(128, "units of the encoder and of the decoder", 1, 4096)
    embedding: int = number(32, "numbers for each letter", 1, 4096)
    steps: int | None = number(3000, "optimizer steps", 1, 10**9)
    minutes: float | None = number(None, "train for so long instead; the steps are planned from the pace", 0.01, 1e6)
    batch: int = number(128, "problems in one batch, new ones each time", 1, 2**20)
    learning_rate: float = number(0.01, "of AdamW", 1e-9, 100)
    beta2: float = number(0.99, "AdamW's memory of the squared gradient", 0, 0.99999)
    warmup: int = number(50, "steps in which the learning rate rises", 0, 10**9)
    decay: float = number(0.6, "last share of the steps, in which the learning rate falls", 0, 1)
    clip: float = number(1.0, "longest gradient norm allowed, 0: any", 0, 1e9)
    seed: int = number(0, "of the first weights, of the problems, and of those kept aside", 0, 2**31 - 1)
    heldout: int = number(5000, "problems kept aside that it is tried on at the end", 1, 10**6)
    evaluations: int = number(20, "how often it is tried on some of them while it learns", 1, 10**4)

    def __post_init__(self) -> None:
        check_all(self)

    @property
    def variant(self) -> str:
        """Its name among the variants: which of the three means it uses."""
        means = {"reversed": self.reverse, "peeky": self.peeky, "attention": self.attention}
        return " + ".join(name for name, used in means.items() if used) or "plain"

    @property
    def training(self) -> TrainingSettings:
        """The part of it that a `Schedule` needs."""
        return TrainingSettings(
            steps=None if self.minutes is not None else self.steps,
            minutes=self.minutes,
            warmup=self.warmup,
            decay=self.decay,
            final_rate=0.0,
        )


VARIANTS: dict[str, dict[str, bool]] = {
    "plain": {"reverse": False, "peeky": False, "attention": False},
    "reversed": {"reverse": True, "peeky": False, "attention": False},
    "peeky": {"reverse": False, "peeky": True, "attention": False},
    "reversed + peeky": {"reverse": True, "peeky": True, "attention": False},
    "attention": {"reverse": False, "peeky": False, "attention": True},
    "reversed + attention": {"reverse": True, "peeky": False, "attention": True},
}
