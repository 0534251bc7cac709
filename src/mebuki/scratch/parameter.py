"""A parameter: numbers that are learned, and the gradient into which everybody who used them adds."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .checks import Array, check_shape


class Parameter:
    """An array that is learned, and its gradient of the same shape.

    Whoever uses a parameter *adds* its part of the gradient and never assigns it. So a parameter may be used any number
    of times: by a recurrent layer at each of its time steps, or by two layers that share one matrix.

    >>> weight = Parameter([1.0, 2.0])
    >>> weight.add(np.array([0.5, 0.5]))
    >>> weight.add(np.array([1.0, 0.0]))
    >>> weight.gradient
    array([1.5, 0.5])

    Args:
        value: the first numbers, which are copied; integers become float64.

    Attributes:
        value: any shape, float32 or float64.
        gradient: of the same shape and dtype, zero at first.
    """

    def __init__(self, value: object) -> None:
        array = np.array(value)
        self.value: Array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
        self.gradient: Array = np.zeros_like(self.value)

    def add(self, gradient: NDArray[np.floating]) -> None:
        """Add a part of the gradient; its shape must be the parameter's own.

        Raises:
            ShapeError: another shape, which NumPy might silently stretch.
        """
        check_shape("Parameter", "gradient", gradient, self.value.shape)
        self.gradient += gradient

    def zero(self) -> None:
        """Forget the gradient, as before each training step."""
        self.gradient.fill(0)

    def astype(self, dtype: DTypeLike) -> None:
        """Change to float32 or float64, in place: everybody who shares the parameter sees it."""
        self.value, self.gradient = self.value.astype(dtype), self.gradient.astype(dtype)

    def __repr__(self) -> str:
        return f"Parameter{self.value.shape}"
