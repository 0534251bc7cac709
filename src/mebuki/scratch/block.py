"""A block of a Transformer: look around, then think; each time *added* to what was there.

Shapes: B batch, T time, D width.

    x = x + attention(normalise(x))
    x = x + SwiGLU(normalise(x))

Backward of y = x + f(x): dx = dy + f'(x)ᵀ dy. The gradient comes through the plus untouched, and what f has to say is
added to it. So even the first of many blocks hears the loss directly, which is why deep networks learn (He et al. 2016).
The norm stands before f, off the straight way (Xiong et al. 2020).
"""

from __future__ import annotations

import numpy as np

from .causal_attention import CausalAttention
from .checks import Array
from .dropout import dropout
from .key_value_cache import KeyValueCache
from .layer import Backward, Layer
from .rms_norm import normalise
from .swiglu import SwiGLU


class Block(Layer):
    """[B, T, D] → [B, T, D]. A fresh one changes nothing, since what it adds starts at zero.

    >>> block = Block(CausalAttention(8, heads=2), SwiGLU(8, 16))
    >>> list(block.named_parameters())
    ['attention.qkv.weight', 'attention.out.weight', 'mlp.gate_up.weight', 'mlp.down.weight']
    >>> x_BTD = np.ones((1, 3, 8))
    >>> np.array_equal(block(x_BTD)[0], x_BTD)
    True

    Args:
        attention: looks around.
        mlp: thinks about each place by itself.
        share: of the numbers added, left out at random while training.
    """

    def __init__(self, attention: CausalAttention, mlp: SwiGLU, share: float = 0.0) -> None:
        self.attention, self.mlp, self.share = attention, mlp, share

    def __call__(
        self, x_BTD: Array, rng: np.random.Generator | None = None, cache: KeyValueCache | None = None
    ) -> tuple[Array, Backward]:
        """With a generator for dropout, or None; and with an empty cache, or None, to be filled."""
        n, norm1_backward = normalise(x_BTD)
        found, attention_backward = self.attention(n, cache)
        found, dropout1_backward = dropout(found, self.share, rng)
        x = x_BTD + found
        n, norm2_backward = normalise(x)
        thought, mlp_backward = self.mlp(n)
        thought, dropout2_backward = dropout(thought, self.share, rng)

        def backward(dy: Array) -> Array:
            dx = dy + norm2_backward(mlp_backward(dropout2_backward(dy)))
            dx += norm1_backward(attention_backward(dropout1_backward(dx)))
            return dx

        return x + thought, backward

    def step(self, x_BD: Array, cache: KeyValueCache) -> Array:
        """One place more, [B, D] → [B, D]."""
        x = x_BD + self.attention.step(normalise(x_BD)[0], cache)
        return x + self.mlp(normalise(x)[0])[0]
