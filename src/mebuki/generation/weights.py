"""Names and shapes of a model's weights, without building it."""

from __future__ import annotations

from ..shapes import BigramShape, RecurrentShape, Shape

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def weight_shapes(kind: str, vocabulary: int, shape: Shape) -> dict[str, tuple[int, ...]]:
    """What a checkpoint of a model holds, the names as in `mebuki.models`.

    >>> weight_shapes("bigram", 83, BigramShape(hidden=128))["hidden.weight"]
    (128, 83)
    """
    V = vocabulary
    if isinstance(shape, BigramShape):
        H = shape.hidden
        return {"hidden.weight": (H, V), "hidden.bias": (H,), "output.weight": (V, H), "output.bias": (V,)}
    D = shape.width
    found: dict[str, tuple[int, ...]] = {"embedding.weight": (V, D)}
    if not shape.tied:
        found["output.weight"] = (V, D)
    if isinstance(shape, RecurrentShape):
        G = GATES[kind] * D
        for layer in (f"layers.{i}." for i in range(shape.layers)):
            found |= {layer + "from_input.weight": (G, D), layer + "from_input.bias": (G,)}
            found[layer + "from_state.weight"] = (G, D)
            if kind == "gru":
                found[layer + "reset_bias"] = (D,)
        return found | {"output.bias": (V,)}
    for block in (f"blocks.{i}." for i in range(shape.layers)):
        found[block + "attention.qkv.weight"] = (D + 2 * shape.key_value_width, D)
        found[block + "attention.out.weight"] = (D, D)
        found[block + "mlp.gate_up.weight"] = (2 * shape.hidden_width, D)
        found[block + "mlp.down.weight"] = (D, shape.hidden_width)
    return found | {"norm.weight": (D,)}
