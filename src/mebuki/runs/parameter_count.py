"""How many numbers a model learns, from its shape alone: no model is built, nothing is drawn."""

from __future__ import annotations

from ..shapes import BigramShape, RecurrentShape, Shape, TransformerShape

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def parameter_count(kind: str, shape: Shape, vocabulary: int) -> int:
    """The numbers of a model of a kind with so many tokens; a tied matrix counts once.

    >>> parameter_count("bigram", BigramShape(hidden=32), 50)
    3282
    """
    V = vocabulary
    if isinstance(shape, BigramShape):
        return V * shape.hidden + shape.hidden + shape.hidden * V + V
    D = shape.width
    tables = V * D if shape.tied else 2 * V * D
    if isinstance(shape, RecurrentShape):
        gates = GATES[kind]
        layer = 2 * gates * D * D + gates * D + (D if kind == "gru" else 0)
        return tables + shape.layers * layer + V
    assert isinstance(shape, TransformerShape)
    attention = D * (D + 2 * shape.key_value_width) + D * D
    return tables + shape.layers * (attention + 3 * D * shape.hidden_width) + D
