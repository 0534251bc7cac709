"""The Transformer is Qwen3 (with QK-norm) or Llama (without), as `transformers` computes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mebuki.models import Transformer, TransformerShape
from mebuki.models.parts import EPSILON, Rotary
from mebuki.rotary import ROUNDED, angles, frequencies

transformers = pytest.importorskip("transformers")

V = 37


def theirs(shape: TransformerShape) -> Any:
    """The same shape, as `transformers` builds it."""
    config = {
        "vocab_size": V,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden_width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads or shape.heads,
        "head_dim": shape.width // shape.heads,
        "max_position_embeddings": 64,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rotary_base},
        "rms_norm_eps": EPSILON,
        "tie_word_embeddings": shape.tied,
        "attention_bias": False,
        "attn_implementation": "eager",
    }
    if shape.qk_norm:
        return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**config)).eval()
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**config)).eval()


def copied(ours: Transformer) -> dict[str, torch.Tensor]:
    """Our weights under their names; norms without a weight of ours are ones."""
    width, kv = ours.shape.width, ours.shape.key_value_width
    ones, head = torch.ones(width), torch.ones(width // ours.shape.heads)
    weights = {
        "model.embed_tokens.weight": ours.embedding.weight,
        "model.norm.weight": ours.norm.weight,
        "lm_head.weight": ours.output.weight,
    }
    for number, block in enumerate(ours.blocks):
        q, k, v = block.attention.qkv.weight.split((width, kv, kv))
        gate, up = block.mlp.gate_up.weight.chunk(2)
        layer = {
            "input_layernorm": ones,
            "post_attention_layernorm": ones,
            "self_attn.q_proj": q,
            "self_attn.k_proj": k,
            "self_attn.v_proj": v,
            "self_attn.o_proj": block.attention.out.weight,
            "mlp.gate_proj": gate,
            "mlp.up_proj": up,
            "mlp.down_proj": block.mlp.down.weight,
        }
        if ours.shape.qk_norm:
            layer |= {"self_attn.q_norm": head, "self_attn.k_norm": head}
        weights |= {f"model.layers.{number}.{name}.weight": tensor for name, tensor in layer.items()}
    return weights


@pytest.mark.parametrize("qk_norm", [True, False], ids=["qwen3", "llama"])
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("kv_heads", [0, 2, 1])
def test_logits_are_those_of_transformers(qk_norm: bool, tied: bool, kv_heads: int) -> None:
    torch.manual_seed(3)
    shape = TransformerShape(
        width=32,
        layers=2,
        heads=4,
        key_value_heads=kv_heads,
        context=24,
        tied=tied,
        qk_norm=qk_norm,
        rope_base=5000.0,
    )
    ours = Transformer(V, shape).eval()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    other = theirs(shape)
    missing, unexpected = other.load_state_dict(copied(ours), strict=False)
    assert not missing
    assert not unexpected
    ids_BT = torch.randint(V, (3, 24))
    with torch.no_grad():
        expected = other(ids_BT, use_cache=False).logits
        assert expected.std() > 0.1
        assert (ours(ids_BT) - expected).abs().max() <= 1e-5
        logits, state = ours.start(ids_BT[:, :20])
        for t in range(20, 24):
            logits, state = ours.step(ids_BT[:, t], state)
        assert (logits - expected[:, -1]).abs().max() <= 1e-5


@pytest.mark.parametrize("base", [72.0, 384.0, 500.0, 10000.0, 1e6])
@pytest.mark.parametrize("width", [4, 16, 32, 64])
def test_angles_are_those_of_transformers(base: float, width: int) -> None:
    """Up to where they are no longer rounded; a frequency of theirs may be the neighbouring number, its power being less exact."""
    shape = TransformerShape(width=2 * width, layers=1, heads=2, context=8, rope_base=base)
    rotary = theirs(shape).model.rotary_emb
    positions = torch.tensor([0, 1, 2, 63, 1779, 5000, 19999, ROUNDED - 1])
    with torch.no_grad():
        their_cos, their_sin = rotary(torch.zeros(1), positions[None])
    cos, sin = Rotary(width, base, 2000).table(0, ROUNDED, torch.float32)
    mine, other = torch.from_numpy(frequencies(width, base)), rotary.inv_freq
    assert ((mine.view(torch.int32) - other.view(torch.int32)).abs() <= 1).all()
    same = (mine == other).repeat(2)
    assert same.float().mean() >= 0.9
    signs = torch.ones(width)
    signs[: width // 2] = -1
    for ours, expected in ((cos[positions], their_cos[0]), (sin[positions] * signs, their_sin[0])):
        torch.testing.assert_close(ours[:, same], expected[:, same], rtol=0, atol=1.2e-7)  # two neighbours


def test_angles_far_away_stay_apart() -> None:
    """In float32 alone, neighbours would stand at one place there."""
    far = 10**9
    there = angles([far, far + 1, far + 2], 8, 100.0)
    np.testing.assert_allclose(np.diff(there, axis=0), [frequencies(8, 100.0)] * 2, rtol=1e-3)
    before, after = angles([ROUNDED - 1, ROUNDED], 8, 100.0)
    np.testing.assert_allclose(after - before, frequencies(8, 100.0), rtol=0, atol=4e-3)
    np.testing.assert_allclose(angles([far], 8, 100.0, exact=True)[0, 1], far * 100.0**-0.25, rtol=1e-15)


def test_a_fresh_model_foretells_nothing_yet() -> None:
    """Untied, its output begins at zero: every token is as likely as any other."""
    model = Transformer(V, TransformerShape(width=32, layers=1, heads=2, tied=False))
    assert model(torch.zeros(1, 3, dtype=torch.long)).abs().max() == 0


def test_what_writes_into_the_residual_stream_begins_at_zero() -> None:
    model = Transformer(V, TransformerShape(width=32, layers=2, heads=2))
    for block in model.blocks:
        assert not block.attention.out.weight.any()
        assert not block.mlp.down.weight.any()
