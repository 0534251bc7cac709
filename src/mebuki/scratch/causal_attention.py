"""Causal self-attention of several heads: every place looks back, in several ways at once, and never ahead.

Shapes: B batch, T time, C context, D width, N query heads, K key-value heads, G = N/K queries that share a key, E width
of a head (N E = D).

One matrix, `qkv`, makes queries, keys and values of all heads side by side. Then, all heads at once:

    normalise   queries and keys, so that no product can grow without bound (QK-norm, Henry et al. 2020)
    rotate      them by their positions                                      rotary.py
    attend      within each head, to the last C places, itself included      attention.py
    out         one matrix mixes what the heads have found

With fewer key-value heads than query heads, neighbouring queries share a key (Ainslie et al. 2023). Here the G queries
of a group simply stand one after another, as G·T queries to T keys; so their gradients of the shared keys are summed
by the same product that sums over time.

Backward: the four lines in reverse, each by its own file; splitting into heads becomes joining.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .attention import attend, attention_weights, window_mask
from .checks import Array, Ids, ShapeError, check_shape
from .key_value_cache import KeyValueCache
from .layer import Backward, Layer
from .linear import Linear
from .parameter import Parameter
from .rms_norm import normalise
from .rotary import BASE, turn, turns
from .swiglu import normal


class CausalAttention(Layer):
    """[B, T, D] → [B, T, D]. `out` starts at zero: a fresh block passes its input on.

    >>> layer = CausalAttention(8, heads=4, key_value_heads=2)
    >>> {name: parameter.value.shape for name, parameter in layer.named_parameters().items()}
    {'qkv.weight': (16, 8), 'out.weight': (8, 8)}
    >>> x_BTD = np.random.default_rng(0).standard_normal((1, 5, 8))
    >>> y, backward = layer(x_BTD)
    >>> y.shape, backward(np.ones_like(y)).shape
    ((1, 5, 8), (1, 5, 8))
    >>> layer.weights_of(x_BTD).shape                     # a map of T × T for each head, to be drawn
    (1, 4, 5, 5)

    Args:
        width: D.
        heads: N.
        key_value_heads: K, a divisor of N; 0: N.
        context: C, how many places a query sees.
        qk_norm: whether queries and keys are normalised.
        rope_base: of the rotary wavelengths.
        rng: a seed or a generator, of the first weights.

    Raises:
        ShapeError, NotFiniteError: heads do not divide the width, x is not [B, T, D], or not finite.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        key_value_heads: int = 0,
        context: int = 64,
        qk_norm: bool = True,
        rope_base: float = BASE,
        rng: int | np.random.Generator = 0,
    ) -> None:
        K = key_value_heads or heads
        if width % heads or width // heads % 2 or heads % K:
            raise ShapeError(
                f"CausalAttention was given the width {width}, {heads} heads and {K} key-value heads",
                allowed="a width that divides into heads of an even width, and heads into key-value heads",
            )
        self.heads, self.key_value_heads, self.head_width = heads, K, width // heads
        self.context, self.qk_norm, self.rope_base = context, qk_norm, rope_base
        rows = (heads + 2 * K) * self.head_width
        self.qkv, self.out = Linear(width, rows, bias=False), Linear(width, width, bias=False)
        self.qkv.weight = normal((rows, width), 1 / math.sqrt(width), np.random.default_rng(rng))
        self.out.weight = Parameter(np.zeros((width, width), np.float32))

    def __call__(self, x_BTD: Array, cache: KeyValueCache | None = None) -> tuple[Array, Backward]:
        """All places at once; fills an empty cache on the way."""
        D = self.heads * self.head_width
        check_shape(f"CausalAttention({D})", "x", x_BTD, ("B", "T", D))
        (B, T, _), N, K, E = x_BTD.shape, self.heads, self.key_value_heads, self.head_width
        qkv, qkv_backward = self.qkv(x_BTD)
        first = 0 if cache is None else cache.position
        q, k, v, place_backward = self.place(qkv, first + np.arange(T))
        if cache is not None:
            cache.add(k, v)
        mixed, attend_backward = attend(q, k, v, np.tile(window_mask(T, T, self.context), (N // K, 1)))
        y, out_backward = self.out(mixed.reshape(B, N, T, E).transpose(0, 2, 1, 3).reshape(B, T, D))

        def backward(dy: Array) -> Array:
            dmixed = out_backward(dy).reshape(B, T, N, E).transpose(0, 2, 1, 3).reshape(B, K, -1, E)
            return qkv_backward(place_backward(*attend_backward(dmixed)))

        return y, backward

    def place(self, qkv: Array, positions_T: Ids) -> tuple[Array, Array, Array, Callable[[Array, Array, Array], Array]]:
        """Take qkv [B, T, (N + 2K) E] apart: queries [B, K, G·T, E], keys and values [B, K, T, E]; and the way back."""
        (B, T, _), N, K, E = qkv.shape, self.heads, self.key_value_heads, self.head_width
        heads_BHTE = np.ascontiguousarray(qkv.reshape(B, T, N + 2 * K, E).transpose(0, 2, 1, 3))
        qk, v = heads_BHTE[:, : N + K], heads_BHTE[:, N + K :]
        normalise_backward = None
        if self.qk_norm:
            qk, normalise_backward = normalise(qk)
        cos, sin = turns(positions_T, E, self.rope_base, qkv.dtype)
        qk = turn(qk, cos, sin)

        def backward(dq: Array, dk: Array, dv: Array) -> Array:
            dqk = turn(np.concatenate((dq.reshape(B, N, T, E), dk), 1), cos, -sin)
            if normalise_backward is not None:
                dqk = normalise_backward(dqk)
            dqkv = np.empty_like(qkv)
            dheads_BHTE = dqkv.reshape(B, T, N + 2 * K, E).transpose(0, 2, 1, 3)
            dheads_BHTE[:, : N + K], dheads_BHTE[:, N + K :] = dqk, dv
            return dqkv

        return qk[:, :N].reshape(B, K, -1, E), qk[:, N:], v, backward

    def step(self, x_BD: Array, cache: KeyValueCache) -> Array:
        """One place more, [B, D] → [B, D]: its key and value join the cache, and it looks at all that is there."""
        qkv = self.qkv(x_BD[:, None])[0]
        q, k, v, _ = self.place(qkv, np.array([cache.position]))
        cache.add(k, v)
        mixed, _ = attend(q, *cache.filled)
        return self.out(mixed.reshape(len(x_BD), -1))[0]

    def weights_of(self, x_BTD: Array) -> Array:
        """How much each place takes from each other, [B, N, T, T]; for drawing."""
        B, T, _ = x_BTD.shape
        q, k, _, _ = self.place(self.qkv(x_BTD)[0], np.arange(T))
        mask = np.tile(window_mask(T, T, self.context), (self.heads // self.key_value_heads, 1))
        return attention_weights(q, k, mask).reshape(B, self.heads, T, T)
