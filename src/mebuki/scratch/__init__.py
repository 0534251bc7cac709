"""Neural networks in NumPy alone, every gradient by hand. One idea a file; read them in this order.

    first          parameter · layer · linear · embedding · activations · softmax · cross_entropy · chain · depth
    is it right?   check_gradients · checks
    learning       optimizers · muon · clipping · dropout
    words          vocabulary · counting · truncated_svd · similarity · negative_sampling · windows · word2vec · train_word2vec
    a model        language_model · bigram
    time           cell · unroll · rnn · lstm · gru · recurrent · truncated; quickly: whole_window · …_over_time
    two texts      attention_over_source · seq2seq
    attention      attention · layer_norm · rms_norm · rotary · key_value_cache · causal_attention · swiglu · block · transformer

>>> import numpy as np
>>> y, backward = Linear(3, 2)(np.ones((4, 3)))
>>> backward(np.ones((4, 2))).shape
(4, 3)
"""

from __future__ import annotations

from .activations import gelu, relu, sigmoid, silu, tanh
from .attention import attend, attention_weights, window_mask
from .attention_over_source import attention_over_source, weights_over_source
from .bigram import Bigram
from .block import Block
from .building import build
from .causal_attention import CausalAttention
from .cell import Cell
from .chain import Chain
from .check_gradients import GradientError, check_gradients
from .checks import IdError, NotFiniteError, ShapeError
from .clipping import clip_gradients
from .counting import cooccurrences, ppmi
from .cross_entropy import cross_entropy
from .depth import deep_chain
from .dropout import dropout
from .embedding import Embedding
from .gru import GRUCell
from .key_value_cache import KeyValueCache
from .language_model import LanguageModel
from .layer import Layer
from .layer_norm import LayerNorm
from .linear import Linear
from .lstm import LSTMCell
from .muon import Muon
from .negative_sampling import NegativeSampler, negative_sampling
from .optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSprop
from .parameter import Parameter
from .recurrent import GRU, LSTM, RNN
from .rms_norm import RMSNorm, normalise
from .rnn import RNNCell
from .rotary import rotate, turn, turns
from .seq2seq import Seq2seq
from .similarity import WordVectors, cosine_similarity
from .softmax import softmax
from .swiglu import SwiGLU, gated_silu
from .transformer import Transformer
from .truncated import streams, truncated_bptt
from .truncated_svd import truncated_svd
from .unroll import unroll
from .vocabulary import Vocabulary
from .word2vec import CBOW, SkipGram

__all__ = [
    "CBOW",
    "GRU",
    "LSTM",
    "RNN",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Bigram",
    "Block",
    "CausalAttention",
    "Cell",
    "Chain",
    "Embedding",
    "GRUCell",
    "GradientError",
    "IdError",
    "KeyValueCache",
    "LSTMCell",
    "LanguageModel",
    "Layer",
    "LayerNorm",
    "Linear",
    "Momentum",
    "Muon",
    "NegativeSampler",
    "NotFiniteError",
    "Parameter",
    "RMSNorm",
    "RMSprop",
    "RNNCell",
    "Seq2seq",
    "ShapeError",
    "SkipGram",
    "SwiGLU",
    "Transformer",
    "Vocabulary",
    "WordVectors",
    "attend",
    "attention_over_source",
    "attention_weights",
    "build",
    "check_gradients",
    "clip_gradients",
    "cooccurrences",
    "cosine_similarity",
    "cross_entropy",
    "deep_chain",
    "dropout",
    "gated_silu",
    "gelu",
    "negative_sampling",
    "normalise",
    "ppmi",
    "relu",
    "rotate",
    "sigmoid",
    "silu",
    "softmax",
    "streams",
    "tanh",
    "truncated_bptt",
    "truncated_svd",
    "turn",
    "turns",
    "unroll",
    "weights_over_source",
    "window_mask",
]
