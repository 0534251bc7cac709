"""The smallest adder: it keeps the law of all models, its answers come from its weights, and it can be grown again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mebuki.errors import RecipeError
from mebuki.models.smallest_adder import AdderShape, SmallestAdder, greedy, trained
from mebuki.tasks.addition import Problems
from mebuki.tasks.ten_digits import EDGES, QUESTION, ROW, WIDTH, TenDigits
from mebuki.training.smallest_adder import Seedlings, SeedlingSettings, exactly_right, losses

NUMBER = st.integers(0, 9_999_999_999)
SHAPES = [AdderShape(), AdderShape(hidden=4, table=True)]
SHORT = SeedlingSettings(seeds=(0, 1, 2), steps=4, batch=8)


def fresh(count: int, seed: int = 7) -> Problems:
    return TenDigits(seed).learned(0, count)


def stirred(shape: AdderShape, seed: int) -> SmallestAdder:
    """A model whose every weight matters."""
    model = SmallestAdder(shape, seed=seed).double()
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.4)
    return model


@given(NUMBER, NUMBER)
def test_rows_and_back(a: int, b: int) -> None:
    task, pair = TenDigits, TenDigits.pair(a, b)
    question, answer = task.question(pair), task.answer(pair)
    assert question.shape == (1, QUESTION)
    assert task.numbers(answer).tolist() == [a + b]
    assert [task.numbers(question[:, 1 + i * WIDTH : 1 + (i + 1) * WIDTH])[0] for i in (0, 1)] == [a, b]


def test_batches_are_of_seed_and_number_alone_and_hold_no_test() -> None:
    task = TenDigits(3)
    ids, answer = task.batch(5, 40)
    assert ids.shape == (40, ROW)
    assert np.array_equal(ids[:, QUESTION:], answer[:, :-1])
    assert np.array_equal(ids, TenDigits(3).batch(5, 40)[0])
    assert not np.array_equal(ids, TenDigits(4).batch(5, 40)[0])
    tests = task.tests()
    assert len(tests) == 10_010
    assert list(zip(tests.a_N.tolist(), tests.b_N.tolist(), strict=True))[:10] == list(EDGES)
    assert task.is_aside(tests).all()
    assert task.is_aside(Problems(tests.b_N, tests.a_N)).all()
    assert not task.is_aside(task.learned(0, 2000)).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_stepping_is_reading_at_once(shape: AdderShape) -> None:
    model = stirred(shape, 1)
    ids_BT = torch.from_numpy(TenDigits().batch(0, 3)[0])
    whole_BTV = model(ids_BT)
    assert whole_BTV.shape == (3, ROW, 10)
    for prompt in (1, 5, QUESTION):
        logits_BV, state = model.start(ids_BT[:, :prompt])
        torch.testing.assert_close(logits_BV, whole_BTV[:, prompt - 1])
        for t in range(prompt, ROW):
            logits_BV, state = model.step(ids_BT[:, t], state)
            torch.testing.assert_close(logits_BV, whole_BTV[:, t])
    torch.testing.assert_close(model(ids_BT, last=WIDTH), whole_BTV[:, -WIDTH:])


def test_nothing_is_seen_of_what_follows() -> None:
    model = stirred(AdderShape(), 1)
    ids_BT = torch.from_numpy(TenDigits().batch(0, 2)[0])
    changed = ids_BT.clone()
    changed[:, 20:] = 9 - changed[:, 20:]
    torch.testing.assert_close(model(ids_BT)[:, :20], model(changed)[:, :20])


def test_wrong_ids_are_refused() -> None:
    for wrong in (-1, 10):
        with pytest.raises(RecipeError, match="outside the vocabulary"):
            SmallestAdder()(torch.tensor([[1, wrong]]))


@pytest.mark.parametrize(("shape", "parameters"), list(zip(SHAPES, (16, 50), strict=True)))
def test_the_numbers_are_counted(shape: AdderShape, parameters: int) -> None:
    model = SmallestAdder(shape)
    assert model.parameter_count == sum(p.numel() for p in model.state_dict().values()) == parameters
    assert not list(model.buffers())


def test_the_trained_one_adds() -> None:
    model = trained()
    assert model.parameter_count <= 250
    assert exactly_right(model, TenDigits().tests().first(500)).all()
    assert exactly_right(model, fresh(500)).all()
    assert exactly_right(model, TenDigits.chains(500)).all()


@pytest.mark.parametrize("name", ["omega", "turn", "value", "out", "stay", "inner", "outer", "shift"])
def test_its_answers_come_from_its_weights(name: str) -> None:
    """Without any one of them hardly a sum is right; sharpness never changes the likeliest digit, and its bias is small."""
    model = trained()
    with torch.no_grad():
        model.get_parameter(name).zero_()
    assert exactly_right(model, fresh(200)).mean() < 0.1


def test_weights_a_little_off_are_wrong_weights() -> None:
    """Looking a third of a place to the side, it misses carries."""
    model = trained()
    x, y = model.turn.detach()
    angle = torch.tensor(2 * torch.pi / WIDTH / 3)
    with torch.no_grad():
        model.turn.copy_(torch.stack([x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()]))
    assert exactly_right(model, fresh(200)).mean() < 0.5


def test_the_loop_of_writing_knows_no_arithmetic() -> None:
    """The same loop with a model that writes the next digit of a count: 7, 8, 9, 0, …"""

    class Counting:
        def start(self, ids_BT: torch.Tensor) -> tuple[torch.Tensor, None]:
            return self.step(ids_BT[:, -1], None)

        def step(self, ids_B: torch.Tensor, state: None) -> tuple[torch.Tensor, None]:
            return torch.nn.functional.one_hot((ids_B + 1) % 10, 10), None

    assert greedy(Counting(), torch.tensor([[1, 6], [1, 9]]), 4).tolist() == [[7, 8, 9, 0], [0, 1, 2, 3]]


def test_it_looks_where_digits_of_the_same_value_stand() -> None:
    """While digit i is written, most of the weight lies on digit i of either number."""
    attention = trained().attention(ROW).detach()
    for i in range(WIDTH):
        row = attention[QUESTION - 1 + i]
        assert set(row.topk(2).indices.tolist()) == {1 + i, 1 + WIDTH + i}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_by_hand_is_that_of_pytorch(shape: AdderShape) -> None:
    """Of two seedlings at once, in float64, their weights stirred: fresh ones hold zeros that would hide mistakes."""
    models = [stirred(shape, seed) for seed in (1, 2)]
    ids, answer = TenDigits().batch(0, 5)
    stacked = {
        name: np.stack([m.get_parameter(name).detach().numpy() for m in models]) for name in models[0].state_dict()
    }
    losses_S, backward = losses(stacked, ids, answer)
    gradients = backward()
    assert set(gradients) == set(stacked)
    for place, model in enumerate(models):
        logits_BQV = model(torch.from_numpy(ids), last=WIDTH)
        loss = torch.nn.functional.cross_entropy(logits_BQV.flatten(0, 1), torch.from_numpy(answer).flatten())
        loss.backward()
        assert losses_S[place] == pytest.approx(loss.item(), rel=1e-12)
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            assert parameter.grad.abs().max() > 0
            np.testing.assert_allclose(gradients[name][place], parameter.grad.numpy(), rtol=1e-9, atol=1e-13)


def test_a_short_training_lowers_the_loss() -> None:
    steps = list(Seedlings(replace(SHORT, steps=60, batch=32, seeds=(0, 1))))
    first, last = (np.mean([step.losses for step in part], 0) for part in (steps[:5], steps[-5:]))
    assert (last < first).all()
    assert all(before.number + 1 == after.number for before, after in pairwise(steps))


def test_one_seed_one_training() -> None:
    def grown(settings: SeedlingSettings) -> list[np.ndarray]:
        bed = Seedlings(settings)
        for _ in bed:
            pass
        return list(bed.weights.values())

    one, again = grown(SHORT), grown(SHORT)
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    other = grown(replace(SHORT, task_seed=1))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_seedlings_do_not_feel_each_other() -> None:
    """A seedling alone takes the steps that it takes beside others, up to rounding."""
    beside, alone = Seedlings(SHORT), Seedlings(replace(SHORT, seeds=(1,)))
    for one, other in zip(beside, alone, strict=True):
        assert one.losses[1] == pytest.approx(other.losses[0], rel=1e-4)


def test_nonsense_is_refused() -> None:
    for wrong in ({"steps": 0}, {"seeds": ()}, {"batch": 0}):
        with pytest.raises(RecipeError):
            replace(SHORT, **wrong)
    with pytest.raises(RecipeError):
        AdderShape(hidden=0)
