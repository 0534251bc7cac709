"""Neural networks in NumPy alone, every gradient by hand. One idea a file; read them in this order.

first      parameter · layer · linear · embedding · activations · softmax · cross_entropy · chain · check_gradients
"""

from __future__ import annotations

from .activations import gelu, relu, sigmoid, silu, tanh
from .chain import Chain
from .check_gradients import GradientError, check_gradients
from .checks import IdError, NotFiniteError, ShapeError
from .cross_entropy import cross_entropy
from .embedding import Embedding
from .layer import Layer
from .linear import Linear
from .parameter import Parameter
from .softmax import softmax
