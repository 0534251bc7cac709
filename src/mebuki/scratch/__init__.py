"""Neural networks in NumPy alone, every gradient by hand. One idea a file; read them in this order.

first       parameter · layer · linear · embedding · activations · softmax · cross_entropy · chain
is it right? check_gradients
learning    optimizers · muon
a model     language_model · bigram
"""

from __future__ import annotations

from .activations import gelu, relu, sigmoid, silu, tanh
from .bigram import Bigram
from .cell import Cell
from .chain import Chain
from .check_gradients import GradientError, check_gradients
from .checks import IdError, NotFiniteError, ShapeError
from .clipping import clip_gradients
from .cross_entropy import cross_entropy
from .embedding import Embedding
from .language_model import LanguageModel
from .layer import Layer
from .linear import Linear
from .muon import Muon
from .optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSprop
from .parameter import Parameter
from .rnn import RNNCell
from .softmax import softmax
from .unroll import unroll

__all__ = [
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Bigram",
    "Cell",
    "Chain",
    "Embedding",
    "GradientError",
    "IdError",
    "LanguageModel",
    "Layer",
    "Linear",
    "Momentum",
    "Muon",
    "NotFiniteError",
    "Parameter",
    "RMSprop",
    "RNNCell",
    "ShapeError",
    "check_gradients",
    "clip_gradients",
    "cross_entropy",
    "gelu",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "tanh",
    "unroll",
]
