"""A decoder-only Transformer in the shape of Qwen3 (with QK-norm) or Llama (without), which other programs open.

Shapes: B batch, T time, C context, D width, N query heads, K key-value heads, E width of a head, V vocabulary.

Each position looks back on the last C positions, itself included: in training, where a window holds C letters, that
is all of them; in a longer text the view slides. Its state is a ring of the last C keys and values of every layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import kernels
from ..shapes import TransformerShape
from .by_hand import RotaryAttention, serves, turn
from .parts import EPSILON, RMSNorm, Rotary, SwiGLU, attend, normalise, window_bias
from .protocol import LanguageModel, check_ids
from .whole_step import WholeStep


@dataclass
class KeyValueCache:
    """Keys and values of the last C positions, position p in slot p mod C. Attention does not mind the order."""

    keys_LBCKE: list[Tensor]
    values_LBCKE: list[Tensor]
    position: int  # of the next token


class Attention(nn.Module):
    """Grouped-query attention (Ainslie et al. 2023); queries, keys and values are one matrix, `qkv`, in this order."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.heads, self.kv_heads = shape.heads, shape.key_value_heads or shape.heads
        self.head_width, self.qk_norm = shape.width // shape.heads, shape.qk_norm
        self.qkv = nn.Linear(shape.width, shape.width + 2 * shape.key_value_width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)

    def project(self, x_BTD: Tensor) -> Tensor:
        """All heads side by side, [B, T, N + 2K, E]."""
        return self.qkv(x_BTD).unflatten(-1, (self.heads + 2 * self.kv_heads, self.head_width))

    def place(self, heads_BTHE: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries [B, T, N, E], keys and values [B, T, K, E], with positions turned in."""
        q, k, v = heads_BTHE.split((self.heads, self.kv_heads, self.kv_heads), 2)
        if self.qk_norm:
            q, k = normalise(q), normalise(k)
        return turn(q, cos[:, None], sin[:, None]), turn(k, cos[:, None], sin[:, None]), v


class Block(nn.Module):
    """x + attention(norm(x)), then x + SwiGLU(norm(x))."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.attention = Attention(shape)
        self.mlp = SwiGLU(shape.width, shape.hidden_width)
        self.dropout = nn.Dropout(shape.dropout)

    def finish(self, x: Tensor, mixed_BTD: Tensor) -> Tensor:
        x = x + self.dropout(self.attention.out(mixed_BTD))
        return x + self.dropout(self.mlp(normalise(x)))


class Transformer(LanguageModel):
    """Embedding → blocks → RMSNorm → output, the output tied to the embedding unless the shape says otherwise.

    >>> from mebuki.shapes import TransformerShape
    >>> model = Transformer(65, TransformerShape(width=32, layers=2, heads=2, context=8))
    >>> model(torch.zeros(1, 8, dtype=torch.long)).shape
    torch.Size([1, 8, 65])
    """

    kind = "transformer"
    features = 1  # ids a position

    def __init__(self, vocabulary: int, shape: TransformerShape | None = None) -> None:
        super().__init__()
        self._shape = shape = shape or TransformerShape()
        self.vocabulary, self.context = vocabulary, shape.context
        self.embedding = nn.Embedding(vocabulary, shape.width)
        self.rotary = Rotary(shape.width // shape.heads, shape.rotary_base, 2 * shape.context)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.width)
        self.output = nn.Linear(shape.width, vocabulary, bias=False)
        self.dropout = nn.Dropout(shape.dropout)
        self._initialise()

    def _initialise(self) -> None:
        """Matrices at 1/sqrt(fan in), queries, keys and values at a quarter; what writes into the residual stream at zero.

        Small values change quickly under steps of a fixed length, so that attention finds its form sooner.
        """
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                if name.endswith((".out", ".down")) or name == "output":
                    nn.init.zeros_(module.weight)
                else:
                    gain = 0.25 if name.endswith(".qkv") else 1.0
                    nn.init.normal_(module.weight, std=gain / math.sqrt(module.in_features))
        if self.shape.tied:
            nn.init.normal_(self.embedding.weight, std=0.5 / math.sqrt(self.shape.width))
            self.output.weight = self.embedding.weight
        else:
            nn.init.normal_(self.embedding.weight)

    @property
    def shape(self) -> TransformerShape:
        return self._shape

    def matrices(self) -> list[tuple[nn.Parameter, tuple[int, ...]]]:
        width, kv_width, hidden = self.shape.width, self.shape.key_value_width, self.shape.hidden_width
        parts = []
        for block in self.blocks:
            assert isinstance(block, Block)
            parts += [
                (block.attention.qkv.weight, (width, kv_width, kv_width)),
                (block.attention.out.weight, (width,)),
                (block.mlp.gate_up.weight, (hidden, hidden)),
                (block.mlp.down.weight, (width,)),
            ]
        return parts

    def quicken(self, precision: str, *, wait: bool = False) -> bool:
        if self.quick is None or self.quick.precision != precision:
            libraries = [kernels.load(name, wait=wait) for name in ("passes", "attention")]
            found = self.device.type == "cpu" and self.output.weight.dtype == torch.float32 and all(libraries)
            self.quick = WholeStep(self, precision, *filter(None, libraries)) if found else None
        return self.quick is not None

    def embed(self, ids_BT: Tensor) -> Tensor:
        """Vectors [B, T, D] of ids."""
        return self.embedding(ids_BT)

    def forward(self, ids_BT: Tensor) -> Tensor:
        return self.output(self._read(ids_BT, None))

    def start(self, ids_BT: Tensor) -> tuple[Tensor, KeyValueCache]:
        check_ids(ids_BT, len(self.embedding.weight))
        reach = self.shape.layers * (self.context - 1) + 1  # what stands before cannot touch the last position
        position = ids_BT.shape[1]
        ids_BT = ids_BT[:, -max(reach, self.context) :]
        B = len(ids_BT)
        kv_shape = (
            B,
            self.context,
            self.shape.key_value_heads or self.shape.heads,
            self.shape.width // self.shape.heads,
        )
        cache = KeyValueCache(
            [self.embedding.weight.new_zeros(kv_shape) for _ in self.blocks],
            [self.embedding.weight.new_zeros(kv_shape) for _ in self.blocks],
            position,
        )
        x_BTD = self._read(ids_BT, cache)
        return self.output(x_BTD[:, -1]), cache

    def _read(self, ids_BT: Tensor, cache: KeyValueCache | None) -> Tensor:
        """Normalised hidden vectors [B, T, D] of the ids before the cache's position; fills an empty cache on the way."""
        T = ids_BT.shape[1]
        first = 0 if cache is None else cache.position - T
        x = self.dropout(self.embed(ids_BT))
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        cos, sin = self.rotary.table(first, first + T, x.dtype)
        bias_TT = window_bias(T, T, self.context, x)
        in_one = cache is None and serves(x)
        kept = torch.arange(max(0, T - self.context), T, device=x.device)
        for number, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            attention = block.attention
            heads = attention.project(normalise(x))
            if in_one:
                epsilon = EPSILON if attention.qk_norm else None
                mixed = RotaryAttention.apply(heads, attention.kv_heads, cos, sin, bias_TT, epsilon)
            else:
                q, k, v = attention.place(heads, cos, sin)
                if cache is not None:
                    slots = (first + kept) % self.context
                    cache.keys_LBCKE[number][:, slots] = k[:, kept]
                    cache.values_LBCKE[number][:, slots] = v[:, kept]
                mixed = attend(q, k, v, bias_TT, causal=self.context >= T).flatten(2)
            x = block.finish(x, mixed)
        return self.norm(x)

    def step(self, ids_B: Tensor, state: KeyValueCache) -> tuple[Tensor, KeyValueCache]:
        position, slot = state.position, state.position % self.context
        filled = min(position + 1, self.context)
        x = self.embed(ids_B[:, None])
        cos, sin = self.rotary.table(position, position + 1, x.dtype)
        for number, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            q, k, v = block.attention.place(block.attention.project(normalise(x)), cos, sin)
            keys, values = state.keys_LBCKE[number], state.values_LBCKE[number]
            keys[:, slot], values[:, slot] = k[:, 0], v[:, 0]
            x = block.finish(x, attend(q, keys[:, :filled], values[:, :filled], None).flatten(2))
        state.position += 1
        return F.linear(self.norm(x)[:, 0], self.output.weight), state
