"""An embedding: each id has a row of numbers of its own.

Shapes: V vocabulary, D width.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .checks import Array, Ids, check_floats, check_ids
from .layer import Layer
from .parameter import Parameter


class Embedding(Layer):
    """ids [...] → rows [..., D] of a table [V, D].

    The same as a one-hot vector times the table, since a one-hot vector picks one row; but nothing is multiplied.
    On the way back a row gathers the gradients of all the places where its id stood.

    >>> table = Embedding(5, 2)
    >>> rows, backward = table(np.array([3, 1, 3]))
    >>> rows.shape
    (3, 2)
    >>> backward(np.ones((3, 2)))
    >>> table.weight.gradient[:, 0]
    array([0., 1., 0., 2., 0.], dtype=float32)

    Args:
        vocabulary: V.
        width: D.
        rng: a seed or a generator, of the first rows (normal, standard deviation `std`).

    Raises:
        IdError: an id outside 0 … V - 1.
    """

    def __init__(self, vocabulary: int, width: int, rng: int | np.random.Generator = 0, std: float = 1.0) -> None:
        rows = np.random.default_rng(rng).normal(0, std, (vocabulary, width))
        self.weight = Parameter(rows.astype(np.float32))

    def __call__(self, ids: Ids) -> tuple[Array, Callable[[Array], None]]:
        V, D = self.weight.value.shape
        name = f"Embedding({V} → {D})"
        check_ids(name, ids, V)
        rows = self.weight.value[ids]

        def backward(dy: Array) -> None:
            check_floats(name, "dy", dy, rows.shape)
            add_rows(self.weight.gradient, ids.reshape(-1), dy.reshape(-1, D))

        return rows, backward


def add_rows(table_VD: Array, ids_N: Ids, rows_ND: Array) -> None:
    """table[ids[n]] += rows[n] for every n, also where an id comes twice.

    `table[ids] += rows` would keep only one of them, and `np.add.at` is slow for rows: here equal ids are brought
    together by sorting and summed in one go.

    >>> table = np.zeros((3, 1))
    >>> add_rows(table, np.array([2, 0, 2]), np.array([[1.0], [5.0], [10.0]]))
    >>> table[:, 0]
    array([ 5.,  0., 11.])
    """
    order = np.argsort(ids_N, kind="stable")
    sorted_N = ids_N[order]
    first = np.flatnonzero(np.concatenate(([True], sorted_N[1:] != sorted_N[:-1])))
    table_VD[sorted_N[first]] += np.add.reduceat(rows_ND[order], first, axis=0)
