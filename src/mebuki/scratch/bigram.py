"""The next letter from the last one alone: one-hot → Linear → ReLU → Linear. The notebook's first network.

Shapes: B batch, T time, H hidden, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..shapes import BigramShape
from .activations import relu
from .checks import Array, Ids, check_ids
from .embedding import add_rows
from .language_model import LanguageModel
from .linear import Linear


class Bigram(LanguageModel):
    """A network of one hidden layer over single letters. Its state is empty.

    >>> model = Bigram(83, hidden=128)
    >>> {name: parameter.value.shape for name, parameter in model.named_parameters().items()}
    {'hidden.weight': (128, 83), 'hidden.bias': (128,), 'output.weight': (83, 128), 'output.bias': (83,)}
    >>> logits, backward = model(np.array([[0, 1, 2]]))
    >>> logits.shape
    (1, 3, 83)

    Args:
        vocabulary: V.
        hidden: H.
        context: letters in one training window.
        rng: a seed or a generator, of the first weights.
    """

    kind = "bigram"

    def __init__(
        self, vocabulary: int, *, hidden: int = 128, context: int = 16, rng: int | np.random.Generator = 0
    ) -> None:
        rng = np.random.default_rng(rng)
        self.vocabulary, self.context = vocabulary, context
        self.shape = BigramShape(hidden=hidden, context=context)
        self.hidden = Linear(vocabulary, hidden, rng)
        self.output = Linear(hidden, vocabulary, rng)

    def __call__(self, ids_BT: Ids, rng: np.random.Generator | None = None) -> tuple[Array, Callable[[Array], None]]:
        check_ids("Bigram", ids_BT, self.vocabulary, ("B", "T"))
        weight, bias = self.hidden.weight, self.hidden.bias
        assert bias is not None
        # A one-hot vector times Wᵀ picks the column of W that belongs to its letter: look it up, multiply nothing.
        h_BTH, relu_backward = relu(weight.value.T[ids_BT] + bias.value)
        logits_BTV, output_backward = self.output(h_BTH)

        def backward(dlogits_BTV: Array) -> None:
            dh_NH = relu_backward(output_backward(dlogits_BTV)).reshape(-1, len(bias.value))
            add_rows(weight.gradient.T, ids_BT.reshape(-1), dh_NH)
            bias.add(dh_NH.sum(0))

        return logits_BTV, backward

    def start(self, ids_BT: Ids) -> tuple[Array, None]:
        check_ids("Bigram", ids_BT, self.vocabulary, ("B", "T"))
        return self(ids_BT[:, -1:])[0][:, 0], None

    def step(self, ids_B: Ids, state: None) -> tuple[Array, None]:
        check_ids("Bigram", ids_B, self.vocabulary, ("B",))
        return self(ids_B[:, None])[0][:, 0], None
