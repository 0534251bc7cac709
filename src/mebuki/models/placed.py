"""A Transformer that is told of every letter what can be read off the text: letters before it, and places.

Shapes: B batch, T time, F features of a position, D width, V vocabulary.

Each position comes with F ids, one from each of F tables of embeddings, which are added up. The tables lie one below the other
in one matrix, and an id counts from the first row of its own table. Letters that came just before let the first layer find what
followed them elsewhere; the place of a digit in its number lets it find the digit of the same value in another (Abacus
embeddings, McLeish et al. 2024).
"""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn

from ..shapes import TransformerShape
from .transformer import Transformer


class PlacedTransformer(Transformer):
    """A `Transformer` with several ids a position; `forward`, `start` and `step` take one axis more, of F ids.

    >>> model = PlacedTransformer(7, (7, 7, 4), TransformerShape(width=32, layers=2, heads=2, context=8, tied=False))
    >>> model(torch.zeros(1, 8, 3, dtype=torch.long)).shape
    torch.Size([1, 8, 7])

    Args:
        vocabulary: V, what is written.
        tables: rows of each table of embeddings.
        shape: untied; the first table need not be that of what is written.
        ordered: numbers of the tables whose rows are places in an order. They begin as waves (Vaswani et al. 2017), turned at
            random: the way from one place to the next is then one map for all, and need not be learned place by place.
    """

    kind = "placed"

    def __init__(
        self, vocabulary: int, tables: tuple[int, ...], shape: TransformerShape, *, ordered: tuple[int, ...] = ()
    ) -> None:
        super().__init__(vocabulary, shape)
        assert not shape.tied
        self.tables, self.features = tables, len(tables)
        self.embedding = nn.Embedding(sum(tables), shape.width)
        nn.init.normal_(self.embedding.weight, std=len(tables) ** -0.5)
        first_rows = list(accumulate((0, *tables)))
        for table in ordered:
            waves = _waves(tables[table], shape.width, torch.randn(shape.width, shape.width))
            self.embedding.weight.data[first_rows[table] : first_rows[table + 1]] = waves * len(tables) ** -0.5

    def embed(self, ids_BT: Tensor) -> Tensor:
        return self.embedding(ids_BT).sum(-2)


def _waves(rows: int, width: int, mix: Tensor) -> Tensor:
    """Sines and cosines of the places 0, 1, 2 … with periods from 3 to 300, in random directions: [rows, width], of size 1."""
    half = width // 2
    period = 3.0 * 100.0 ** torch.linspace(0, 1, half)
    angle = 2 * torch.pi * torch.outer(torch.arange(rows, dtype=torch.float32), 1 / period)
    waves = torch.cat((angle.sin(), angle.cos(), torch.zeros(rows, width - 2 * half)), 1) * 2**0.5
    return waves @ torch.linalg.qr(mix)[0]
