"""Sequence to sequence in PyTorch, and its training in either engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mebuki.errors import MebukiError, RecipeError, RunError
from mebuki.models.seq2seq import Seq2seq
from mebuki.training.addition import AdditionTrainer
from mebuki.training.addition_settings import VARIANTS, AdditionSettings

SOURCE, TARGET = torch.tensor([[5, 7, 2, 5, 0], [1, 1, 3, 4, 4]]), torch.tensor([[8, 6, 2], [8, 0, 0]])
SMALL = AdditionSettings(width=12, embedding=6, batch=16, steps=6, digits=2, heldout=40, warmup=2)


@pytest.mark.parametrize(("peeky", "attention"), [(False, False), (True, False), (False, True), (True, True)])
def test_stepping_is_reading_at_once(peeky: bool, attention: bool) -> None:
    torch.manual_seed(1)
    model = Seq2seq(9, width=6, embedding=4, peeky=peeky, attention=attention).double()
    whole_BTV, reading = model(SOURCE, TARGET), model.encode(SOURCE)
    for t in range(TARGET.shape[1]):
        logits_BV, reading = model.step(TARGET[:, t], reading)
        torch.testing.assert_close(logits_BV, whole_BTV[:, t])
    written = model.generate(SOURCE, 4, 8)
    read = torch.cat([torch.full((2, 1), 8), written[:, :-1]], 1)
    assert torch.equal(model(SOURCE, read).argmax(-1), written)


def test_wrong_ids_are_refused() -> None:
    model = Seq2seq(9, width=6)
    for source, target in ((SOURCE - 1, TARGET), (SOURCE, TARGET + 1)):
        with pytest.raises(RecipeError, match="outside the vocabulary"):
            model(source, target)


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_engines_take_the_same_steps(variant: str) -> None:
    """Weights, losses and norms, from one seed; in float32, so up to rounding."""
    settings = replace(SMALL, **VARIANTS[variant])
    assert settings.variant == variant
    ours, theirs = (AdditionTrainer(replace(settings, engine=engine)) for engine in ("scratch", "torch"))
    for name, weight in theirs.weights().items():
        np.testing.assert_array_equal(weight, ours.weights()[name])
    for mine, their in zip(ours, theirs, strict=True):
        assert mine.loss == pytest.approx(their.loss, rel=1e-4)
        assert mine.gradient_norm == pytest.approx(their.gradient_norm, rel=1e-3)
    looks = [trainer.look() for trainer in (ours, theirs)]
    assert looks[0].loss == pytest.approx(looks[1].loss, rel=1e-4)


def test_one_seed_one_training() -> None:
    def trained(seed: int) -> dict[str, np.ndarray]:
        trainer = AdditionTrainer(replace(SMALL, engine="scratch", seed=seed))
        assert [step.number for step in trainer] == list(range(1, 7))
        return {name: weight.copy() for name, weight in trainer.weights().items()}

    one, again, other = trained(1), trained(1), trained(2)
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["output.weight"], other["output.weight"])


@pytest.mark.parametrize("engine", ["scratch", "torch"])
def test_it_learns_to_add(engine: str) -> None:
    """Numbers of one digit, in a second or two; the sums kept aside need far more of them than the 45 pairs there are."""
    trainer = AdditionTrainer(AdditionSettings(engine=engine, digits=1, width=32, embedding=16, batch=64, steps=200))
    learned = trainer.task.learned(0, 200)
    assert trainer.task.grade(learned, trainer.write(learned)).mean() < 0.2
    for _ in trainer:
        pass
    assert trainer.task.grade(learned, trainer.write(learned)).mean() > 0.9


def test_a_map_needs_attention() -> None:
    with_it, without = (AdditionTrainer(replace(SMALL, attention=attention)) for attention in (True, False))
    read, written, weights_TS = with_it.attention_map("57+5")
    assert read == " 5+75"
    assert weights_TS.shape == (len(written), len(read)) == (3, 5)
    np.testing.assert_allclose(weights_TS.sum(1), 1, rtol=1e-5)
    with pytest.raises(RunError, match="no attention"):
        without.attention_map("57+5")


def test_blown_up_is_told() -> None:
    trainer = AdditionTrainer(replace(SMALL, engine="torch"))
    with torch.no_grad():
        trainer.engine.model.output.bias.fill_(float("nan"))  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(MebukiError, match="blown up"):
        trainer.step()


def test_a_limit_in_minutes_ends() -> None:
    trainer = AdditionTrainer(replace(SMALL, steps=None, minutes=0.01))
    numbers = [step.number for step in trainer]
    assert numbers
    assert trainer.seconds < 6
    assert trainer.share == 1.0
