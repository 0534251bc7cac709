"""Parts of the Transformer: RMSNorm, rotary positions, attention, SwiGLU.

Shapes: B batch, T time (queries), S time (keys), D width, N heads, E width of a head, H hidden.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..rotary import angles
from . import by_hand

EPSILON = 1e-6  # of every RMSNorm


def normalise(x: Tensor) -> Tensor:
    """RMSNorm without a weight: x / sqrt(mean(x²) + ε) over the last axis (Zhang & Sennrich 2019).

    Inside a block the weight would be multiplied into the matrix that follows, so it is left out; other programs,
    whose shape has one, are given ones.
    """
    if not by_hand.serves(x):
        return F.rms_norm(x, x.shape[-1:], None, EPSILON)
    return by_hand.RMSNormalise.apply(x, EPSILON)


class RMSNorm(nn.Module):
    """`normalise(x)` times a learned weight."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return normalise(x) * self.weight.to(x.dtype)


class Rotary(nn.Module):
    """Rotary positions in the rotate-half form (Su et al. 2021; the layout of Llama and Qwen).

    The pair (x_j, x_{j + E/2}) is turned by the angle position · base^(-2j/E), so that the product of a query and a
    key depends on their distance alone. Angles are those of `mebuki.rotary`. The first positions are kept in tables, those
    far away, and those of a model in float64, computed when they are asked for.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, width: int, base: float, positions: int) -> None:
        super().__init__()
        self.width, self.base = width, base
        cos, sin = self._turns(0, positions, torch.float32)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def _turns(self, start: int, end: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        exact = dtype == torch.float64
        angle = torch.from_numpy(angles(np.arange(start, end), self.width, self.base, exact=exact))
        cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)
        return torch.cat((cos, cos), -1), torch.cat((-sin, sin), -1)

    def table(self, start: int, end: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """(cos, cos) and (-sin, sin) of positions start … end - 1, each [T, E]."""
        if end <= len(self.cos) and dtype != torch.float64:
            return self.cos[start:end].to(dtype), self.sin[start:end].to(dtype)
        cos, sin = self._turns(start, end, dtype)
        return cos.to(self.cos.device), sin.to(self.cos.device)


def window_bias(queries: int, keys: int, window: int, like: Tensor) -> Tensor:
    """What is added to the scores [T, S]: 0 where a query may look, -inf at keys after it or `window` or more before.

    The last query stands at the last key; dtype and device are those of `like`.

    >>> window_bias(3, 3, 2, torch.zeros(1)).tolist()
    [[0.0, -inf, -inf], [0.0, 0.0, -inf], [-inf, 0.0, 0.0]]
    """
    query = torch.arange(keys - queries, keys, device=like.device)[:, None]
    distance_TS = query - torch.arange(keys, device=like.device)
    hidden_TS = (distance_TS < 0) | (distance_TS >= window)
    return like.new_zeros(queries, keys).masked_fill_(hidden_TS, float("-inf"))


def attend(q_BTNE: Tensor, k_BSKE: Tensor, v_BSKE: Tensor, bias_TS: Tensor | None, *, causal: bool = False) -> Tensor:
    """softmax(q k^T / sqrt(E) + bias) v for each head → [B, T, N, E]. Neighbouring query heads share a key head.

    Args:
        causal: the bias hides what comes after each query, and nothing else: said to a GPU in its place, which then need
            not look at half of the scores.
    """
    groups = q_BTNE.shape[2] // k_BSKE.shape[2]
    q, k, v = q_BTNE.transpose(1, 2), k_BSKE.transpose(1, 2), v_BSKE.transpose(1, 2)
    if groups > 1:
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    if q.is_cuda:
        bias = None if causal else bias_TS
        return F.scaled_dot_product_attention(q, k, v, bias, is_causal=causal).transpose(1, 2)
    scores_BNTS = torch.matmul(q * (1 / math.sqrt(q.shape[-1])), k.transpose(-1, -2))
    if bias_TS is not None:
        scores_BNTS = scores_BNTS + bias_TS
    return torch.matmul(scores_BNTS.softmax(-1).to(v.dtype), v).transpose(1, 2)


class SwiGLU(nn.Module):
    """down(silu(gate x) · up x) (Shazeer 2020); gate and up are one matrix, `gate_up`, in this order."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x_BTD: Tensor) -> Tensor:
        gate_up = self.gate_up(x_BTD)
        if not by_hand.serves(x_BTD):
            gate_BTH, up_BTH = gate_up.chunk(2, -1)
            return self.down(F.silu(gate_BTH) * up_BTH)
        return self.down(by_hand.GatedSiLU.apply(gate_up))
