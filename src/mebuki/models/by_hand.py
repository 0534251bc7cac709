"""Parts of the Transformer with their backward written by hand: the same values as `parts.py`, in fewer passes.

On a processor most of a small model's time goes into element-wise passes over memory, and automatic differentiation
makes many of them. Each function here saves just what its own derivative needs. Used for training on the CPU; tests
hold values and gradients equal to `parts.py` in float64.

Shapes: B batch, T time, N query heads, K key-value heads, E width of a head, H hidden.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def serves(x: Tensor) -> bool:
    """Whether the functions here are the quick way for a tensor: on the CPU, and not while torch compiles."""
    return x.device.type == "cpu" and not torch.compiler.is_compiling()


def _normalise(x: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """x / rms(x) over the last axis, and 1 / rms(x)."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.promote_types(x.dtype, torch.float32))
    inverse = norm.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_().to(x.dtype)
    return x * inverse, inverse


def _normalise_backward(dy: Tensor, y: Tensor, inverse: Tensor) -> Tensor:
    """y = x · inverse: dx = (dy - y · mean(dy · y)) · inverse."""
    mean = torch.linalg.vecdot(dy, y).unsqueeze_(-1).div_(y.shape[-1])
    return torch.addcmul(dy, y, mean, value=-1).mul_(inverse)


class RMSNormalise(torch.autograd.Function):
    """y = x / sqrt(mean(x²) + ε), over the last axis."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, epsilon: float) -> Tensor:
        y, inverse = _normalise(x, epsilon)
        ctx.save_for_backward(y, inverse)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _normalise_backward(dy, *ctx.saved_tensors), None


class GatedSiLU(torch.autograd.Function):
    """silu(gate) · up of the two halves of the last axis, [B, T, 2H] → [B, T, H]."""

    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, -1)
        activated = torch.nn.functional.silu(gate)
        ctx.save_for_backward(gate_up, activated)
        return activated * up

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        gate_up, activated = ctx.saved_tensors
        gate, up = gate_up.chunk(2, -1)
        d_gate_up = torch.empty_like(gate_up)
        d_gate, d_up = d_gate_up.chunk(2, -1)
        torch.ops.aten.silu_backward.grad_input(dy * up, gate, grad_input=d_gate)
        torch.mul(dy, activated, out=d_up)
        return d_gate_up


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the pairs (x_j, x_{j + E/2}) by tables of full width, sin as (-sin, sin); with -sin it turns back."""
    a, b = x.chunk(2, -1)
    return (x * cos).add_(torch.cat((b, a), -1).mul_(sin))


class RotaryAttention(torch.autograd.Function):
    """From the projected queries, keys and values to the mixed values, all in one.

    qkv [B, T, N + 2K, E] → [B, T, N · E]: normalise queries and keys (unless `epsilon` is None), turn them by their
    positions, softmax(q k^T / sqrt(E) + bias) v. `bias_TT` is 0 where a query may look and -inf where not;
    cos and sin are the tables of `turn`, [T, E].
    """

    @staticmethod
    def forward(
        ctx: Any, qkv: Tensor, kv_heads: int, cos: Tensor, sin: Tensor, bias_TT: Tensor, epsilon: float | None
    ) -> Tensor:
        B, T, rows, E = qkv.shape
        N, K = rows - 2 * kv_heads, kv_heads
        heads = qkv.transpose(1, 2)  # [B, N + 2K, T, E]
        qk, v = heads[:, : N + K].contiguous(), heads[:, N + K :].contiguous()
        norms: list[Tensor] = []
        if epsilon is not None:
            norms = list(_normalise(qk, epsilon))
            qk = norms[0]
        turned = turn(qk, cos, sin)
        q, k = (t.reshape(B * K, -1, E) for t in (turned[:, :N], turned[:, N:]))  # queries of a group stand together
        scale = 1 / math.sqrt(E)
        scores = torch.bmm(q, k.transpose(1, 2)).view(-1, T, T)
        weights = torch.softmax(scores.mul_(scale).add_(bias_TT), -1).view(B * K, -1, T)
        y = torch.bmm(weights, v.view(B * K, T, E)).view(B, N, T, E)
        ctx.save_for_backward(*norms, q, k, v, weights, cos, sin)
        ctx.heads, ctx.scale = (N, K), scale
        return y.transpose(1, 2).reshape(B, T, N * E)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        *norms, q, k, v, weights, cos, sin = ctx.saved_tensors
        (N, K), (B, _, T, E) = ctx.heads, v.shape
        dy = dy.view(B, T, N, E).transpose(1, 2).reshape(B * K, -1, E)
        v = v.view(B * K, T, E)
        d_weights = torch.bmm(dy, v.transpose(1, 2))
        d_scores = torch._softmax_backward_data(d_weights, weights, -1, weights.dtype).mul_(ctx.scale)
        d_turned = dy.new_empty(B, N + K, T, E)
        d_turned[:, :N] = torch.bmm(d_scores, k).view(B, N, T, E)
        d_turned[:, N:] = torch.bmm(d_scores.transpose(1, 2), q).view(B, K, T, E)
        d_qkv = dy.new_empty(B, T, N + 2 * K, E)
        d_heads = d_qkv.transpose(1, 2)
        d_heads[:, N + K :] = torch.bmm(weights.transpose(1, 2), dy).view(B, K, T, E)
        d_qk = turn(d_turned, cos, -sin)
        d_heads[:, : N + K] = _normalise_backward(d_qk, *norms) if norms else d_qk
        return d_qkv, None, None, None, None, None
