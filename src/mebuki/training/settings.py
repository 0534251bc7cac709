"""How a model is trained: the `[training]` section of a recipe. Light: imports neither NumPy nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import RecipeError
from ..fields import check_all, choice, number


@dataclass(frozen=True)
class TrainingSettings:
    """Steps, optimizer, schedule, precision, and how often to look, write and save.

    The learning rate rises during `warmup`, stays, and falls in a straight line to `final_rate` over the last
    `decay` of all steps. With `minutes`, the number of steps is planned from the pace of the first part.

    Raises:
        RecipeError: a value is out of range, or of the wrong type.
    """

    engine: str = choice("torch", "what computes: PyTorch, or NumPy with every gradient by hand", "torch", "scratch")
    steps: int | None = number(2000, "optimizer steps", 1, 10**9)
    minutes: float | None = number(None, "train for so long instead; the steps are planned from the pace", 0.01, 1e6)
    batch: int = number(32, "windows in one batch", 1, 2**20)
    accumulation: int = number(1, "batches whose gradients are added up before each step", 1, 4096)
    optimizer: str = choice("adamw", "muon trains the inner matrices with Muon, the rest with AdamW", "adamw", "muon")
    learning_rate: float = number(3e-3, "of AdamW", 1e-9, 100)
    matrix_rate: float = number(0.02, "of Muon", 1e-9, 100)
    beta1: float = number(0.9, "AdamW's memory of the gradient", 0, 0.9999)
    beta2: float = number(0.95, "AdamW's memory of the squared gradient", 0, 0.99999)
    momentum: float = number(0.95, "Muon's memory of the gradient; shorter in the first 840 steps", 0, 0.9999)
    weight_decay: float = number(0.0, "pull of the matrices towards zero", 0, 10)
    warmup: int = number(10, "steps in which the learning rate rises", 0, 10**9)
    decay: float = number(0.6, "last share of the steps, in which the learning rate falls", 0, 1)
    final_rate: float = number(0.02, "learning rate at the end, as a share of the full one", 0, 1)
    clip: float = number(1.0, "longest gradient norm allowed, 0: any", 0, 1e9)
    ema: float = number(0.0, "memory of the moving average of the weights, 0: none", 0, 0.99999)
    evaluate_every: int = number(0, "steps between evaluations, 0: ten times in all", 0, 10**9)
    evaluate_tokens: int = number(
        300_000,
        "longest validation read in full while training; a longer one is read in evenly spread blocks",
        1,
        10**12,
    )
    patience: int = number(0, "stop after so many evaluations without a better one, 0: never", 0, 10**6)
    sample_tokens: int = number(120, "length of the sample written at each evaluation, 0: none", 0, 10**5)
    sample_prompt: str = field(default="", metadata={"help": "what samples begin with"})
    keep: int = number(2, "checkpoints kept besides the best", 1, 10**6)
    save_seconds: float = number(60.0, "longest time between checkpoints", 0, 1e9)
    precision: str = choice("auto", "auto measures which is faster here", "auto", "float32", "bfloat16")
    compile: bool = field(default=False, metadata={"help": "compile the model first (slow start, then faster)"})
    device: str = choice("auto", "where to train", "auto", "cpu", "cuda")
    threads: int = number(0, "processor threads, 0: as torch chooses", 0, 1024)

    def __post_init__(self) -> None:
        check_all(self)
        if self.engine == "scratch":
            self._refuse_what_scratch_lacks()

    def _refuse_what_scratch_lacks(self) -> None:
        for name, allowed in (("precision", ("auto", "float32")), ("device", ("auto", "cpu")), ("compile", (False,))):
            if (given := getattr(self, name)) not in allowed:
                raise RecipeError(
                    f"{name} is {str(given).lower()}, which the engine scratch does not have",
                    allowed=", ".join(str(value).lower() for value in allowed),
                    hint="engine torch",
                )
