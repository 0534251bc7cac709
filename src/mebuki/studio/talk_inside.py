"""Attention and hidden states small enough for a page: one head or layer whole, the others as small maps. Shares are 0 to 255."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from .speakers import Inside

SMALL = 24  # cells of a small map, each way
UNITS = 96  # of a hidden state: those that change most


class View(BaseModel):
    """What a page draws.

    Attributes:
        ids, tokens: of the text, the last that the model has room for; cut: how many stood before them.
        layers, heads: how many there are; heads is 0 of a recurrent model.
        small: a map of each layer and head, [layers][heads][k][k], each cell the most of what it stands for.
        layer, head: the one that `rows` shows.
        rows: of attention, where each token looks, row t over the t + 1 tokens up to it. Of a hidden state, one row a unit over all
            tokens, 128 for 0.
        units: the numbers of these units; width: how many there are in all.
    """

    what: Literal["attention", "states"]
    ids: list[int]
    tokens: list[str]
    cut: int
    layers: int
    heads: int
    small: list[list[list[list[int]]]]
    layer: int
    head: int
    rows: list[list[int]]
    units: list[int] = []
    width: int = 0


def view(found: Inside, layer: int, head: int) -> View:
    """One head of one layer; numbers beyond the last stand for it, negative layers count from the last."""
    about = {"ids": list(found.ids), "tokens": list(found.tokens), "cut": found.cut}
    if found.states is not None:
        states_LTH = np.asarray(found.states)
        layer = _within(layer, len(states_LTH))
        units, rows = _units(states_LTH[layer])
        width = states_LTH.shape[2]
        return View(
            what="states", **about, layers=len(states_LTH), heads=0, small=[], layer=layer, head=0, rows=rows,
            units=units, width=width,
        )  # fmt: skip
    weights = np.asarray(found.attention)
    layer, head = _within(layer, weights.shape[0]), _within(head, weights.shape[1])
    shares = np.rint(weights * 255).astype(int)
    small = [[_pooled(one).tolist() for one in heads] for heads in shares]
    rows = [row[: t + 1].tolist() for t, row in enumerate(shares[layer, head])]
    return View(
        what="attention", **about, layers=weights.shape[0], heads=weights.shape[1], small=small, layer=layer, head=head,
        rows=rows,
    )  # fmt: skip


def _within(number: int, count: int) -> int:
    return min(max(number + count if number < 0 else number, 0), count - 1)


def _pooled(map_TS: NDArray[Any]) -> NDArray[Any]:
    """A map with at most `SMALL` cells each way.

    >>> _pooled(np.eye(48, dtype=int)).shape
    (24, 24)
    """
    edges = np.unique(np.linspace(0, len(map_TS), min(SMALL, len(map_TS)) + 1).astype(int)[:-1])
    return np.maximum.reduceat(np.maximum.reduceat(map_TS, edges, 0), edges, 1)


def _units(states_TH: NDArray[Any]) -> tuple[list[int], list[list[int]]]:
    """The units that change most, in their order, as rows of 0 to 255, 128 for 0; the strongest is an end of the scale."""
    moving = np.argsort(-states_TH.std(0), kind="stable")[:UNITS]
    kept = np.sort(moving)
    most = max(float(np.abs(states_TH[:, kept]).max()), 1e-9)
    rows = np.rint(128 + 127 * states_TH[:, kept].T / most).astype(int)
    return kept.tolist(), rows.tolist()
