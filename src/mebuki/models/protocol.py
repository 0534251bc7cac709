"""The one protocol of all models: one trainer, one generator and one evaluator serve them all.

Shapes: B batch, T time, V vocabulary.

    logits_BTV          = model(ids_BT)             # training and scoring: all positions at once
    logits_BV, state    = model.start(ids_BT)       # read a prompt
    logits_BV, state    = model.step(ids_B, state)  # one token more

The law that every model keeps: starting with some tokens and stepping through the rest gives the logits of one
full forward over all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import RecipeError
from ..shapes import Shape

if TYPE_CHECKING:
    from .whole_step import WholeStep


class LanguageModel(nn.Module, ABC):
    """A model that gives logits of the next token.

    Attributes:
        kind: its name, as in recipes.
        vocabulary: V, the number of ids it reads and writes; ids are in [0, V).
        context: letters in one training window; a Transformer looks back on at most so many.
        half_precision: whether it may be trained in bfloat16.
        quick: compiled losses and gradients, once `quicken` has found them.
    """

    kind: ClassVar[str]
    half_precision: ClassVar[bool] = True
    vocabulary: int
    context: int
    quick: WholeStep | None = None

    @abstractmethod
    def forward(self, ids_BT: Tensor) -> Tensor:
        """Logits [B, T, V] of the token after each position; ids are int64 [B, T], T ≥ 1."""

    @abstractmethod
    def start(self, ids_BT: Tensor) -> tuple[Tensor, Any]:
        """Read a prompt, int64 [B, T], T ≥ 1: logits [B, V] of what follows, and the state to step on from."""

    @abstractmethod
    def step(self, ids_B: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Read one token more, int64 [B]: logits [B, V] and the new state. The old state must not be used again."""

    def losses(
        self, ids_BT: NDArray[np.int64], targets_BC: NDArray[np.int64], precision: str = "float32"
    ) -> NDArray[np.float64]:
        """Surprise in nats at what follows the last C positions of each row, [B, C]; arrays in and out."""
        if self.quick and self.quick.precision == precision and ids_BT.shape[1] <= self.context:
            return self.quick.losses(ids_BT, targets_BC)
        was_training, kind = self.training, self.device.type
        self.eval()
        with torch.inference_mode():
            with torch.autocast(kind, torch.bfloat16, enabled=precision == "bfloat16"):
                logits_BCV = self(torch.from_numpy(ids_BT).to(self.device))[:, -targets_BC.shape[1] :]
            targets = torch.from_numpy(targets_BC).to(self.device)
            losses = F.cross_entropy(logits_BCV.float().flatten(0, 1), targets.flatten(), reduction="none")
        self.train(was_training)
        return losses.double().cpu().numpy().reshape(targets_BC.shape)

    def quicken(self, precision: str, *, wait: bool = False) -> bool:
        """Look for a compiled way to losses and gradients; whether there is one now.

        Args:
            precision: float32 or bfloat16.
            wait: for the compiler, if this version never ran on this machine; False: it works in the background.
        """
        return False

    def arrays(self) -> Arrays:
        """The model for arrays in place of tensors, to generate with."""
        return Arrays(self.eval())

    def matrices(self) -> list[tuple[nn.Parameter, tuple[int, ...]]]:
        """The inner matrices, for optimizers that treat them as maps, each with the row counts of its parts."""
        return []

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """The numbers that it was made from."""

    @property
    def parameter_count(self) -> int:
        """How many numbers the model learns; a tied matrix counts once."""
        return sum(p.numel() for p in self.parameters())

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


class Arrays:
    """`start` and `step` of a model with arrays of ids in and arrays of logits (float32) out."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.vocabulary = model, model.vocabulary

    @torch.inference_mode()
    def start(self, ids_BT: NDArray[np.int64]) -> tuple[NDArray[np.float32], Any]:
        logits_BV, state = self.model.start(torch.from_numpy(ids_BT).to(self.model.device))
        return logits_BV.float().cpu().numpy(), state

    @torch.inference_mode()
    def step(self, ids_B: NDArray[np.int64], state: Any) -> tuple[NDArray[np.float32], Any]:
        logits_BV, state = self.model.step(torch.from_numpy(ids_B).to(self.model.device), state)
        return logits_BV.float().cpu().numpy(), state


def check_ids(ids: Tensor, vocabulary: int) -> None:
    """Refuse ids outside [0, vocabulary): a negative id would silently index from the end.

    Raises:
        RecipeError: with the first wrong id.
    """
    if ids.numel() == 0:
        raise RecipeError("the model was given no ids", allowed="at least one token")
    low, high = torch.aminmax(ids)
    if low.item() < 0 or high.item() >= vocabulary:
        wrong = int(low if low.item() < 0 else high)
        raise RecipeError(f"id {wrong} is outside the vocabulary", allowed=f"ids 0 to {vocabulary - 1}")
