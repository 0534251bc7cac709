"""A decoder-only Transformer, complete and in NumPy: the shape of Qwen3 (with QK-norm) or of Llama (without).

Shapes: B batch, T time, C context, D width, N query heads, K key-value heads, H hidden, V vocabulary.

    ids → embedding → blocks → RMSNorm → output → logits

Each place looks back on the last C places, itself included. The output is tied to the embedding: one matrix [V, D] that
turns a letter into a vector, and a vector into a score for every letter. It is used twice, so its gradient has two
parts, and as gradients are added, nothing need be done about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..shapes import TransformerShape
from .block import Block
from .causal_attention import CausalAttention
from .checks import Array, Ids, check_ids
from .dropout import dropout
from .embedding import Embedding
from .key_value_cache import KeyValueCache
from .language_model import LanguageModel
from .linear import Linear
from .parameter import Parameter
from .rms_norm import RMSNorm
from .swiglu import SwiGLU


class Transformer(LanguageModel):
    """Its state is one cache of keys and values for each block.

    >>> model = Transformer(65, width=32, layers=2, heads=2, context=8)
    >>> logits, backward = model(np.zeros((1, 8), int))
    >>> logits.shape, model.parameter_count
    ((1, 8, 65), 22592)
    >>> logits, state = model.start(np.array([[3, 1, 4]]))
    >>> logits, state = model.step(np.array([1]), state)
    >>> logits.shape
    (1, 65)

    Args:
        vocabulary: V.
        width: D.
        layers: blocks.
        heads: N.
        key_value_heads: K; 0: N.
        hidden: H; 0: 8/3 of the width, rounded down to a multiple of 32.
        context: C.
        dropout: share of numbers left out at random while training.
        tied: one matrix for both embedding and output.
        qk_norm: whether queries and keys are normalised.
        rope_base: of the rotary wavelengths; 0: 1.5 times the context.
        rng: a seed or a generator, of the first weights.

    Raises:
        RecipeError: numbers out of their range, or heads that do not divide the width.
    """

    kind = "transformer"

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int = 128,
        layers: int = 4,
        heads: int = 4,
        key_value_heads: int = 0,
        hidden: int = 0,
        context: int = 64,
        dropout: float = 0.0,
        tied: bool = True,
        qk_norm: bool = True,
        rope_base: float = 0.0,
        rng: int | np.random.Generator = 0,
    ) -> None:
        rng = np.random.default_rng(rng)
        self.vocabulary, self.context, self.share = vocabulary, context, dropout
        self.shape = TransformerShape(
            width, layers, heads, key_value_heads, hidden, context, dropout, tied, qk_norm, rope_base
        )
        self.embedding = Embedding(vocabulary, width, rng, std=0.5 / math.sqrt(width) if tied else 1.0)
        self.blocks = [
            Block(
                CausalAttention(width, heads, key_value_heads, context, qk_norm, self.shape.rotary_base, rng),
                SwiGLU(width, self.shape.hidden_width, rng),
                dropout,
            )
            for _ in range(layers)
        ]
        for block in self.blocks:  # small values change quickly under steps of a fixed length: attention forms sooner
            block.attention.qkv.weight.value *= 0.25
        self.norm = RMSNorm(width)
        self.output = Linear(width, vocabulary, bias=False)
        self.output.weight = self.embedding.weight if tied else Parameter(np.zeros((vocabulary, width), np.float32))

    def __call__(self, ids_BT: Ids, rng: np.random.Generator | None = None) -> tuple[Array, Callable[[Array], None]]:
        check_ids("Transformer", ids_BT, self.vocabulary, ("B", "T"))
        x, embedding_backward = self.embedding(ids_BT)
        x, dropout_backward = dropout(x, self.share, rng)
        block_backwards = []
        for block in self.blocks:
            x, block_backward = block(x, rng)
            block_backwards.append(block_backward)
        x, norm_backward = self.norm(x)
        logits_BTV, output_backward = self.output(x)

        def backward(dlogits_BTV: Array) -> None:
            dx = norm_backward(output_backward(dlogits_BTV))
            for block_backward in reversed(block_backwards):
                dx = block_backward(dx)
            embedding_backward(dropout_backward(dx))

        return logits_BTV, backward

    def start(self, ids_BT: Ids) -> tuple[Array, list[KeyValueCache]]:
        check_ids("Transformer", ids_BT, self.vocabulary, ("B", "T"))
        # In each block a place sees C - 1 before it; what stands further back than all blocks together reach is cut.
        reach, T = len(self.blocks) * (self.context - 1) + 1, ids_BT.shape[1]
        ids_BT = ids_BT[:, -max(reach, self.context) :]
        x, _ = self.embedding(ids_BT)
        caches = []
        for block in self.blocks:
            attention = block.attention
            cache = KeyValueCache(len(x), attention.key_value_heads, self.context, attention.head_width, x.dtype)
            cache.position = T - ids_BT.shape[1]
            x, _ = block(x, cache=cache)
            caches.append(cache)
        return self._score(x[:, -1]), caches

    def step(self, ids_B: Ids, state: list[KeyValueCache]) -> tuple[Array, list[KeyValueCache]]:
        check_ids("Transformer", ids_B, self.vocabulary, ("B",))
        x, _ = self.embedding(ids_B)
        for block, cache in zip(self.blocks, state, strict=True):
            x = block.step(x, cache)
        return self._score(x), state

    def _score(self, x_BD: Array) -> Array:
        return self.output(self.norm(x_BD)[0])[0]

    def matrices(self) -> list[tuple[Parameter, tuple[int, ...]]]:
        parts: list[tuple[Parameter, tuple[int, ...]]] = []
        for block in self.blocks:
            attention, mlp = block.attention, block.mlp
            D, H = mlp.down.weight.value.shape
            of_keys = attention.key_value_heads * attention.head_width
            parts += [
                (attention.qkv.weight, (D, of_keys, of_keys)),
                (attention.out.weight, (D,)),
                (mlp.gate_up.weight, (H, H)),
                (mlp.down.weight, (D,)),
            ]
        return parts
