"""What makes a model that calculates: the problems, the model, the training. Light: imports neither NumPy nor torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import unknown
from ..fields import check_all, choice, number
from .settings import TrainingSettings


@dataclass(frozen=True)
class CalculatorSettings:
    """One training of the calculator.

    >>> CalculatorSettings().work
    'steps'

    Raises:
        RecipeError: a value is out of range, or of the wrong type.
    """

    problems: str = choice(
        "all",
        "what is learned: all suites; wide: those, and problems beyond their sizes; addition and subtraction alone; or brackets alone",
        "all",
        "wide",
        "addition",
        "brackets",
    )
    work: str = choice(
        "steps",
        "what is written: steps, lowest digit first; answer: the same without steps; plain: the answer alone, highest digit first",
        "steps",
        "answer",
        "plain",
    )
    digits: int = number(20, "most digits of the numbers that are added", 1, 40)
    depth: int = number(3, "deepest brackets", 1, 3)
    width: int = number(128, "of the residual stream", 8, 4096)
    layers: int = number(5, "blocks", 1, 64)
    heads: int = number(4, "of attention", 1, 64)
    steps: int = number(7000, "optimizer steps", 1, 10**9)
    letters: int = number(3072, "of one batch, about", 64, 2**24)
    learning_rate: float = number(4e-3, "of AdamW", 1e-9, 100)
    matrix_rate: float = number(0.02, "of Muon", 1e-9, 100)
    weight_decay: float = number(0.02, "pull of the matrices towards zero", 0, 10)
    warmup: int = number(30, "steps in which the learning rate rises", 0, 10**9)
    decay: float = number(0.7, "last share of the steps, in which the learning rate falls", 0, 1)
    ema: float = number(0.998, "memory of the moving average of the weights, 0: none", 0, 0.99999)
    rise: float = number(
        0.3, "share of the steps in which problems grow to their full size, 0: they begin with it", 0, 1
    )
    shift: int = number(0, "largest random shift of the places of digits, so that longer numbers can be read", 0, 100)
    seed: int = number(0, "of the first weights and of the problems", 0, 2**31 - 1)
    examinations: int = number(12, "how often it is examined while it learns", 1, 10**4)
    examined: int = number(48, "problems kept aside of each suite in such an examination", 1, 10**5)
    save_seconds: float = number(60.0, "longest time between checkpoints", 0, 1e9)
    device: str = choice("auto", "where to train", "auto", "cpu", "cuda")
    threads: int = number(0, "processor threads, 0: as torch chooses", 0, 1024)
    precision: str = choice("float32", "of what is computed in training", "float32", "bfloat16")
    workers: int = number(0, "processes that make problems up ahead, for a GPU; 0: none", 0, 256)

    def __post_init__(self) -> None:
        check_all(self)

    @property
    def training(self) -> TrainingSettings:
        """The part of it that a `Trainer` needs."""
        return TrainingSettings(
            steps=self.steps,
            optimizer="muon",
            learning_rate=self.learning_rate,
            matrix_rate=self.matrix_rate,
            weight_decay=self.weight_decay,
            beta2=0.98,
            warmup=self.warmup,
            decay=self.decay,
            final_rate=0.01,
            ema=self.ema,
            precision=self.precision,
            device=self.device,
            threads=self.threads,
        )


RECIPES: dict[str, dict[str, Any]] = {
    "calculator": {},
    "calculator-large": {
        "width": 256,
        "layers": 8,
        "heads": 8,
        "steps": 60000,
        "letters": 32768,
        "matrix_rate": 0.015,
        "workers": 6,
    },
    "addition": {"problems": "addition", "steps": 2000, "examinations": 8},
    "addition-plain": {"problems": "addition", "work": "plain", "steps": 2000, "examinations": 8},
    "plain": {"work": "plain"},
}


def recipe(name: str, **changes: Any) -> CalculatorSettings:
    """A calculator's settings by name, with some of them changed.

    Raises:
        RecipeError: an unknown name, or a value out of range.

    >>> recipe("addition", steps=10).problems
    'addition'
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return CalculatorSettings(**{**RECIPES[name], **changes})
