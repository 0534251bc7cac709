"""What all layers share: finding the parameters in them.

A layer is called with arrays and gives its output *and* the way back:

    y, backward = layer(x)
    dx = backward(dy)          # dy: gradient of the loss with respect to y; dx: with respect to x

`backward` is a function inside the function that computed y, so it still sees every intermediate value it needs: the
closure is the cache. (So what went in and what came out must stay as it is until then: no `y += 1`.) On the way it adds
the gradients of the layer's parameters. It may be called again, which adds them again. A function without parameters
(`relu`, `softmax`) keeps the same contract, and is a layer too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from ..errors import RunError
from .checks import Array
from .parameter import Parameter

Backward = Callable[[Array], Array]


class Layer:
    """Something with parameters. Subclasses set parameters, layers, and lists of layers as attributes."""

    def named_parameters(self, prefix: str = "") -> dict[str, Parameter]:
        """Every parameter once, by the path to it; one that is shared stands under its first name.

        >>> from .linear import Linear
        >>> list(Linear(3, 4).named_parameters())
        ['weight', 'bias']
        """
        found: dict[str, Parameter] = {}
        seen: set[int] = set()
        for name, parameter in _walk(self, prefix):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                found[name] = parameter
        return found

    def parameters(self) -> list[Parameter]:
        """Every parameter once."""
        return list(self.named_parameters().values())

    @property
    def parameter_count(self) -> int:
        """How many numbers are learned; a shared matrix counts once."""
        return sum(parameter.value.size for parameter in self.parameters())

    def zero_gradients(self) -> None:
        """Forget all gradients, as before each training step."""
        for parameter in self.parameters():
            parameter.zero()

    def astype(self, dtype: DTypeLike) -> Self:
        """Change every parameter to float32 or float64, in place; gradients are checked in float64."""
        for parameter in self.parameters():
            parameter.astype(dtype)
        return self

    def weights(self) -> dict[str, Array]:
        """The value of every parameter, by name; not copies."""
        return {name: parameter.value for name, parameter in self.named_parameters().items()}

    def load(self, weights: Mapping[str, Any]) -> None:
        """Take over weights by name: those of `weights()`, or of the PyTorch model of the same name, as arrays.

        Raises:
            RunError: a name or a shape is not this layer's.
        """
        own = self.named_parameters()
        for name in [*own, *weights]:
            have = own[name].value.shape if name in own else "absent"
            given = np.shape(weights[name]) if name in weights else "missing"
            if have != given:
                raise RunError(f"the weights do not fit {type(self).__name__}: {name} is {given}", allowed=f"{have}")
        for name, parameter in own.items():
            parameter.value[...] = weights[name]


def _walk(thing: Any, name: str) -> Iterator[tuple[str, Parameter]]:
    if isinstance(thing, Parameter):
        yield name, thing
    elif isinstance(thing, Layer):
        for part, value in vars(thing).items():
            yield from _walk(value, f"{name}.{part}" if name else part)
    elif isinstance(thing, (list, tuple)):
        for number, value in enumerate(thing):
            yield from _walk(value, f"{name}.{number}" if name else str(number))
