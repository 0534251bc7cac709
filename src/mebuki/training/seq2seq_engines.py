"""One optimizer step of sequence to sequence, in either engine; arrays go in and come out.

Both engines begin with the same weights, drawn by NumPy, so that the same seed gives the same training, up to rounding.

Shapes: B batch, S source length, T target length, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .addition_settings import AdditionSettings

Ids = NDArray[np.int64]
Weights = Mapping[str, NDArray[Any]]


class Engine(Protocol):
    """What a trainer needs of a model, whoever computes its gradients."""

    def learn(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids, factor: float) -> tuple[float, float]:
        """One step at `factor` of the learning rate: the loss in nats, and the gradient's norm before clipping."""
        ...

    def losses(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids) -> NDArray[np.floating]:
        """Surprise in nats at each letter, [B, T]."""
        ...

    def generate(self, source_BS: Ids, length: int, start: int) -> NDArray[Any]:
        """What it writes, [B, length]."""
        ...

    def attention_map(self, source_BS: Ids, target_BT: Ids) -> NDArray[np.floating]:
        """Where it looks, [B, T, S]."""
        ...

    def weights(self) -> Weights: ...

    def load(self, weights: Weights) -> None: ...


def engine(settings: AdditionSettings, vocabulary: int) -> Engine:
    """A fresh model in the engine that the settings name, with its optimizer."""
    return Scratch(settings, vocabulary) if settings.engine == "scratch" else Torch(settings, vocabulary)


def _shape(settings: AdditionSettings) -> dict[str, Any]:
    names = ("width", "embedding", "peeky", "attention")
    return {name: getattr(settings, name) for name in names}


class Scratch:
    """NumPy, gradients by hand."""

    def __init__(self, settings: AdditionSettings, vocabulary: int) -> None:
        from ..scratch.optimizers import AdamW
        from ..scratch.seq2seq import Seq2seq

        self.model = Seq2seq(vocabulary, **_shape(settings), rng=settings.seed)
        self.longest = settings.clip or float("inf")
        self.optimizer = AdamW(
            self.model.named_parameters(), settings.learning_rate, beta2=settings.beta2, weight_decay=0.0
        )
        self.generate, self.attention_map = self.model.generate, self.model.attention_map
        self.weights, self.load = self.model.weights, self.model.load

    def learn(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids, factor: float) -> tuple[float, float]:
        from ..scratch.clipping import clip_gradients
        from ..scratch.cross_entropy import cross_entropy

        self.model.zero_gradients()
        logits_BTV, backward = self.model(source_BS, read_BT)
        loss, loss_backward = cross_entropy(logits_BTV, answer_BT)
        backward(loss_backward())
        norm = clip_gradients(self.model.parameters(), self.longest)
        self.optimizer.step(factor)
        return loss, float(norm)

    def losses(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids) -> NDArray[np.floating]:
        from ..scratch.cross_entropy import surprise

        return surprise(self.model(source_BS, read_BT)[0], answer_BT)


class Torch:
    """PyTorch, gradients by its autograd."""

    def __init__(self, settings: AdditionSettings, vocabulary: int) -> None:
        import torch

        from ..models.seq2seq import Seq2seq
        from ..scratch.seq2seq import Seq2seq as ByHand

        self.model = Seq2seq(vocabulary, **_shape(settings))
        self.load(ByHand(vocabulary, **_shape(settings), rng=settings.seed).weights())
        self.settings, self.longest = settings, settings.clip or float("inf")
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), settings.learning_rate, (0.9, settings.beta2), weight_decay=0.0, fused=True
        )

    def learn(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids, factor: float) -> tuple[float, float]:
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * factor
        self.model.zero_grad(set_to_none=True)
        loss = self._losses(source_BS, read_BT, answer_BT).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.longest, foreach=True)
        self.optimizer.step()
        return loss.item(), float(norm)

    def losses(self, source_BS: Ids, read_BT: Ids, answer_BT: Ids) -> NDArray[np.floating]:
        import torch

        with torch.inference_mode():
            return self._losses(source_BS, read_BT, answer_BT).numpy()

    def _losses(self, *ids: Ids) -> Any:
        import torch
        import torch.nn.functional as F

        source_BS, read_BT, answer_BT = (torch.from_numpy(array) for array in ids)
        logits_BTV = self.model(source_BS, read_BT)
        return F.cross_entropy(logits_BTV.transpose(1, 2), answer_BT, reduction="none")

    def generate(self, source_BS: Ids, length: int, start: int) -> NDArray[Any]:
        import torch

        return self.model.generate(torch.from_numpy(source_BS), length, start).numpy()

    def attention_map(self, source_BS: Ids, target_BT: Ids) -> NDArray[np.floating]:
        import torch

        return self.model.attention_map(torch.from_numpy(source_BS), torch.from_numpy(target_BT)).numpy()

    def weights(self) -> Weights:
        from ..models.weights import weights_of

        return weights_of(self.model)

    def load(self, weights: Weights) -> None:
        from ..models.weights import load_weights

        load_weights(self.model, weights)
