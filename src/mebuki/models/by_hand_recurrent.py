"""Recurrent layers over a whole window, with backpropagation through time written by hand.

The same values as the cells' `step` in `recurrent.py`, in a third of the operations: what a step's derivative needs is
kept in one tensor for all steps, and the weights' gradient is one product over the whole window at the end.

Shapes: T time, B batch, H hidden width, G gates · H. `dh` is what comes back from later steps, `dx` the gradient of
what the letters contribute.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def _weight_gradient(d_TBG: Tensor, h_TBH: Tensor) -> Tensor:
    """The sum of d_t^T h_{t-1} over all steps: gradients of one matrix used at many steps add up."""
    return d_TBG.flatten(0, 1).t() @ h_TBH.flatten(0, 1)


class RNNOverTime(torch.autograd.Function):
    """h' = tanh(x + W h): x [T, B, H], W [H, H], h [B, H] → all h' [T, B, H]."""

    @staticmethod
    def forward(ctx: Any, x_TBH: Tensor, weight_HH: Tensor, h_BH: Tensor) -> Tensor:
        T, (B, H) = len(x_TBH), h_BH.shape
        h_TBH = x_TBH.new_empty(T + 1, B, H)
        h_TBH[0] = h_BH
        for t in range(T):
            torch.addmm(x_TBH[t], h_TBH[t], weight_HH.t(), out=h_TBH[t + 1]).tanh_()
        ctx.save_for_backward(weight_HH, h_TBH)
        return h_TBH[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_TBH: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        weight_HH, h_TBH = ctx.saved_tensors
        dx_TBH = 1 - h_TBH[1:].square()  # tanh' = 1 - tanh²
        dh = torch.zeros_like(h_TBH[0])
        for t in range(len(dy_TBH) - 1, -1, -1):
            dx_TBH[t].mul_(dh.add_(dy_TBH[t]))
            torch.mm(dx_TBH[t], weight_HH, out=dh)
        return dx_TBH, _weight_gradient(dx_TBH, h_TBH[:-1]), dh


class LSTMOverTime(torch.autograd.Function):
    """i, f, o, g from x + W h; c' = f c + i g; h' = o tanh(c'): x [T, B, 4H] → all h' [T, B, H], the last c' [B, H]."""

    @staticmethod
    def forward(ctx: Any, x_TBG: Tensor, weight_GH: Tensor, h_BH: Tensor, c_BH: Tensor) -> tuple[Tensor, Tensor]:
        T, (B, H) = len(x_TBG), h_BH.shape
        gates_TBG = torch.empty_like(x_TBG)
        h_TBH, c_TBH = x_TBG.new_empty(T + 1, B, H), x_TBG.new_empty(T + 1, B, H)
        tanh_TBH = x_TBG.new_empty(T, B, H)
        h_TBH[0], c_TBH[0] = h_BH, c_BH
        for t in range(T):
            gates_BG = torch.addmm(x_TBG[t], h_TBH[t], weight_GH.t(), out=gates_TBG[t])
            gates_BG[:, : 3 * H].sigmoid_()
            gates_BG[:, 3 * H :].tanh_()
            i, f, o, g = gates_BG.chunk(4, 1)
            torch.mul(f, c_TBH[t], out=c_TBH[t + 1]).addcmul_(i, g)
            torch.tanh(c_TBH[t + 1], out=tanh_TBH[t])
            torch.mul(o, tanh_TBH[t], out=h_TBH[t + 1])
        ctx.save_for_backward(weight_GH, gates_TBG, h_TBH, c_TBH, tanh_TBH)
        return h_TBH[1:], c_TBH[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_TBH: Tensor, dc_BH: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        weight_GH, gates_TBG, h_TBH, c_TBH, tanh_TBH = ctx.saved_tensors
        H = h_TBH.shape[2]
        i, f, o, g = gates_TBG.chunk(4, 2)
        # What each gate's gradient is multiplied with, for all steps at once: its partner times its own slope.
        slope_TBG = torch.empty_like(gates_TBG)
        s_i, s_f, s_o, s_g = slope_TBG.chunk(4, 2)
        torch.mul(gates_TBG[:, :, : 3 * H], 1 - gates_TBG[:, :, : 3 * H], out=slope_TBG[:, :, : 3 * H])
        s_i.mul_(g)
        s_f.mul_(c_TBH[:-1])
        s_o.mul_(tanh_TBH)
        torch.mul(i, 1 - g.square(), out=s_g)
        from_h_TBH = o * (1 - tanh_TBH.square())  # dc' / dh'
        dh, dc = torch.zeros_like(h_TBH[0]), dc_BH.clone()
        for t in range(len(dy_TBH) - 1, -1, -1):
            dh.add_(dy_TBH[t])
            dc.addcmul_(dh, from_h_TBH[t])
            s_i[t].mul_(dc)
            s_f[t].mul_(dc)
            s_o[t].mul_(dh)
            s_g[t].mul_(dc)
            dc.mul_(f[t])
            torch.mm(slope_TBG[t], weight_GH, out=dh)
        return slope_TBG, _weight_gradient(slope_TBG, h_TBH[:-1]), dh, dc


class GRUOverTime(torch.autograd.Function):
    """r, z, n as in the cell; h' = n + z (h - n): x [T, B, 3H], W [3H, H], b [H], h [B, H] → all h' [T, B, H]."""

    @staticmethod
    def forward(ctx: Any, x_TBG: Tensor, weight_GH: Tensor, bias_H: Tensor, h_BH: Tensor) -> Tensor:
        T, (B, H) = len(x_TBG), h_BH.shape
        gates_TBG = torch.empty_like(x_TBG)  # r, z, n
        reset_TBH, h_TBH = x_TBG.new_empty(T, B, H), x_TBG.new_empty(T + 1, B, H)  # W_n h + b; h
        h_TBH[0] = h_BH
        for t in range(T):
            from_h_BG = h_TBH[t] @ weight_GH.t()
            rz = torch.add(x_TBG[t, :, : 2 * H], from_h_BG[:, : 2 * H], out=gates_TBG[t, :, : 2 * H]).sigmoid_()
            torch.add(from_h_BG[:, 2 * H :], bias_H, out=reset_TBH[t])
            n = gates_TBG[t, :, 2 * H :]
            torch.addcmul(x_TBG[t, :, 2 * H :], rz[:, :H], reset_TBH[t], out=n).tanh_()
            torch.lerp(n, h_TBH[t], rz[:, H:], out=h_TBH[t + 1])
        ctx.save_for_backward(weight_GH, gates_TBG, reset_TBH, h_TBH)
        return h_TBH[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_TBH: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        weight_GH, gates_TBG, reset_TBH, h_TBH = ctx.saved_tensors
        r, z, n = gates_TBG.chunk(3, 2)
        H = h_TBH.shape[2]
        # dh' times these is the gradient before each gate; the product of all but dh' is known for all steps at once.
        slope_TBG = torch.empty_like(gates_TBG)
        s_r, s_z, s_n = slope_TBG.chunk(3, 2)
        torch.mul(1 - z, 1 - n.square(), out=s_n)
        torch.mul(s_n * reset_TBH, r * (1 - r), out=s_r)
        torch.mul(h_TBH[:-1] - n, z * (1 - z), out=s_z)
        back_TBG = torch.empty_like(slope_TBG)  # the gradient of W h: as of x, but its n-part passes through r
        dh = torch.zeros_like(h_TBH[0])
        for t in range(len(dy_TBH) - 1, -1, -1):
            dh.add_(dy_TBH[t])
            s_r[t].mul_(dh)
            s_z[t].mul_(dh)
            s_n[t].mul_(dh)
            back_TBG[t, :, : 2 * H] = slope_TBG[t, :, : 2 * H]
            torch.mul(s_n[t], r[t], out=back_TBG[t, :, 2 * H :])
            dh = torch.addmm(dh * z[t], back_TBG[t], weight_GH)
        d_bias = back_TBG[:, :, 2 * H :].sum((0, 1))
        return slope_TBG, _weight_gradient(back_TBG, h_TBH[:-1]), d_bias, dh
