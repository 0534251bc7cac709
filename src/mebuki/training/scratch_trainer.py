"""The same training with the engine of NumPy alone: same batches, same schedule, same optimizers, same state.

    for step in ScratchTrainer(model, batches, settings):
        if step.number % 100 == 0:
            print(step.number, step.loss)

It is `Trainer` with `mebuki.scratch` in place of PyTorch: from the same weights both take the same steps, up to rounding
(tests hold them equal in float64; dropout aside, which each draws from a generator of its own kind).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..scratch.clipping import clip_gradients
from ..scratch.cross_entropy import cross_entropy
from ..scratch.language_model import LanguageModel
from ..scratch.muon import Muon
from ..scratch.optimizers import AdamW
from .batches import derive
from .settings import TrainingSettings
from .stepping import Arrays, Drawn, Stepping, norms_of_layers

NAMES = {"exp_avg": "mean", "exp_avg_sq": "square"}  # in checkpoints, as PyTorch has them; and in `AdamW.memory`


class ScratchTrainer(Stepping):
    """Trains a model of `mebuki.scratch` in place; arguments as for `Trainer`."""

    precision = "float32"

    def __init__(self, model: LanguageModel, batches: Drawn, settings: TrainingSettings, *, seed: int = 0) -> None:
        super().__init__(batches, settings, seed)
        self.model: LanguageModel = model
        self.named = model.named_parameters()
        names = {id(parameter): name for name, parameter in self.named.items()}
        muon = settings.optimizer == "muon"
        rows = {names[id(p)]: pieces for p, pieces in model.matrices()} if muon else {}
        rest = {name: p for name, p in self.named.items() if name not in rows}
        decay = settings.weight_decay
        self.adamw = AdamW(rest, settings.learning_rate, settings.beta1, settings.beta2, decay)
        inner = {name: self.named[name] for name in rows}
        self.muon = Muon(inner, settings.matrix_rate, rows, settings.momentum, decay) if inner else None
        self.averaged = {name: p.value.copy() for name, p in self.named.items()} if settings.ema else {}

    def learn(self, number: int, x_BT: NDArray[np.int64], y_BT: NDArray[np.int64]) -> float:
        rng = np.random.default_rng(derive(self.seed, "dropout", number))
        share = 1 / self.settings.accumulation
        with np.errstate(all="ignore"):  # what overflows is found at the layer that it reaches, which names itself
            logits_BTV, model_backward = self.model(x_BT, rng)
            loss, backward = cross_entropy(logits_BTV, y_BT)
            model_backward(backward(share))
        return share * loss

    def clip(self, longest: float) -> float:
        with np.errstate(all="ignore"):
            if self.look:
                lengths = (float(np.linalg.norm(p.gradient)) for p in self.named.values())
                self.norms = norms_of_layers(self.named, lengths)
            return clip_gradients(self.named.values(), longest)

    def update(self, rate: float) -> None:
        self.adamw.step(rate)
        if self.muon:
            self.muon.momentum = self.momentum()
            self.muon.step(rate)
        self.model.zero_gradients()
        for name, average in self.averaged.items():
            average += (1 - self.memory()) * (self.named[name].value - average)

    @contextlib.contextmanager
    def usable(self) -> Iterator[LanguageModel]:
        raw = {name: p.value.copy() for name, p in self.named.items()} if self.averaged else {}
        self._put(self.averaged)
        try:
            yield self.model
        finally:
            self._put(raw)

    def _put(self, weights: Arrays) -> None:
        for name, values in weights.items():
            self.named[name].value[...] = values

    def weights(self) -> Arrays:
        return self.averaged or self.model.weights()

    def state(self) -> Arrays:
        return self._state(self.number)

    def _state(self, number: int) -> Arrays:
        """As after step `number`: before the first one AdamW remembers nothing."""
        arrays = {f"optimizer.muon.{n}": v for n, v in (self.muon.memory["velocity"] if self.muon else {}).items()}
        if number:
            for name in self.adamw.parameters:
                arrays[f"optimizer.adamw.step.{name}"] = np.array(number, np.float32)
                for kind, ours in NAMES.items():
                    arrays[f"optimizer.adamw.{kind}.{name}"] = self.adamw.memory[ours][name]
        if self.averaged:
            arrays |= {f"raw.{name}": value for name, value in self.model.weights().items()}
        return arrays

    def shapes(self, number: int) -> dict[str, tuple[int, ...]]:
        return {name: value.shape for name, value in self._state(number).items()}

    def load(self, weights: Arrays, state: Arrays) -> None:
        raw = {name.removeprefix("raw."): value for name, value in state.items() if name.startswith("raw.")}
        if self.averaged:
            self.averaged = {name: np.array(weights[name]) for name in self.named}
        self._put(raw or weights)
        for name, value in state.items():
            if not name.startswith("optimizer."):
                continue
            _, optimizer, rest = name.split(".", 2)
            kind, _, parameter = rest.partition(".")
            if optimizer == "muon" and self.muon:
                self.muon.memory["velocity"][rest][...] = value
            elif optimizer == "adamw" and kind in NAMES:
                self.adamw.memory[NAMES[kind]][parameter][...] = value
            elif optimizer == "adamw":
                self.adamw.steps = int(value)
