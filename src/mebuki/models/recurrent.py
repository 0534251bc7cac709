"""RNN, LSTM and GRU: a state that is carried from letter to letter.

Shapes: B batch, T time, H hidden width, G gates · H, V vocabulary.

A cell takes what the letter contributes to its gates, x_BG, and its own state, and gives the new state. The letters'
part is one matrix product for the whole window; only the part that depends on the state goes step by step.
Formulas: Elman 1990 (RNN); Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000 (LSTM); Cho et al.
2014 in the variant that resets after the product, as in cuDNN (GRU).
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..shapes import RecurrentShape
from .by_hand_recurrent import GRUOverTime, LSTMOverTime, RNNOverTime
from .protocol import LanguageModel, check_ids

CellState = tuple[Tensor, ...]  # each [B, H]; the first is what the layer gives on


class Cell(nn.Module):
    """One recurrent layer. `parts` is the number of tensors in its state, `gates` the number of H-wide gates.

    Args:
        width: H.
        inputs: how many numbers it is given at each step; None: H too.
    """

    parts: ClassVar[int] = 1
    gates: ClassVar[int] = 1

    def __init__(self, width: int, inputs: int | None = None) -> None:
        super().__init__()
        self.width = width
        self.from_input = nn.Linear(inputs or width, self.gates * width)
        self.from_state = nn.Linear(width, self.gates * width, bias=False)
        bound = 1 / math.sqrt(inputs or width)
        nn.init.uniform_(self.from_input.weight, -math.sqrt(3) * bound, math.sqrt(3) * bound)
        nn.init.zeros_(self.from_input.bias)
        for gate_HH in self.from_state.weight.data.chunk(self.gates):
            nn.init.orthogonal_(gate_HH)

    def zero_state(self, x_TBH: Tensor) -> CellState:
        return tuple(x_TBH.new_zeros(x_TBH.shape[1], self.width) for _ in range(self.parts))

    def step(self, x_BG: Tensor, state: CellState) -> CellState:
        """One letter: its part of the gates and a state → the new state. This is the definition of the cell."""
        raise NotImplementedError

    def over_time(self, x_TBG: Tensor, state: CellState) -> tuple[Tensor, CellState]:
        """All steps of a window with the backward written by hand: outputs [T, B, H] and the last state."""
        raise NotImplementedError

    def forward(self, x_TBH: Tensor, state: CellState) -> tuple[Tensor, CellState]:
        """All steps of a window: [T, B, H] and a state → outputs [T, B, H] and the last state."""
        x_TBG = self.from_input(x_TBH)
        if not torch.compiler.is_compiling():
            return self.over_time(x_TBG, state)
        outputs: list[Tensor] = []
        for x_BG in x_TBG:
            state = self.step(x_BG, state)
            outputs.append(state[0])
        return torch.stack(outputs), state


class RNNCell(Cell):
    """h' = tanh(x + W h)"""

    def step(self, x_BG: Tensor, state: CellState) -> CellState:
        (h_BH,) = state
        return (torch.tanh(torch.addmm(x_BG, h_BH, self.from_state.weight.t())),)

    def over_time(self, x_TBG: Tensor, state: CellState) -> tuple[Tensor, CellState]:
        h_TBH = RNNOverTime.apply(x_TBG, self.from_state.weight, *state)
        return h_TBH, (h_TBH[-1],)


class LSTMCell(Cell):
    """i, f, o = σ(…), g = tanh(…); c' = f c + i g; h' = o tanh(c'). The forget gate starts open (bias 1)."""

    parts = 2
    gates = 4

    def __init__(self, width: int, inputs: int | None = None) -> None:
        super().__init__(width, inputs)
        nn.init.ones_(self.from_input.bias.data[width : 2 * width])

    def step(self, x_BG: Tensor, state: CellState) -> CellState:
        h_BH, c_BH = state
        gates_BG = torch.addmm(x_BG, h_BH, self.from_state.weight.t())
        sigmoid_B3H, g_BH = gates_BG.split((3 * self.width, self.width), 1)
        i_BH, f_BH, o_BH = sigmoid_B3H.sigmoid().chunk(3, 1)
        c_BH = torch.addcmul(f_BH * c_BH, i_BH, g_BH.tanh())
        return o_BH * c_BH.tanh(), c_BH

    def over_time(self, x_TBG: Tensor, state: CellState) -> tuple[Tensor, CellState]:
        h_TBH, c_BH = LSTMOverTime.apply(x_TBG, self.from_state.weight, *state)
        return h_TBH, (h_TBH[-1], c_BH)


