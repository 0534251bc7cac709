"""Truncated back-propagation through time: a text longer than any window (Williams & Peng 1990; Mikolov et al. 2010).

Shapes: N ids in all, B streams, L = ids in a stream, T ids in a window, V vocabulary.

A text of a million letters is a network a million steps deep: neither memory nor time would do to go back through all
of it. So it is read in windows of T letters, and between two windows

    forward is kept    the state at the end of one is where the next begins. What was read is still known, however long
                       ago, so the numbers are just those of one long forward over the whole text.
    backward is cut    gradients go back to the first step of their window, and no further. A mistake at letter 100 of
                       the text cannot teach what was done at letter 10, if a window begins in between.

In this library nothing has to be done for the cut: a state is plain numbers, and the closure of the window before is
simply not called. What it was computed from is forgotten with it, so memory does not grow.

For a state to go on, the next window must continue the text where the last one ended. B windows are read at once, so
the text is cut into B streams, each of L = (N - 1) // B letters; row b of every window is a piece of stream b:

    text      a b c d e f g h i j k l m      B = 2, T = 3
    stream 0  a b c d e f     first window  a b c    second  d e f
    stream 1  g h i j k l                   g h i            j k l
    targets are the same, one letter on:    b c d            e f g
                                            h i j            k l m
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..errors import RecipeError, TextError
from .cell import State
from .checks import Ids, check_array
from .cross_entropy import cross_entropy
from .recurrent import Recurrent


class Window(NamedTuple):
    """What was done: ids that were read and what followed each, [B, T], their loss in nats, and the states after it."""

    ids_BT: Ids
    targets_BT: Ids
    loss: float
    states: tuple[State, ...]


def streams(ids_N: Ids, rows: int, length: int) -> Iterator[tuple[Ids, Ids]]:
    """Windows of B parallel streams, in order: ids [B, T] and their targets; the last may be shorter.

    >>> for ids_BT, targets_BT in streams(np.arange(13), rows=2, length=4):
    ...     print(ids_BT.tolist(), targets_BT.tolist())
    [[0, 1, 2, 3], [6, 7, 8, 9]] [[1, 2, 3, 4], [7, 8, 9, 10]]
    [[4, 5], [10, 11]] [[5, 6], [11, 12]]

    Args:
        ids_N: a text; up to B ids at its end are left over.
        rows: B.
        length: T.

    Raises:
        RecipeError: B or T below 1.
        TextError: fewer than B + 1 ids.
        ShapeError: ids are not of one axis.
    """
    check_array("streams", "ids", ids_N, ("N",))
    for name, number in (("rows", rows), ("length", length)):
        if number < 1:
            raise RecipeError(f"streams was given {name} {number}", allowed="1 or more")
    L = (len(ids_N) - 1) // rows
    if L < 1:
        raise TextError(f"a text of {len(ids_N)} ids does not fill {rows} streams", allowed=f"at least {rows + 1}")
    ids_BL, targets_BL = ids_N[: rows * L].reshape(rows, L), ids_N[1 : rows * L + 1].reshape(rows, L)
    for start in range(0, L, length):
        yield ids_BL[:, start : start + length], targets_BL[:, start : start + length]


def truncated_bptt(
    model: Recurrent,
    ids_N: Ids,
    *,
    rows: int,
    length: int,
    states: tuple[State, ...] | None = None,
    rng: np.random.Generator | None = None,
) -> Iterator[Window]:
    """Go through a text once. After each window its gradients are in the parameters, and it is your turn:

    >>> from .optimizers import SGD
    >>> from .recurrent import RNN
    >>> model = RNN(5, width=4)
    >>> optimizer = SGD(model.named_parameters(), learning_rate=0.1)
    >>> for window in truncated_bptt(model, np.arange(40) % 5, rows=3, length=4):
    ...     optimizer.step()
    ...     model.zero_gradients()
    >>> window.ids_BT.shape, window.states[0][0].shape           # the last window, a short one; its first layer's h
    ((3, 1), (3, 4))

    Args:
        model: an RNN, LSTM or GRU.
        ids_N: a text.
        rows: B streams.
        length: T steps that gradients go back.
        states: where to begin; None: zeros.
        rng: where dropout draws from; None: nothing is left out.

    Raises:
        as `streams` and the model.
    """
    for ids_BT, targets_BT in streams(ids_N, rows, length):
        (logits_BTV, states), backward = model.window(ids_BT, states, rng)
        loss, loss_backward = cross_entropy(logits_BTV, targets_BT)
        backward(loss_backward())  # goes back to the first step of this window: the cut
        yield Window(ids_BT, targets_BT, loss, states)
