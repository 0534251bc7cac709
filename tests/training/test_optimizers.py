"""Muon's steps are nearly orthogonal; AdamW takes the rest; both remember by name."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.models import LanguageModel, build, shape_of
from mebuki.training.optimizers import Muon, Optimizers, orthogonalise
from mebuki.training.settings import TrainingSettings


def small(kind: str = "transformer", seed: int = 0) -> LanguageModel:
    torch.manual_seed(seed)
    numbers = {"hidden": 6} if kind == "bigram" else {"width": 12, "layers": 2}
    if kind == "transformer":
        numbers |= {"heads": 2}
    return build(kind, 9, shape_of(kind, "tiny", **numbers))


def set_gradients(model: LanguageModel, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=random)


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 24), extra=st.integers(0, 24), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 2**31))
def test_orthogonalised_singular_values_are_near_one(rows: int, extra: int, scale: float, seed: int) -> None:
    """Whatever the size of the matrix and of its numbers, if its own singular values are not too far apart."""
    random = torch.Generator().manual_seed(seed)
    u, _, v = torch.linalg.svd(torch.randn(rows, rows + extra, generator=random), full_matrices=False)
    values = 0.05 + 0.95 * torch.rand(rows, generator=random)
    found = torch.linalg.svdvals(orthogonalise((u * values @ v * scale)[None]))
    assert found.min() >= 0.7
    assert found.max() <= 1.1


def test_orthogonalising_keeps_the_directions() -> None:
    """U S V^T becomes U S' V^T: the singular vectors stay."""
    u, _, v = torch.linalg.svd(torch.randn(5, 8, generator=torch.Generator().manual_seed(0)), full_matrices=False)
    step = orthogonalise((u * torch.linspace(0.3, 1, 5) @ v)[None])[0]
    turned = u.T @ step @ v.T
    assert (turned - turned.diag().diag()).abs().max() < 1e-4


def test_a_tall_matrix_takes_the_turned_step_of_a_wide_one() -> None:
    """Longer by √(rows / columns), as there are more outputs than inputs (Jordan et al. 2024)."""
    wide = torch.nn.Parameter(torch.zeros(4, 10))
    tall = torch.nn.Parameter(torch.zeros(10, 4))
    wide.grad = torch.randn(4, 10, generator=torch.Generator().manual_seed(1))
    tall.grad = wide.grad.T.clone()
    Muon({"wide": (wide, (4,)), "tall": (tall, (10,))}, momentum=0.9, decay=0.0).step(0.1)
    assert wide.abs().max() > 0
    assert torch.allclose(wide * (10 / 4) ** 0.5, tall.T, atol=1e-6)


def test_pieces_step_as_matrices_of_their_own() -> None:
    """Queries, keys and values lie in one matrix, and are orthogonalised one by one."""
    random = torch.Generator().manual_seed(2)
    rows, gradients = (6, 2, 2), torch.randn(10, 6, generator=random)
    whole = torch.nn.Parameter(torch.zeros(10, 6))
    whole.grad = gradients.clone()
    Muon({"whole": (whole, rows)}, momentum=0.5, decay=0.0).step(0.1)
    parts = [torch.nn.Parameter(torch.zeros(n, 6)) for n in rows]
    for part, gradient in zip(parts, gradients.split(rows), strict=True):
        part.grad = gradient.clone()
    Muon({str(n): (p, (len(p),)) for n, p in enumerate(parts)}, momentum=0.5, decay=0.0).step(0.1)
    assert torch.allclose(whole, torch.cat(parts), atol=1e-6)


def test_muon_follows_its_momentum() -> None:
    """The buffer is the moving average of the gradients, and the step goes against Nesterov's look ahead."""
    matrix = torch.nn.Parameter(torch.zeros(3, 5))
    muon = Muon({"m": (matrix, (3,))}, momentum=0.8, decay=0.0)
    first, second = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(3))
    buffer = torch.zeros(3, 5)
    for gradient in (first, second):
        before = matrix.detach().clone()
        matrix.grad = gradient.clone()
        muon.step(0.1)
        buffer = 0.8 * buffer + 0.2 * gradient
        direction = 0.2 * gradient + 0.8 * buffer
        expected = before - 0.1 * orthogonalise(direction[None])[0]
        assert torch.allclose(muon.buffers["m"], buffer, atol=1e-6)
        assert torch.allclose(matrix, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["bigram", "rnn", "lstm", "gru", "transformer"])
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_every_parameter_is_moved_by_one_optimizer(kind: str, optimizer: str) -> None:
    model = small(kind)
    optimizers = Optimizers(model, TrainingSettings(optimizer=optimizer))
    before = [p.detach().clone() for p in model.parameters()]
    set_gradients(model, 1)
    optimizers.step(1.0)
    assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    groups = [p for group in optimizers.adamw.param_groups for p in group["params"]]
    groups += [p for p, _ in optimizers.muon.matrices.values()] if optimizers.muon else []
    assert sorted(map(id, groups)) == sorted(map(id, model.parameters()))
    assert (optimizers.muon is not None) == (optimizer == "muon" and kind != "bigram")


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_weight_decay_pulls_matrices_alone(optimizer: str) -> None:
    """Without a gradient, matrices shrink by rate · decay, and vectors stay."""
    model = small("lstm")
    chosen = TrainingSettings(optimizer=optimizer, learning_rate=0.1, matrix_rate=0.3, weight_decay=0.5, momentum=0.0)
    optimizers = Optimizers(model, chosen)
    matrices = {id(m) for m, _ in model.matrices()} if optimizer == "muon" else set()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizers.step(0.5)
    for name, parameter in model.named_parameters():
        rate = 0.3 if id(parameter) in matrices else 0.1
        shrunk = 1 - 0.5 * rate * 0.5 if parameter.ndim > 1 else 1.0
        assert torch.allclose(parameter, before[name] * shrunk, atol=1e-6), name


def test_adamw_equals_torchs_own() -> None:
    """Rates are shares of the full one, and betas are those of the recipe."""
    ours, theirs = small("gru"), small("gru")
    optimizers = Optimizers(ours, TrainingSettings(learning_rate=0.02, beta1=0.8, beta2=0.9))
    plain = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.8, 0.9), weight_decay=0.0)
    for step in range(3):
        for model in (ours, theirs):
            set_gradients(model, step)
        optimizers.step(0.5)
        plain.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("kind", ["bigram", "gru", "transformer"])
def test_a_loaded_state_goes_on_bit_for_bit(kind: str, optimizer: str) -> None:
    chosen = TrainingSettings(optimizer=optimizer)
    one, two = small(kind), small(kind)
    first, second = Optimizers(one, chosen), Optimizers(two, chosen)
    for step in range(3):
        set_gradients(one, step)
        first.step(1.0)
    two.load_state_dict(one.state_dict())
    second.load({name: tensor.clone() for name, tensor in first.state().items()})
    assert first.state().keys() == second.state().keys()
    for model, optimizers in ((one, first), (two, second)):
        set_gradients(model, 9)
        optimizers.step(0.7)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
