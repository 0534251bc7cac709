"""PyTorch models under one protocol. `build` makes the one a shape describes. torch is loaded on first use.

>>> import mebuki.models
>>> mebuki.models.build("gru", 83, mebuki.models.shape_of("gru", "tiny")).vocabulary
83
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..shapes import SHAPES, BigramShape, RecurrentShape, Shape, TransformerShape, shape_of

if TYPE_CHECKING:
    from .bigram import Bigram
    from .protocol import LanguageModel
    from .recurrent import GRU, LSTM, RNN
    from .transformer import Transformer

_HOMES = {"Bigram": "bigram", "RNN": "recurrent", "LSTM": "recurrent", "GRU": "recurrent", "Transformer": "transformer"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "LanguageModel":
        return import_module(".protocol", __name__).LanguageModel
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def build(kind: str, vocabulary: int, shape: Shape) -> LanguageModel:
    """A fresh model of a kind in `SHAPES`; its weights are drawn from torch's global generator."""
    model = {"bigram": "Bigram", "rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "transformer": "Transformer"}[kind]
    return __getattr__(model)(vocabulary, shape)


__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "SHAPES",
    "Bigram",
    "BigramShape",
    "LanguageModel",
    "RecurrentShape",
    "Shape",
    "Transformer",
    "TransformerShape",
    "build",
    "shape_of",
]
