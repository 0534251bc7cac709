"""Attention over a source: at each step of writing, look back on all that was read.

Shapes: T target length, S source length, B batch, H width.

Without it, all that the encoder read has to pass through its last state, H numbers for a source of any length. With it,
the decoder's state q_t asks the encoder's outputs s_1 … s_S, and is answered by a mix of them (the dot form of Luong,
Pham & Manning 2015, "Effective approaches to attention-based neural machine translation"):

    score   e_ts = q_t · s_s              how well the two fit
    weight  w_ts = softmax of e_t over s  positive, adds up to 1
    context c_t  = Σ_s w_ts s_s           what is seen

The backward goes up the same three lines. From c_t = Σ_s w_ts s_s come dw_ts = dc_t · s_s and ds_s = Σ_t w_ts dc_t. The
softmax turns dw into de. From e_ts = q_t · s_s come dq_t = Σ_s de_ts s_s and ds_s = Σ_t de_ts q_t. The source stands in
two lines, as what is compared and as what is mixed; so its gradient is a sum of two.
"""

from __future__ import annotations

from collections.abc import Callable

from .checks import Array, check_floats
from .softmax import probabilities, softmax_backward


def attention_over_source(query_TBH: Array, source_SBH: Array) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
    """What each target position sees of the source, [T, B, H].

    One state asks two encoder outputs. It fits the first far better, so it sees nearly only that one:

    >>> import numpy as np
    >>> source = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])                 # S = 2, B = 1, H = 2
    >>> context, backward = attention_over_source(np.array([[[9.0, 0.0]]]), source)
    >>> context.round(3)
    array([[[1., 0.]]])
    >>> dquery, dsource = backward(np.ones((1, 1, 2)))
    >>> dquery.shape, dsource.shape
    ((1, 1, 2), (2, 1, 2))

    Returns:
        the context, and `backward(dcontext)`, which gives (dquery, dsource).

    Raises:
        ShapeError, NotFiniteError: they differ in B or H, or hold numbers that are not finite.
    """
    weights_BTS = weights_over_source(query_TBH, source_SBH)
    query_BTH, source_BSH = query_TBH.transpose(1, 0, 2), source_SBH.transpose(1, 0, 2)
    context_BTH = weights_BTS @ source_BSH

    def backward(dcontext_TBH: Array) -> tuple[Array, Array]:
        check_floats("attention_over_source", "dcontext", dcontext_TBH, query_TBH.shape)
        dcontext_BTH = dcontext_TBH.transpose(1, 0, 2)
        dweights_BTS = dcontext_BTH @ source_BSH.transpose(0, 2, 1)
        dscores_BTS = softmax_backward(dweights_BTS, weights_BTS)
        dquery_BTH = dscores_BTS @ source_BSH
        dsource_BSH = weights_BTS.transpose(0, 2, 1) @ dcontext_BTH + dscores_BTS.transpose(0, 2, 1) @ query_BTH
        return dquery_BTH.transpose(1, 0, 2), dsource_BSH.transpose(1, 0, 2)

    return context_BTH.transpose(1, 0, 2), backward


def weights_over_source(query_TBH: Array, source_SBH: Array) -> Array:
    """How much each target position looks at each source position, [B, T, S]: each row adds up to 1.

    >>> import numpy as np
    >>> weights_over_source(np.zeros((1, 1, 2)), np.ones((4, 1, 2)))      # nothing to choose by: everything equally
    array([[[0.25, 0.25, 0.25, 0.25]]])
    """
    name = "attention_over_source"
    check_floats(name, "query", query_TBH, ("T", "B", "H"))
    check_floats(name, "source", source_SBH, ("S", *query_TBH.shape[1:]))
    scores_BTS = query_TBH.transpose(1, 0, 2) @ source_SBH.transpose(1, 2, 0)
    return probabilities(scores_BTS)
