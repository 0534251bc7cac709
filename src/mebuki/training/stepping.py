"""What the trainers of both engines share: the clock, the schedule, and the order of one step.

NumPy only. Everything random is a function of (seed, step), so a trainer whose state was saved and loaded goes on bit
for bit.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DivergenceError
from .schedule import Schedule
from .settings import TrainingSettings

Arrays = dict[str, NDArray[Any]]
Drawn = Callable[[int], tuple[NDArray[np.int64], NDArray[np.int64]]]  # a batch, and what follows, by its number


@dataclass(frozen=True)
class Step:
    """One optimizer step, as it went.

    Attributes:
        number: counted from 1.
        loss: mean cross-entropy of the step's batches, in nats.
        rate: learning rate as a share of the full one.
        gradient_norm: before clipping.
        tokens: learned from in this step.
        seconds: that it took.
    """

    number: int
    loss: float
    rate: float
    gradient_norm: float
    tokens: int
    seconds: float


def layer_of(parameter: str) -> str:
    """The layer that a parameter belongs to, as its name says.

    >>> layer_of("blocks.0.attention.qkv.weight"), layer_of("output.bias")
    ('blocks.0', 'output')
    """
    first, _, rest = parameter.partition(".")
    number = rest.partition(".")[0]
    return f"{first}.{number}" if number.isdigit() else first


def norms_of_layers(names: Iterable[str], norms: Iterable[float]) -> dict[str, float]:
    """The length of each layer's gradient, from the lengths of those of its parameters.

    >>> norms_of_layers(["output.weight", "output.bias", "embedding.weight"], [3.0, 4.0, 1.0])
    {'output': 5.0, 'embedding': 1.0}
    """
    found: dict[str, float] = {}
    for name, norm in zip(names, norms, strict=True):
        layer = layer_of(name)
        found[layer] = math.hypot(found.get(layer, 0.0), norm)
    return found


def check_finite(loss: float, norm: float, number: int, learning_rate: float) -> None:
    """Refuse to go on after a step whose loss or gradient norm is infinite or NaN.

    Raises:
        DivergenceError: with the step, and what to try.
    """
    if not (loss < float("inf") and norm < float("inf")):
        raise DivergenceError(
            f"the loss is not a finite number any more at step {number}: training has blown up",
            allowed="a finite loss and gradient",
            hint=f"a lower --learning-rate than {learning_rate:g}, or --clip 1",
        )


class Stepping(ABC):
    """Trains a model in place.

    Args:
        batches: what to learn from.
        settings: how.
        seed: of dropout; the batches have their own.

    Attributes:
        model: what is trained.
        number: of the last step taken.
        seconds: spent in steps.
        beside: seconds that the loop around it spent (evaluating, saving); they count towards a limit in minutes.
        precision: float32 or bfloat16.
        look: whether the next step measures the gradient of each layer as well.
        norms: the length of each layer's gradient before clipping, at the last step that looked.
    """

    model: Any
    precision: str

    def __init__(self, batches: Drawn, settings: TrainingSettings, seed: int) -> None:
        self.batches, self.settings, self.seed = batches, settings, seed
        self.schedule = Schedule(settings)
        self.number, self.seconds, self.beside = 0, 0.0, 0.0
        self.look, self.norms = False, dict[str, float]()
        self._clock: list[tuple[int, float]] = []  # of late: steps taken, seconds spent

    def __iter__(self) -> Iterator[Step]:
        while not self.over:
            yield self.step()

    @property
    def over(self) -> bool:
        """Whether the recipe's limit is reached."""
        return self.schedule.over(self.number, self.seconds + self.beside)

    def step(self) -> Step:
        """Take one step.

        Raises:
            DivergenceError: the loss is not a finite number any more.
        """
        began = time.perf_counter()
        self._plan()
        self.number += 1
        first = (self.number - 1) * self.settings.accumulation
        numbers = range(first, first + self.settings.accumulation)
        losses, tokens = [], 0
        for number in numbers:
            x_BT, y_BT = self.batches(number)
            losses.append(self.learn(number, x_BT, y_BT))
            tokens += int((y_BT >= 0).sum())
        loss, norm = sum(losses), self.clip(self.settings.clip or float("inf"))
        check_finite(loss, norm, self.number, self.settings.learning_rate)
        rate = self.schedule.factor(self.number)
        self.update(rate)
        seconds = time.perf_counter() - began
        self.seconds += seconds
        return Step(self.number, loss, rate, norm, tokens, seconds)

    @abstractmethod
    def learn(self, number: int, x_BT: NDArray[np.int64], y_BT: NDArray[np.int64]) -> float:
        """Add the gradients of batch `number`, of which a step has `accumulation`; give its part of the loss."""

    @abstractmethod
    def clip(self, longest: float) -> float:
        """Scale the gradient down to a length, if it is longer; give the length it had."""

    @abstractmethod
    def update(self, rate: float) -> None:
        """Step along the gradient at a share of the full learning rate, and forget the gradient."""

    @abstractmethod
    def usable(self) -> AbstractContextManager[Any]:
        """The model with the weights to use, within a `with`: averaged ones where the recipe asks for them."""

    @abstractmethod
    def weights(self) -> Arrays:
        """The weights to use: averaged ones where the recipe asks for them."""

    @abstractmethod
    def state(self) -> Arrays:
        """All arrays needed to go on, apart from `weights()`."""

    @abstractmethod
    def shapes(self, number: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of `state()` after step `number`."""

    @abstractmethod
    def load(self, weights: Arrays, state: Arrays) -> None:
        """The inverse of `weights` and `state`."""

    def memory(self) -> float:
        """How much of the moving average stays in this step: little while the weights still run."""
        return min(self.settings.ema, self.number / (self.number + 10))

    def momentum(self) -> float:
        """Muon's momentum in this step: a short memory while the gradients still change quickly, a longer one later."""
        return min(self.settings.momentum, 1 - 1 / (6 + self.number / 60))

    def _plan(self) -> None:
        """Keep the plan of a limit in minutes in step with the pace of the last quarter of a minute or so."""
        if self.schedule.limit is None:
            return
        now = self.seconds + self.beside
        self._clock = [(n, t) for n, t in self._clock if t > now - 0.25 * self.schedule.limit] + [(self.number, now)]
        steps, spent = self.number - self._clock[0][0], now - self._clock[0][1]
        pace = steps / spent if steps else self.number / max(now, 1e-9)
        self.schedule.plan(self.number, now, pace)