class GRUCell(Cell):
    """r, z = σ(…); n = tanh(x_n + r (W_n h + b_n)); h' = n + z (h - n)"""

    gates = 3

    def __init__(self, width: int, inputs: int | None = None) -> None:
        super().__init__(width, inputs)
        self.reset_bias = nn.Parameter(torch.zeros(width))

    def step(self, x_BG: Tensor, state: CellState) -> CellState:
        (h_BH,) = state
        from_h_BG = F.linear(h_BH, self.from_state.weight)
        x_rz, x_n = x_BG.split((2 * self.width, self.width), 1)
        h_rz, h_n = from_h_BG.split((2 * self.width, self.width), 1)
        r_BH, z_BH = (x_rz + h_rz).sigmoid().chunk(2, 1)
        n_BH = torch.tanh(torch.addcmul(x_n, r_BH, h_n + self.reset_bias))
        return (torch.lerp(n_BH, h_BH, z_BH),)

    def over_time(self, x_TBG: Tensor, state: CellState) -> tuple[Tensor, CellState]:
        h_TBH = GRUOverTime.apply(x_TBG, self.from_state.weight, self.reset_bias, *state)
        return h_TBH, (h_TBH[-1],)


class Recurrent(LanguageModel):
    """Embedding → recurrent layers → Linear. Its state is a `CellState` for each layer."""

    half_precision = False  # a state is added to over many steps
    cell: ClassVar[type[Cell]]

    def __init__(self, vocabulary: int, shape: RecurrentShape | None = None) -> None:
        super().__init__()
        self._shape = shape = shape or RecurrentShape()
        self.vocabulary, self.context = vocabulary, shape.context
        self.embedding = nn.Embedding(vocabulary, shape.width)
        self.layers = nn.ModuleList(self.cell(shape.width) for _ in range(shape.layers))
        self.dropout = nn.Dropout(shape.dropout)
        self.output = nn.Linear(shape.width, vocabulary)
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(shape.width) if shape.tied else 1.0)
        nn.init.zeros_(self.output.bias)
        if shape.tied:
            self.output.weight = self.embedding.weight
        else:
            nn.init.zeros_(self.output.weight)

    @property
    def shape(self) -> RecurrentShape:
        return self._shape

    def matrices(self) -> list[tuple[nn.Parameter, tuple[int, ...]]]:
        rows = (self.shape.width,) * self.cell.gates
        matrices = []
        for cell in self.layers:
            assert isinstance(cell, Cell)
            matrices += [(cell.from_input.weight, rows), (cell.from_state.weight, rows)]
        return matrices

    def read(self, ids_BT: Tensor, states: list[CellState] | None) -> tuple[Tensor, list[CellState]]:
        """Hidden vectors [T, B, H] of a window that goes on from `states` (None: from the beginning)."""
        x_TBH = self.dropout(self.embedding(ids_BT.t()))
        after: list[CellState] = []
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, Cell)
            x_TBH, state = layer(x_TBH, states[number] if states else layer.zero_state(x_TBH))
            x_TBH = self.dropout(x_TBH)
            after.append(state)
        return x_TBH, after

    def forward(self, ids_BT: Tensor) -> Tensor:
        return self.output(self.read(ids_BT, None)[0].transpose(0, 1))

    def start(self, ids_BT: Tensor) -> tuple[Tensor, list[CellState]]:
        check_ids(ids_BT, self.vocabulary)
        states, h_BH = None, None
        for part_BT in ids_BT.split(self.context, 1):  # a long prompt needs no more memory than a window
            h_TBH, states = self.read(part_BT, states)
            states = [tuple(part.clone() for part in state) for state in states]  # no views that keep all steps alive
            h_BH = h_TBH[-1]
        assert states is not None
        assert h_BH is not None
        return self.output(h_BH), states

    def step(self, ids_B: Tensor, state: list[CellState]) -> tuple[Tensor, list[CellState]]:
        h_TBH, states = self.read(ids_B[:, None], state)
        return self.output(h_TBH[-1]), states


class RNN(Recurrent):
    kind = "rnn"
    cell = RNNCell


class LSTM(Recurrent):
    kind = "lstm"
    cell = LSTMCell


class GRU(Recurrent):
    kind = "gru"
    cell = GRUCell
