"""The weights of a Transformer as Llama's family has them, there and back.

Ours has queries, keys and values in one matrix, gate and up in another, and no weights in the norms inside a block, where they can be
multiplied into the matrix that follows. All of that is exact, but for a norm that has weights, which are multiplied in once, and
another epsilon than ours, which becomes a scale of the whole residual stream.

Shapes: D width, E width of a head, V vocabulary.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import RunError
from ..shapes import TransformerShape
from .grown import Weights

EPSILON = 1e-6  # of our norms; a test holds it equal to that of `mebuki.models.parts`
EMBEDDING, NORM, OUTPUT = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"


def names(shape: TransformerShape, vocabulary: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors, as Llama's family has them.

    >>> len(names(TransformerShape(layers=1, qk_norm=False), 83))
    11
    """
    D, H, KV = shape.width, shape.hidden_width, shape.key_value_width
    found: dict[str, tuple[int, ...]] = {EMBEDDING: (vocabulary, D), NORM: (D,)}
    if not shape.tied:
        found[OUTPUT] = (vocabulary, D)
    for layer in (f"model.layers.{i}." for i in range(shape.layers)):
        found |= {
            layer + "input_layernorm.weight": (D,),
            layer + "self_attn.q_proj.weight": (D, D),
            layer + "self_attn.k_proj.weight": (KV, D),
            layer + "self_attn.v_proj.weight": (KV, D),
            layer + "self_attn.o_proj.weight": (D, D),
            layer + "post_attention_layernorm.weight": (D,),
            layer + "mlp.gate_proj.weight": (H, D),
            layer + "mlp.up_proj.weight": (H, D),
            layer + "mlp.down_proj.weight": (D, H),
        }
        if shape.qk_norm:
            head = D // shape.heads
            found |= {layer + "self_attn.q_norm.weight": (head,), layer + "self_attn.k_norm.weight": (head,)}
    return found


def to_theirs(weights: Weights, shape: TransformerShape) -> Weights:
    """Our weights under their names; norms without weights of ours are ones."""
    D, KV = shape.width, shape.key_value_width
    ones, head = np.ones(D, np.float32), np.ones(D // shape.heads, np.float32)
    found = {EMBEDDING: weights["embedding.weight"], NORM: weights["norm.weight"]}
    if not shape.tied:
        found[OUTPUT] = weights["output.weight"]
    for i in range(shape.layers):
        ours, layer = f"blocks.{i}.", f"model.layers.{i}."
        q, k, v = np.split(weights[ours + "attention.qkv.weight"], (D, D + KV))
        gate, up = np.split(weights[ours + "mlp.gate_up.weight"], 2)
        found |= {
            layer + "input_layernorm.weight": ones,
            layer + "self_attn.q_proj.weight": q,
            layer + "self_attn.k_proj.weight": k,
            layer + "self_attn.v_proj.weight": v,
            layer + "self_attn.o_proj.weight": weights[ours + "attention.out.weight"],
            layer + "post_attention_layernorm.weight": ones,
            layer + "mlp.gate_proj.weight": gate,
            layer + "mlp.up_proj.weight": up,
            layer + "mlp.down_proj.weight": weights[ours + "mlp.down.weight"],
        }
        if shape.qk_norm:
            found |= {layer + "self_attn.q_norm.weight": head, layer + "self_attn.k_norm.weight": head}
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def from_theirs(tensors: Weights, shape: TransformerShape, epsilon: float) -> Weights:
    """Their tensors under our names, with the norms' weights and their epsilon multiplied in.

    x / sqrt(mean(x²) + ε) is the same for x·c and ε·c²: with c² = ours / theirs the residual stream is scaled by c where it is
    written, and read as if nothing had happened.

    Raises:
        RunError: norms of queries or keys have learned weights, which have no place in ours.
    """
    c = 1.0 if epsilon == EPSILON else math.sqrt(EPSILON / epsilon)
    KV = shape.key_value_width
    final = tensors[NORM] / np.float32(c) if shape.tied else tensors[NORM]
    found = {"embedding.weight": _times(tensors[EMBEDDING], c), "norm.weight": _times(final, 1.0)}
    if not shape.tied:
        found["output.weight"] = tensors[OUTPUT]
    for i in range(shape.layers):
        ours, layer = f"blocks.{i}.", f"model.layers.{i}."

        def part(name: str, layer: str = layer) -> np.ndarray:
            return tensors[f"{layer}{name}.weight"]

        qkv = np.concatenate([part(f"self_attn.{name}_proj") for name in "qkv"]) * part("input_layernorm")
        if shape.qk_norm:
            for name in ("self_attn.q_norm", "self_attn.k_norm"):
                if (part(name) != 1).any():
                    raise RunError(
                        f"{layer}{name} has learned weights, and queries and keys are normalised without any here",
                        allowed="ones, as a model grown here has them",
                        hint="a model of the form of Llama or Mistral, which has no such norms",
                    )
            qkv[: shape.width + KV] = _times(qkv[: shape.width + KV], c)
        gate_up = np.concatenate([part("mlp.gate_proj"), part("mlp.up_proj")]) * part("post_attention_layernorm")
        found |= {
            ours + "attention.qkv.weight": qkv,
            ours + "attention.out.weight": _times(part("self_attn.o_proj"), c),
            ours + "mlp.gate_up.weight": gate_up,
            ours + "mlp.down.weight": _times(part("mlp.down_proj"), c),
        }
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in found.items()}


def _times(array: np.ndarray, factor: float) -> np.ndarray:
    return array if factor == 1.0 else array * np.float32(factor)
