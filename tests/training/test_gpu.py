"""On a GPU: what it computes is what the processor computes, and what it learned goes on elsewhere. Skipped without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from clock import Clock, V

from mebuki.models import LanguageModel, build, shape_of
from mebuki.runs.answering import Calculator
from mebuki.runs.calculator import train_calculator
from mebuki.training.batches import Batches
from mebuki.training.calculator import CalculatorTrainer
from mebuki.training.calculator_settings import CalculatorSettings
from mebuki.training.settings import TrainingSettings
from mebuki.training.trainer import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bigram": ("bigram", {"hidden": 12}),
    "rnn": ("rnn", {"width": 12, "layers": 2}),
    "lstm": ("lstm", {"width": 12, "layers": 2}),
    "gru": ("gru", {"width": 12, "layers": 2}),
    "transformer": ("transformer", {"width": 24, "layers": 2, "heads": 4}),
    "grouped queries": ("transformer", {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2}),
    "no qk_norm": ("transformer", {"width": 24, "layers": 2, "heads": 2, "qk_norm": False}),
}
SETTINGS = TrainingSettings(steps=12, batch=8, precision="float32", warmup=2)
ADDER = CalculatorSettings(
    width=32, layers=2, heads=2, letters=512, steps=24, examinations=2, examined=2, warmup=2, problems="addition"
)


def made(kind: str, device: str = "cpu") -> LanguageModel:
    name, sizes = KINDS[kind]
    torch.manual_seed(1)
    model = build(name, V, shape_of(name, "tiny", context=16, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)  # fresh ones hold zeros that would hide mistakes
    return model.to(device)


def trainer(kind: str, device: str, settings: TrainingSettings = SETTINGS) -> Trainer:
    return Trainer(made(kind, device), Batches(Clock(), 16, settings.batch, seed=3), settings, seed=3)


def near(a: torch.Tensor, b: torch.Tensor, share: float = 1e-4) -> bool:
    return bool((a.cpu() - b.cpu()).abs().max() <= share * b.abs().max() + 1e-6)


@pytest.mark.parametrize("length", [5, 16, 40])
@pytest.mark.parametrize("kind", KINDS)
def test_losses_and_gradients_are_the_processors(kind: str, length: int) -> None:
    """Also of texts longer than the context, where the bias hides more than what comes after."""
    ids = torch.randint(V, (3, length + 1), generator=torch.Generator().manual_seed(0))
    here, there = made(kind), made(kind, "cuda")
    losses = []
    for model in (here, there):
        x, y = (part.to(model.device) for part in (ids[:, :-1], ids[:, 1:]))
        losses.append(F.cross_entropy(model(x).flatten(0, 1), y.flatten()))
        losses[-1].backward()
    assert near(losses[1], losses[0])
    for (name, p), q in zip(here.named_parameters(), there.parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None)
        if p.grad is not None and q.grad is not None:
            assert near(q.grad, p.grad, 1e-3), name


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_steps_equal_the_full_forward(kind: str) -> None:
    model = made(kind, "cuda").eval()
    ids = torch.randint(V, (2, 40), generator=torch.Generator().manual_seed(0)).to("cuda")
    whole = model(ids)
    logits, state = model.start(ids[:, :9])
    for t in range(9, 40):
        assert near(logits, whole[:, t - 1])
        logits, state = model.step(ids[:, t], state)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_training_goes_on_from_one_to_the_other(kind: str, optimizer: str) -> None:
    """Half of it there and half here, in both orders, is a training: weights and the optimizers' memory come along."""
    settings = replace(SETTINGS, optimizer=optimizer, ema=0.9)
    whole = trainer(kind, "cpu", settings)
    losses = [step.loss for step in whole]
    for devices in (("cuda", "cuda"), ("cuda", "cpu"), ("cpu", "cuda")):
        first = trainer(kind, devices[0], settings)
        found = [first.step().loss for _ in range(6)]
        second = trainer(kind, devices[1], settings)
        second.load(first.weights(), first.state())
        second.number = 6
        found += [step.loss for step in second]
        assert found == pytest.approx(losses, rel=2e-3), devices


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's compiler has some of its own
@pytest.mark.parametrize("compiled", [False, True])
def test_bfloat16_learns(compiled: bool) -> None:
    settings = replace(SETTINGS, steps=60, precision="bfloat16", learning_rate=0.01, compile=compiled)
    losses = [step.loss for step in trainer("transformer", "cuda", settings)]
    assert np.mean(losses[-10:]) < 0.8 * losses[0]


def test_a_calculator_learns_there_and_answers_here(tmp_path) -> None:
    """What it learned there is what is learned here, up to rounding, whoever makes up the problems."""
    ways = (replace(ADDER, device="cpu"), replace(ADDER, device="cuda", workers=2))
    here, there = ([step.loss for step in CalculatorTrainer(way)] for way in ways)
    assert len(here) == ADDER.steps
    assert there == pytest.approx(here, rel=2e-3)
    half = train_calculator(replace(ADDER, device="cuda", precision="bfloat16", steps=60), tmp_path / "half")
    assert half.done
    assert isinstance(half.calculator(), Calculator)
    assert half.calculator().answer("1+2")
