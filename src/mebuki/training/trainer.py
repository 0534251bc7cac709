"""Training as an iterator of steps: the reader holds the loop.

    for step in Trainer(model, batches, settings):
        if step.number % 100 == 0:
            print(step.number, step.loss)

Everything random is a function of (seed, step), so a trainer whose state was saved and loaded goes on bit for bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..models.protocol import LanguageModel
from ..models.weights import load_weights, to_arrays, weights_of
from . import precision
from .batches import derive
from .optimizers import Optimizers
from .settings import TrainingSettings
from .stepping import Arrays, Drawn, Stepping, norms_of_layers


class Trainer(Stepping):
    """Trains a model of `mebuki.models` in place.

    Args:
        model: on its device.
        batches: what to learn from.
        settings: how.
        seed: of dropout; the batches have their own.
        chosen: the precision, if `settings.precision` was resolved before.
        compiled: whether compiled kernels are used where there are some; both ways agree up to rounding.

    Attributes:
        number: of the last step taken.
        seconds: spent in steps.
        beside: seconds that the loop around it spent (evaluating, saving); they count towards a limit in minutes.
    """

    def __init__(
        self,
        model: LanguageModel,
        batches: Drawn,
        settings: TrainingSettings,
        *,
        seed: int = 0,
        chosen: str | None = None,
        compiled: bool = True,
    ) -> None:
        super().__init__(batches, settings, seed)
        self.model: LanguageModel = model
        self.precision = precision.resolve(chosen or settings.precision, model, settings.batch)
        self.optimizers = Optimizers(model, settings)
        if self.optimizers.muon and self.precision == "bfloat16":
            self.optimizers.muon.dtype = torch.bfloat16
        self.averaged = {n: p.detach().clone() for n, p in model.named_parameters()} if settings.ema else {}
        self._call: Any = torch.compile(model) if settings.compile else model
        self._quick = compiled and not settings.compile and model.quicken(self.precision)
        self._random = any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in model.modules())

    def learn(self, number: int, x_BT: NDArray[np.int64], y_BT: NDArray[np.int64]) -> float:
        seed = derive(self.seed, "dropout", number)
        x, y = (torch.from_numpy(ids).to(self.model.device) for ids in (x_BT, y_BT))
        if self._quick and self.model.quick:
            return self.model.quick(x, y, 1 / self.settings.accumulation, seed) / self.settings.accumulation
        self.model.train()
        if self._random:
            torch.manual_seed(seed)
        loss = self.loss(x, y) / self.settings.accumulation
        loss.backward()
        return loss.item()

    def loss(self, x_BT: Tensor, y_BT: Tensor) -> Tensor:
        """Mean cross-entropy in nats of what follows; targets below 0 do not count."""
        with precision.autocast(self.precision, self.model.device):
            logits_BTV = self._call(x_BT)
        return F.cross_entropy(logits_BTV.float().flatten(0, 1), y_BT.flatten(), ignore_index=-1)

    def clip(self, longest: float) -> float:
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        if self.look:
            gradients = {n: p.grad for n, p in self.model.named_parameters() if p.grad is not None}
            lengths = torch.stack(torch._foreach_norm(list(gradients.values())))
            self.norms = norms_of_layers(gradients, lengths.tolist())
        return float(torch.nn.utils.clip_grad_norm_(parameters, longest, foreach=True))

    @torch.no_grad()
    def update(self, rate: float) -> None:
        if self.optimizers.muon:
            self.optimizers.muon.momentum = self.momentum()
        self.optimizers.step(rate)
        self.model.zero_grad(set_to_none=True)
        if self.averaged:
            raw = [p.data for p in self.model.parameters()]
            torch._foreach_lerp_(list(self.averaged.values()), raw, 1 - self.memory())

    @contextlib.contextmanager
    def usable(self) -> Iterator[LanguageModel]:
        raw = {name: p.detach().clone() for name, p in self.model.named_parameters()} if self.averaged else {}
        if raw:
            load_weights(self.model, self.averaged)
        try:
            yield self.model
        finally:
            if raw:
                load_weights(self.model, raw)

    def weights(self) -> Arrays:
        return to_arrays(self.averaged) if self.averaged else weights_of(self.model)

    def state(self) -> Arrays:
        return to_arrays(self._remembered())

    def _remembered(self) -> dict[str, Tensor]:
        """What `state` gives, as tensors."""
        tensors = {f"optimizer.{name}": value for name, value in self.optimizers.state().items()}
        if self.averaged:
            tensors |= {f"raw.{name}": p for name, p in self.model.named_parameters()}
        return tensors

    def shapes(self, number: int) -> dict[str, tuple[int, ...]]:
        shapes = {f"optimizer.{name}": shape for name, shape in self.optimizers.shapes().items()}
        if number == 0:
            shapes = {name: shape for name, shape in shapes.items() if not name.startswith("optimizer.adamw.")}
        if self.averaged:
            shapes |= {f"raw.{name}": tuple(p.shape) for name, p in self.model.named_parameters()}
        return shapes

    def load(self, weights: Arrays, state: Arrays) -> None:
        given = {name: torch.tensor(value) for name, value in weights.items()}
        self._put(given, {name: torch.tensor(value) for name, value in state.items()})

    def _put(self, given: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
        """What `load` does, with tensors."""
        raw = {name.removeprefix("raw."): value for name, value in tensors.items() if name.startswith("raw.")}
        if self.averaged:
            self.averaged = {name: given[name].to(p.device) for name, p in self.model.named_parameters()}
        load_weights(self.model, raw or given)
        prefix = "optimizer."
        self.optimizers.load({n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)})
