"""Optimizers: what to do with a gradient.

A gradient says in which direction the loss rises fastest, so every optimizer steps the other way. They differ in how far
each number goes. Below, g is the gradient of one parameter, η the learning rate; all operations are for each number.

    SGD         w ← w - η g
    Momentum    v ← μ v + g                      w ← w - η v                  a heavy ball (Polyak 1964)
    AdaGrad     h ← h + g²                       w ← w - η g / √h             (Duchi et al. 2011)
    RMSprop     h ← ρ h + (1 - ρ) g²             w ← w - η g / √h             (Hinton 2012)
    Adam        m, h as running means of g, g²   w ← w - η m̂ / √ĥ             (Kingma & Ba 2015)
    AdamW       Adam, and w ← (1 - η λ) w apart from it                       (Loshchilov & Hutter 2019)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .checks import Array, check_floats
from .parameter import Parameter

EPSILON = 1e-8  # keeps a division by the root of a gradient that was always zero finite


class Optimizer(ABC):
    """Steps some parameters along their gradients.

    Args:
        parameters: by name, as from `layer.named_parameters()`, or only the parameters.
        learning_rate: η > 0.

    Attributes:
        memory: what is remembered between steps: kind → name of the parameter → array.
        steps: taken so far.

    >>> weight = Parameter([1.0])
    >>> optimizer = SGD([weight], learning_rate=0.1)
    >>> for _ in range(50):
    ...     weight.zero()
    ...     weight.add(2 * weight.value)       # the gradient of w²
    ...     optimizer.step()
    >>> bool(abs(weight.value[0]) < 1e-4)
    True
    """

    kinds: tuple[str, ...] = ()  # of memory

    def __init__(self, parameters: Mapping[str, Parameter] | Iterable[Parameter], learning_rate: float) -> None:
        named: Any = parameters if isinstance(parameters, Mapping) else {str(n): p for n, p in enumerate(parameters)}
        self.parameters: dict[str, Parameter] = dict(named)
        self.learning_rate, self.steps = learning_rate, 0
        self.memory = {k: {n: np.zeros_like(p.value) for n, p in self.parameters.items()} for k in self.kinds}

    def step(self, factor: float = 1.0) -> None:
        """Take one step, at `factor` of the learning rate.

        Raises:
            NotFiniteError: a gradient is not finite, with the name of its parameter; nothing was changed.
        """
        for name, parameter in self.parameters.items():
            check_floats(type(self).__name__, f"the gradient of {name}", parameter.gradient, parameter.value.shape)
        self.steps += 1
        for name, parameter in self.parameters.items():
            memory = [self.memory[kind][name] for kind in self.kinds]
            self.update(parameter, self.learning_rate * factor, *memory)

    @abstractmethod
    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        """Change one parameter, and in place what is remembered of it."""


class SGD(Optimizer):
    """w ← w - η g"""

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        parameter.value -= rate * parameter.gradient


class Momentum(Optimizer):
    """v ← μ v + g; w ← w - η v. Steps in the same direction add up, those to and fro cancel."""

    kinds = ("velocity",)

    def __init__(
        self, parameters: Mapping[str, Parameter] | Iterable[Parameter], learning_rate: float, momentum: float = 0.9
    ) -> None:
        super().__init__(parameters, learning_rate)
        self.momentum = momentum

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        (velocity,) = memory
        velocity *= self.momentum
        velocity += parameter.gradient
        parameter.value -= rate * velocity


class AdaGrad(Optimizer):
    """h ← h + g²; w ← w - η g / (√h + ε). What moved much, moves less from now on; steps only ever shrink."""

    kinds = ("square",)

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        (square,) = memory
        square += parameter.gradient**2
        parameter.value -= rate * parameter.gradient / (np.sqrt(square) + EPSILON)


class RMSprop(Optimizer):
    """h ← ρ h + (1 - ρ) g²; w ← w - η g / (√h + ε). As AdaGrad, but old gradients are forgotten."""

    kinds = ("square",)

    def __init__(
        self, parameters: Mapping[str, Parameter] | Iterable[Parameter], learning_rate: float, decay: float = 0.99
    ) -> None:
        super().__init__(parameters, learning_rate)
        self.decay = decay

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        (square,) = memory
        square += (1 - self.decay) * (parameter.gradient**2 - square)
        parameter.value -= rate * parameter.gradient / (np.sqrt(square) + EPSILON)


class Adam(Optimizer):
    """Running means m of g and h of g²; w ← w - η m̂ / (√ĥ + ε).

    Both means begin at zero and are too small at first: after t steps they hold a share of 1 - βᵗ of what they should,
    so they are divided by it (the hats).
    """

    kinds = ("mean", "square")

    def __init__(
        self,
        parameters: Mapping[str, Parameter] | Iterable[Parameter],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
    ) -> None:
        super().__init__(parameters, learning_rate)
        self.beta1, self.beta2 = beta1, beta2

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        mean, square = memory
        mean += (1 - self.beta1) * (parameter.gradient - mean)
        square += (1 - self.beta2) * (parameter.gradient**2 - square)
        size = np.sqrt(square / (1 - self.beta2**self.steps))
        size += EPSILON
        parameter.value -= rate / (1 - self.beta1**self.steps) * mean / size


class AdamW(Adam):
    """Adam, and each matrix shrinks by the share η λ at every step; λ is `weight_decay`. Vectors are left alone."""

    def __init__(
        self,
        parameters: Mapping[str, Parameter] | Iterable[Parameter],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, learning_rate, beta1, beta2)
        self.weight_decay = weight_decay

    def update(self, parameter: Parameter, rate: float, *memory: Array) -> None:
        if parameter.value.ndim > 1:
            parameter.value *= 1 - rate * self.weight_decay
        super().update(parameter, rate, *memory)
