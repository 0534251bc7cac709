"""Muon: a step that turns a matrix in all its directions alike (Jordan et al. 2024).

A gradient of a matrix is mostly made of a few strong directions. Muon keeps a momentum of it, M = U S Vᵀ, and steps along
U Vᵀ: the same directions, each with the same strength. No singular values are computed: an odd polynomial of the
matrix, X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X, acts on the singular values alone, and its coefficients are chosen so that
three rounds bring all of them near 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .checks import Array
from .optimizers import Optimizer
from .parameter import Parameter

# For three rounds the polynomials a x + b x³ + c x⁵ that bring all of 0.03 … 1 nearest to 1 (Amsel et al. 2025).
ROUNDS = (
    (7.36252775802779, -20.74339564617217, 15.16055175868458),
    (2.91753804422985, -2.18240538286504, 0.47552921925746),
    (2.04631011373083, -1.42947500382508, 0.39335241059370),
)


def orthogonalise(matrices: Array) -> Array:
    """For each matrix U S Vᵀ of [..., R, C] a matrix near U Vᵀ: its singular values are near 1.

    >>> turned = orthogonalise(np.diag([3.0, 1.0]))
    >>> bool((abs(np.diag(turned) - 1) < 0.35).all())
    True
    """
    gram = matrices @ np.swapaxes(matrices, -1, -2)
    size = np.sqrt((gram**2).sum((-2, -1), keepdims=True)) + 1e-14  # at least the square of the largest singular value
    x, gram = matrices / np.sqrt(size), gram / size
    for number, (a, b, c) in enumerate(ROUNDS):
        if number:
            gram = x @ np.swapaxes(x, -1, -2)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x


class Muon(Optimizer):
    """Momentum, orthogonalised, for matrices.

    Args:
        parameters: matrices by name.
        learning_rate: η, about 0.02.
        pieces: for each name the row counts of the maps that the matrix holds (the gates of an LSTM, or queries, keys and
            values): each is turned by itself.
        momentum: μ.
        weight_decay: each matrix shrinks by η times this share at every step.
    """

    kinds = ("velocity",)

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        learning_rate: float = 0.02,
        pieces: Mapping[str, Sequence[int]] | None = None,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, learning_rate)
        self.momentum, self.weight_decay = momentum, weight_decay
        rows = {id(p): (pieces or {}).get(name, (len(p.value),)) for name, p in parameters.items()}
        self.cuts = {key: np.cumsum(counts)[:-1] for key, counts in rows.items()}

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        (velocity,) = memory
        velocity += (1 - self.momentum) * (parameter.gradient - velocity)
        ahead = parameter.gradient + self.momentum * (velocity - parameter.gradient)  # Nesterov: look one step ahead
        parameter.value *= 1 - rate * self.weight_decay
        cuts = self.cuts[id(parameter)]
        for weight, step in zip(np.split(parameter.value, cuts), np.split(ahead, cuts), strict=True):
            factor = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
            tall = weight.shape[0] > weight.shape[1]  # the smaller side first is quickest
            wide, weight = (step.T, weight.T) if tall else (step, weight)
            weight -= rate * factor * orthogonalise(wide)
