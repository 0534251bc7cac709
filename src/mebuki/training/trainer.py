"""Training as an iterator of steps: the reader holds the loop.

    for step in Trainer(model, batches, settings):
        if step.number % 100 == 0:
            print(step.number, step.loss)

Everything random is a function of (seed, step), so a trainer whose state was saved and loaded goes on bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import MebukiError
from ..models.protocol import LanguageModel
from . import precision
from .batches import Batches, derive
from .optimizers import Optimizers
from .schedule import Schedule
from .settings import TrainingSettings


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


class Trainer:
    """Trains a model in place.

    Args:
        model: on its device.
        batches: what to learn from.
        settings: how.
        seed: of dropout; the batches have their own.
        chosen: the precision, if `settings.precision` was resolved before.

    Attributes:
        number: of the last step taken.
        seconds: spent in steps.
        beside: seconds that the loop around it spent (evaluating, saving); they count towards a limit in minutes.
    """

    def __init__(
        self,
        model: LanguageModel,
        batches: Batches,
        settings: TrainingSettings,
        *,
        seed: int = 0,
        chosen: str | None = None,
    ) -> None:
        self.model, self.batches, self.settings, self.seed = model, batches, settings, seed
        self.precision = precision.resolve(chosen or settings.precision, model, settings.batch)
        self.optimizers = Optimizers(model, settings)
        if self.optimizers.muon and self.precision == "bfloat16":
            self.optimizers.muon.dtype = torch.bfloat16
        self.schedule = Schedule(settings)
        self.averaged = {n: p.detach().clone() for n, p in model.named_parameters()} if settings.ema else {}
        self.number, self.seconds, self.beside = 0, 0.0, 0.0
        self._clock: list[tuple[int, float]] = []  # of late: steps taken, seconds spent
        self._call: Any = torch.compile(model) if settings.compile else model
        self._random = any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in model.modules())

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
            MebukiError: the loss is not a finite number any more.
        """
        began = time.perf_counter()
        self._plan()
        self.number += 1
        self.model.train()
        if self._random:
            torch.manual_seed(derive(self.seed, "dropout", self.number))
        total, tokens = 0.0, 0
        for part in range(self.settings.accumulation):
            x_BT, y_BT = self.batches((self.number - 1) * self.settings.accumulation + part)
            x_BT, y_BT = x_BT.to(self.model.device), y_BT.to(self.model.device)
            loss = self.loss(x_BT, y_BT) / self.settings.accumulation
            loss.backward()
            total += loss.item()
            tokens += x_BT.numel()
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        longest = self.settings.clip or float("inf")
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, longest, foreach=True))
        if not (total < float("inf") and norm < float("inf")):
            raise MebukiError(
                f"the loss is not a finite number any more at step {self.number}: training has blown up",
                allowed="a finite loss and gradient",
                hint=f"a lower --learning-rate than {self.settings.learning_rate:g}, or --clip 1",
            )
        rate = self.schedule.factor(self.number)
        self.optimizers.step(rate)
        self.model.zero_grad(set_to_none=True)
        self._average()
        seconds = time.perf_counter() - began
        self.seconds += seconds
        return Step(self.number, total, rate, norm, tokens, seconds)

    def _plan(self) -> None:
        """Keep the plan of a limit in minutes in step with the pace of the last quarter of a minute or so."""
        if self.schedule.limit is None:
            return
        now = self.seconds + self.beside
        self._clock = [(n, t) for n, t in self._clock if t > now - 0.25 * self.schedule.limit] + [(self.number, now)]
        steps, spent = self.number - self._clock[0][0], now - self._clock[0][1]
        pace = steps / spent if steps else self.number / max(now, 1e-9)
        self.schedule.plan(self.number, now, pace)

    def loss(self, x_BT: Tensor, y_BT: Tensor) -> Tensor:
        """Mean cross-entropy in nats of what follows."""
        with precision.autocast(self.precision, self.model.device):
            logits_BTV = self._call(x_BT)
        return F.cross_entropy(logits_BTV.float().flatten(0, 1), y_BT.flatten())

    @torch.no_grad()
    def _average(self) -> None:
        if self.averaged:
            memory = min(self.settings.ema, self.number / (self.number + 10))  # short while the weights run
            torch._foreach_lerp_(list(self.averaged.values()), [p.data for p in self.model.parameters()], 1 - memory)

    def weights(self) -> dict[str, Tensor]:
        """The weights to use: averaged ones where the recipe asks for them."""
        return self.averaged or {name: p.detach() for name, p in self.model.named_parameters()}

    def state(self) -> dict[str, Tensor]:
        """All tensors needed to go on, apart from `weights()`."""
        tensors = {f"optimizer.{name}": value for name, value in self.optimizers.state().items()}
        if self.averaged:
            tensors |= {f"raw.{name}": p.detach() for name, p in self.model.named_parameters()}
        return tensors

    def shapes(self, number: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of `state()` after step `number`."""
        shapes = {f"optimizer.{name}": shape for name, shape in self.optimizers.shapes().items()}
        if number == 0:
            shapes = {name: shape for name, shape in shapes.items() if not name.startswith("optimizer.adamw.")}
        if self.averaged:
            shapes |= {f"raw.{name}": tuple(p.shape) for name, p in self.model.named_parameters()}
        return shapes

    def load(self, weights: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
        """The inverse of `weights` and `state`."""
        raw = {name.removeprefix("raw."): value for name, value in tensors.items() if name.startswith("raw.")}
        if self.averaged:
            self.averaged = {name: weights[name].to(p.device, copy=True) for name, p in self.model.named_parameters()}
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parameter.copy_((raw or weights)[name])
        prefix = "optimizer."
        self.optimizers.load({n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)})
