"""The next letter from the last one alone: one-hot → Linear → ReLU → Linear.

Multiplying a one-hot vector with a matrix picks one of its columns, so the first layer looks the column up.
Its state is empty: whatever came before the last letter is forgotten.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..shapes import BigramShape
from .protocol import LanguageModel, check_ids


class Bigram(LanguageModel):
    """A network of one hidden layer over single letters.

    >>> model = Bigram(83, BigramShape(hidden=128))
    >>> [p.numel() for p in model.parameters()]
    [10624, 128, 10624, 83]
    """

    kind = "bigram"

    def __init__(self, vocabulary: int, shape: BigramShape | None = None) -> None:
        super().__init__()
        self._shape = shape or BigramShape()
        self.vocabulary, self.context = vocabulary, self.shape.context
        self.hidden = nn.Linear(vocabulary, self.shape.hidden)
        self.output = nn.Linear(self.shape.hidden, vocabulary)

    @property
    def shape(self) -> BigramShape:
        return self._shape

    def forward(self, ids_BT: Tensor) -> Tensor:
        h_BTH = F.relu(F.embedding(ids_BT, self.hidden.weight.t()) + self.hidden.bias)
        return self.output(h_BTH)

    def start(self, ids_BT: Tensor) -> tuple[Tensor, None]:
        check_ids(ids_BT, self.vocabulary)
        return self(ids_BT[:, -1]), None

    def step(self, ids_B: Tensor, state: None) -> tuple[Tensor, None]:
        return self(ids_B), None
