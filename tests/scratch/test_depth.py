"""What depth does: gradients are the true ones, and vanish, explode or stay as theory says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mebuki.errors import RecipeError
from mebuki.scratch.activations import ACTIVATIONS
from mebuki.scratch.depth import BINS, deep_chain


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_layer_is_told(activation: str) -> None:
    found = deep_chain(activation, 6, width=16, samples=32)
    assert len(found.layers) == 6
    assert len(found.edges) == BINS + 1
    assert all(sum(layer.histogram) == 16 * 32 for layer in found.layers)
    assert found.layers[-1].gradient == pytest.approx(1)
    assert found == deep_chain(activation, 6, width=16, samples=32)
    assert json.loads(json.dumps(found.to_dict()))["layers"][2]["std"] == pytest.approx(found.layers[2].std, rel=1e-4)


def test_gradients_are_those_of_pytorch() -> None:
    import torch

    torch_gradients, random = [], np.random.default_rng(3)
    x = torch.tensor(random.standard_normal((8, 12)))
    outputs, weights = [], []
    for _ in range(5):
        weights.append(torch.tensor(random.standard_normal((12, 12)) / 12**0.5, requires_grad=True))
        x = torch.tanh(x @ weights[-1].T)
        x.retain_grad()
        outputs.append(x)
    dy = random.standard_normal((8, 12))
    dy /= np.linalg.norm(dy, axis=1, keepdims=True)
    x.backward(torch.tensor(dy))
    torch_gradients = [float(y.grad.norm(dim=1).mean()) for y in outputs if y.grad is not None]
    found = deep_chain("tanh", 5, width=12, samples=8, rng=3)
    assert [layer.gradient for layer in found.layers] == pytest.approx(torch_gradients)
    assert [layer.std for layer in found.layers] == pytest.approx(
        [float(y.detach().std(correction=0)) for y in outputs]
    )
    norms = [float(w.grad.norm()) / 8 for w in weights if w.grad is not None]
    assert [layer.weight_gradient for layer in found.layers] == pytest.approx(norms)


def test_depth_does_what_theory_says() -> None:
    """Sigmoids lose the gradient, ReLU keeps it with gain 2 and loses half its square a layer with 1, a large gain blows it up."""
    first = {
        name: deep_chain(*how).layers[0] for name, how in {"sigmoid": ("sigmoid", 20), "tanh": ("tanh", 20)}.items()
    }
    assert first["sigmoid"].gradient < 1e-9 < 1e-2 < first["tanh"].gradient
    kept, lost = (deep_chain("relu", 21, gain=gain, width=256).layers for gain in (2.0, 1.0))
    assert 0.3 < kept[0].gradient / kept[-1].gradient < 3
    assert lost[0].gradient / kept[0].gradient == pytest.approx(2**-10)
    assert deep_chain("tanh", 20, gain=9.0).layers[0].gradient > 100
    assert deep_chain("tanh", 3, gain=9.0).layers[0].still > deep_chain("tanh", 3).layers[0].still


@pytest.mark.parametrize("wrong", [{"activation": "step"}, {"depth": 0}, {"width": 2000}, {"gain": -1}, {"samples": 0}])
def test_what_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        deep_chain(**wrong)  # pyright: ignore[reportArgumentType]
