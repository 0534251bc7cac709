"""Neural networks in NumPy alone, every gradient by hand. One idea a file; read them in this order.

first       parameter · layer · linear · embedding · activations · softmax · cross_entropy · chain
is it right? check_gradients
learning    optimizers · muon
a model     language_model · bigram
"""

from __future__ import annotations

from .activations import gelu, relu, sigmoid, silu, tanh
from .bigram import Bigram
from .building import build
from .cell import Cell
from .chain import Chain
from .check_gradients import GradientError, check_gradients
from .checks import IdError, NotFiniteError, ShapeError
from .clipping import clip_gradients
from .cross_entropy import cross_entropy
from .embedding import Embedding
from .gru import GRUCell
from .language_model import LanguageModel
from .layer import Layer
from .linear import Linear
from .lstm import LSTMCell
from .muon import Muon
from .optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSprop
from .parameter import Parameter
from .recurrent import GRU, LSTM, RNN
from .rnn import RNNCell
from .softmax import softmax
from .transformer import Transformer
from .unroll import unroll

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Bigram",
    "Cell",
    "Chain",
    "Embedding",
    "GRUCell",
    "GradientError",
    "IdError",
    "LSTMCell",
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
    "Transformer",
    "build",
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
