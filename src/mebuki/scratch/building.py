"""From a recipe's shape to a model by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ..errors import unknown
from ..shapes import Shape
from .bigram import Bigram
from .language_model import LanguageModel
from .recurrent import GRU, LSTM, RNN
from .transformer import Transformer

MODELS: dict[str, Any] = {model.kind: model for model in (Bigram, RNN, LSTM, GRU, Transformer)}


def build(kind: str, vocabulary: int, shape: Shape, rng: int | np.random.Generator = 0) -> LanguageModel:
    """A fresh model of a kind, the twin of `mebuki.models.build`.

    Args:
        kind: bigram, rnn, lstm, gru or transformer.
        vocabulary: V.
        shape: its numbers.
        rng: a seed or a generator, of the first weights.

    Raises:
        RecipeError: an unknown kind.

    >>> from mebuki.shapes import shape_of
    >>> build("gru", 83, shape_of("gru", "tiny")).vocabulary
    83
    """
    if kind not in MODELS:
        raise unknown("model", kind, MODELS)
    return MODELS[kind](vocabulary, **asdict(shape), rng=rng)
