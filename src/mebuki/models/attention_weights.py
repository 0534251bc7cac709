"""Where a Transformer looks: the attention weights of every layer and head, on the way of its own forward.

Shapes: L layers, B batch, N query heads, T time (queries), S time (keys), K key-value heads, E width of a head, V vocabulary.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .parts import normalise, window_bias
from .transformer import Block, Transformer


@torch.no_grad()
def attention_weights(model: Transformer, ids_BT: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [L, B, N, T, S], each row summing to 1, and the logits [B, T, V] that came of them.

    Args:
        model: also one that is told places.
        ids_BT: as for its `forward`; a place sees at most the last C, as there.

    >>> from mebuki.shapes import TransformerShape
    >>> model = Transformer(65, TransformerShape(width=32, layers=2, heads=4, context=8)).eval()
    >>> weights, logits = attention_weights(model, torch.tensor([[1, 2, 3]]))
    >>> weights.shape, logits.shape
    (torch.Size([2, 1, 4, 3, 3]), torch.Size([1, 3, 65]))
    """
    T = ids_BT.shape[1]
    x = model.dropout(model.embed(ids_BT))
    cos, sin = model.rotary.table(0, T, x.dtype)
    bias_TS = window_bias(T, T, model.context, x)
    found: list[Tensor] = []
    for block in model.blocks:
        assert isinstance(block, Block)
        attention = block.attention
        q_BTNE, k_BSKE, v_BSKE = attention.place(attention.project(normalise(x)), cos, sin)
        shared = attention.heads // attention.kv_heads
        k_BSNE, v_BSNE = k_BSKE.repeat_interleave(shared, 2), v_BSKE.repeat_interleave(shared, 2)
        scores_BNTS = torch.einsum("btne,bsne->bnts", q_BTNE, k_BSNE) / math.sqrt(attention.head_width)
        found.append((scores_BNTS + bias_TS).softmax(-1))
        x = block.finish(x, torch.einsum("bnts,bsne->btne", found[-1], v_BSNE).flatten(2))
    return torch.stack(found), model.output(model.norm(x))
