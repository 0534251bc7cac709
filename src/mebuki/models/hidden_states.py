"""What an RNN, LSTM or GRU carries from letter to letter: its states and its gates, and how far a loss reaches back in them.

Shapes: L layers, B batch, T time, H hidden width, G gates · H.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .recurrent import Cell, GRUCell, LSTMCell, Recurrent


@dataclass(frozen=True)
class States:
    """Everything that a window went through.

    Attributes:
        hidden: [L, B, T, H], after each letter.
        cell: the same of an LSTM's memory; None for the others.
        gates: by name, each [L, B, T, H]: of an LSTM input, forget, output (0 to 1) and candidate (-1 to 1), of a GRU reset, update
            (1: the old state stays) and candidate; of an RNN none.
    """

    hidden: Tensor
    cell: Tensor | None
    gates: dict[str, Tensor]


@torch.no_grad()
def hidden_states(model: Recurrent, ids_BT: Tensor) -> States:
    """The states of every layer, from an empty one on, as the model's forward has them; without dropout.

    >>> from mebuki.models.recurrent import LSTM
    >>> from mebuki.shapes import RecurrentShape
    >>> states = hidden_states(LSTM(65, RecurrentShape(width=8, layers=2)), torch.tensor([[1, 2, 3]]))
    >>> states.hidden.shape, list(states.gates)
    (torch.Size([2, 1, 3, 8]), ['input', 'forget', 'output', 'candidate'])
    """
    x_TBH = model.embedding(ids_BT.t())
    hidden, memory, gates = [], [], []
    for cell in model.layers:
        assert isinstance(cell, Cell)
        x_TBG, state = cell.from_input(x_TBH), cell.zero_state(x_TBH)
        before = state[0]
        steps = []
        for x_BG in x_TBG:
            state = cell.step(x_BG, state)
            steps.append(state)
        x_TBH = torch.stack([step[0] for step in steps])
        hidden.append(x_TBH.transpose(0, 1))
        memory.append(torch.stack([step[-1] for step in steps]).transpose(0, 1))
        gates.append(_gates(cell, x_TBG, torch.cat((before[None], x_TBH[:-1]))))
    by_name = {name: torch.stack([layer[name].transpose(0, 1) for layer in gates]) for name in gates[0]}
    return States(torch.stack(hidden), torch.stack(memory) if model.cell is LSTMCell else None, by_name)


def _gates(cell: Cell, x_TBG: Tensor, before_TBH: Tensor) -> dict[str, Tensor]:
    """The gates of all steps, from the letters' part and the states before each."""
    from_h_TBG = F.linear(before_TBH, cell.from_state.weight)
    if isinstance(cell, LSTMCell):
        i, f, o, g = (x_TBG + from_h_TBG).chunk(4, -1)
        return {"input": i.sigmoid(), "forget": f.sigmoid(), "output": o.sigmoid(), "candidate": g.tanh()}
    if isinstance(cell, GRUCell):
        (x_r, x_z, x_n), (h_r, h_z, h_n) = x_TBG.chunk(3, -1), from_h_TBG.chunk(3, -1)
        r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
        return {"reset": r, "update": z, "candidate": torch.tanh(x_n + r * (h_n + cell.reset_bias))}
    return {}


def gradient_reach(model: Recurrent, ids_T: Tensor, target: int) -> tuple[Tensor, Tensor | None, float]:
    """How strongly the loss at the last letter hangs on the state after each letter before it.

    Args:
        ids_T: what is read.
        target: the id that follows.

    Returns:
        |dL/dh_t| [L, T]; of an LSTM also |dL/dc_t| [L, T], its way through h_t counted, of the others None; and the loss L in nats.
    """
    x_TBH = model.embedding(ids_T[:, None]).detach().requires_grad_()
    kept: list[list[tuple[Tensor, ...]]] = []
    with torch.enable_grad():
        for cell in model.layers:
            assert isinstance(cell, Cell)
            state, steps = cell.zero_state(x_TBH), []
            for x_BG in cell.from_input(x_TBH):
                state = cell.step(x_BG, state)
                steps.append(state)
            x_TBH = torch.stack([step[0] for step in steps])
            kept.append(steps)
        loss = F.cross_entropy(model.output(x_TBH[-1]), torch.tensor([target], device=x_TBH.device))
        parts = [[step[part] for layer in kept for step in layer] for part in range(model.cell.parts)]
        flat = [tensor for tensors in parts for tensor in tensors]
        gradients = torch.autograd.grad(loss, flat, allow_unused=True)
    norms = torch.stack([torch.zeros(()) if g is None else g.norm().cpu() for g in gradients])
    norms = norms.reshape(model.cell.parts, len(kept), len(ids_T))
    return norms[0], norms[1] if model.cell.parts > 1 else None, float(loss.detach())
