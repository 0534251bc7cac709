"""The compiled step of the Transformer gives what automatic differentiation gives."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mebuki import kernels
from mebuki.models.transformer import Transformer
from mebuki.models.whole_step import WholeStep
from mebuki.shapes import TransformerShape

pytestmark = pytest.mark.skipif(kernels.load("passes") is None, reason="no compiled kernels here")

SHAPES = {
    "small": (65, 8, 64, {}),
    "groups, untied, plain": (31, 3, 20, {"tied": False, "qk_norm": False, "key_value_heads": 2}),
    "one letter": (5, 2, 1, {"width": 8, "layers": 1, "heads": 4}),
    "odd sizes": (300, 5, 45, {"width": 150, "layers": 2, "heads": 3, "hidden": 70}),
    "long": (40, 2, 130, {"width": 64, "layers": 2, "heads": 1, "context": 130}),
}


def made(name: str, **more: float) -> tuple[Transformer, torch.Tensor, torch.Tensor]:
    vocabulary, B, T, numbers = SHAPES[name]
    torch.manual_seed(0)
    model = Transformer(vocabulary, TransformerShape(**{**numbers, **more}))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    ids = torch.randint(vocabulary, (B, T + 1))
    return model, ids[:, :-1], ids[:, 1:]


def step(model: Transformer, precision: str = "float32") -> WholeStep:
    assert model.quicken(precision, wait=True)
    assert model.quick is not None
    return model.quick


def gradients(model: Transformer) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


def plain(model: Transformer, x: torch.Tensor, y: torch.Tensor) -> tuple[float, dict[str, torch.Tensor]]:
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    loss.backward()
    return loss.item(), gradients(model)


def far(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> float:
    assert set(found) == set(wanted)
    return max(((found[n] - wanted[n]).norm() / wanted[n].norm()).item() for n in wanted)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_loss_and_gradients_are_those_of_automatic_differentiation(name: str, threads: int) -> None:
    model, x, y = made(name)
    loss, wanted = plain(model, x, y)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert step(model)(x, y) == pytest.approx(loss, rel=1e-6)
        assert far(gradients(model), wanted) < 3e-6
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", SHAPES)
def test_bfloat16_stays_close(name: str) -> None:
    model, x, y = made(name)
    loss, wanted = plain(model, x, y)
    assert step(model, "bfloat16")(x, y) == pytest.approx(loss, rel=1e-2)
    assert far(gradients(model), wanted) < 0.05


def test_gradients_are_added_and_weighed() -> None:
    model, x, y = made("groups, untied, plain")
    _, wanted = plain(model, x, y)
    for weight in (0.75, 0.25):
        step(model)(x, y, weight)
    assert far(gradients(model), wanted) < 3e-6


@pytest.mark.parametrize("name", SHAPES)
def test_losses_of_single_letters(name: str) -> None:
    model, x, y = made(name)
    wanted = F.cross_entropy(model(x).transpose(1, 2), y, reduction="none").detach().numpy()
    last = max(1, x.shape[1] // 2)
    found = step(model).losses(x.numpy(), y[:, -last:].numpy())
    assert abs(found - wanted[:, -last:]).max() < 2e-5


def test_dropout_is_a_function_of_the_seed_and_has_its_own_gradient() -> None:
    model, x, y = made("small", dropout=0.3)
    quick = step(model)
    loss = quick(x, y, seed=1)
    found = gradients(model)
    assert quick(x, y, seed=1) == loss != quick(x, y, seed=2)
    assert loss != pytest.approx(plain(model.eval(), x, y)[0], rel=1e-3)
    model.zero_grad()
    torch.manual_seed(1)
    direction = {name: torch.randn_like(p) * found[name].norm() for name, p in model.named_parameters()}
    slope = sum((found[name] * d).sum().item() for name, d in direction.items())
    size = 1e-3 / sum(d.norm().item() for d in direction.values())
    sides = []
    for sign in (1, -2):  # forward, then back beyond the beginning
        with torch.no_grad():
            for name, p in model.named_parameters():
                p.add_(direction[name], alpha=sign * size * 20)
        sides.append(quick(x, y, seed=1))
    assert (sides[0] - sides[1]) / (2 * 20 * size) == pytest.approx(slope, rel=0.02)


def test_dropout_does_not_depend_on_the_threads() -> None:
    model, x, y = made("small", dropout=0.3)
    losses, before = [], torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        losses.append(step(model)(x, y, seed=4))
    torch.set_num_threads(before)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-6)


def test_share_of_what_is_dropped() -> None:
    """Half of the embeddings' numbers reach the first block."""
    model, x, _ = made("small", dropout=0.5, layers=1)
    share = step(model)._divide(*x.shape)[0]
    share.forward(x[: share.B].contiguous(), seed=3)
    kept = share.layers[0].h1 != 0
    assert 0.47 < kept.float().mean().item() < 0.53


def test_models_and_windows_that_it_does_not_serve() -> None:
    model, x, y = made("long", context=64)
    assert not Transformer(5, TransformerShape(width=8, heads=2)).double().quicken("float32")
    step(model)
    wanted = F.cross_entropy(model(x).transpose(1, 2), y, reduction="none").detach().numpy()
    assert abs(model.losses(x.numpy(), y.numpy()) - wanted).max() < 2e-5  # longer than the context: the view slides
