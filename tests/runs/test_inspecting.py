"""What is seen inside a run: its own model's numbers, and nothing on disk that changes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import mebuki
from mebuki.errors import RecipeError, RunError
from mebuki.runs.embedding_map import embedding_map, nearest, principal
from mebuki.runs.inspecting import attention, gradient_reach, hidden_states
from mebuki.runs.one_step import one_step

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
Runs = Callable[[str], mebuki.Run]


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()


def test_attention_of_a_run(runs: Runs) -> None:
    """Cut to the context; rows as JSON end at the letter itself, and sum to one."""
    found = attention(runs("transformer"), "雨の匂い, the rain")
    assert "".join(found.tokens) == "the␣rain"
    assert (found.cut, found.weights.shape) == (6, (2, 2, 8, 8))
    content = json.loads(json.dumps(found.to_dict()))
    assert list(content) == ["ids", "tokens", "cut", "weights"]
    for row in (row for layer in content["weights"] for head in layer for row in head):
        assert sum(row) == pytest.approx(1, abs=1e-3)
    assert [len(row) for row in content["weights"][1][1]] == list(range(1, 9))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_states_and_reach_of_a_run(kind: str, runs: Runs) -> None:
    run, text = runs(kind), "the kettle"
    found, layers = hidden_states(run, text), 2 if kind == "lstm" else 1
    assert found.hidden.shape == (layers, 10, 12)
    assert (
        set(found.gates)
        == {
            "rnn": set(),
            "lstm": {"input", "forget", "output", "candidate"},
            "gru": {"reset", "update", "candidate"},
        }[kind]
    )
    content = json.loads(json.dumps(found.to_dict()))
    assert list(content) == ["ids", "tokens", "hidden", "cell", "gates"]
    assert np.allclose(content["hidden"], found.hidden, atol=1e-4)
    reach = gradient_reach(run, text)
    assert "".join(reach.tokens) + reach.target == "the␣kettle"
    assert np.shape(reach.hidden) == (layers, 9)
    assert (reach.cell is None) == (kind != "lstm")
    json.dumps(reach.to_dict())


def test_what_a_model_has_not_is_refused(runs: Runs) -> None:
    for look, kind in ((attention, "gru"), (hidden_states, "transformer"), (gradient_reach, "bigram")):
        with pytest.raises(RunError, match=f"the model {kind} has no"):
            look(runs(kind), "rain")
    with pytest.raises(RecipeError, match="0 tokens"):
        attention(runs("transformer"), "")
    with pytest.raises(RecipeError, match="1 tokens"):
        gradient_reach(runs("gru"), "a")


def test_neighbours_point_the_same_way() -> None:
    rows = np.random.default_rng(0).standard_normal((7, 3)).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    others, cosines = nearest(rows, 6)
    for place, row in enumerate(unit):
        assert sorted(others[place].tolist()) == [i for i in range(7) if i != place]
        assert np.allclose(cosines[place], unit[others[place]] @ row, atol=1e-6)
        assert (np.diff(cosines[place]) <= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_embeddings_as_a_map(kind: str, runs: Runs) -> None:
    """The best plane there is: the two largest singular values; counts are those of the text."""
    run = runs(kind)
    found = embedding_map(run)
    assert found == embedding_map(run)
    assert sum(point.count for point in found.points) == len(run.corpus.train) + len(run.corpus.validation)
    assert [point.count for point in found.points] == sorted((p.count for p in found.points), reverse=True)
    model = run.model(engine="torch")
    table = model.hidden.weight.t() if kind == "bigram" else model.embedding.weight
    rows = table.detach().double().numpy()[[point.id for point in found.points]]
    sizes = np.linalg.svd(rows - rows.mean(0), compute_uv=False)
    places = np.array([(point.x, point.y) for point in found.points])
    assert np.linalg.norm(places, axis=0) == pytest.approx(sizes[:2])
    assert found.explained == pytest.approx((sizes**2 / (sizes**2).sum())[:2])
    assert [places[:, axis][np.abs(places[:, axis]).argmax()] > 0 for axis in (0, 1)] == [True, True]
    assert len(embedding_map(run, most=5).points) == 5
    assert list(json.loads(json.dumps(found.to_dict()))["points"][0]) == [
        "id",
        "token",
        "count",
        "x",
        "y",
        "near",
    ]
    with pytest.raises(RecipeError):
        embedding_map(run, most=2)


def test_directions_do_not_depend_on_where_things_lie() -> None:
    rows = np.random.default_rng(0).standard_normal((20, 5)) * [5, 3, 1, 1, 1]
    places, shares = principal(rows, 2)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))[0]
    again, same = principal(rows @ turn + 7, 2)
    assert np.allclose(places, again)
    assert shares == pytest.approx(same)


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_one_step(kind: str, fresh: bool, runs: Runs) -> None:
    """Numbers are those of PyTorch's own loss and gradient; the run stays what it was, byte for byte."""
    run = runs(kind)
    before = digest(run.folder)
    found = one_step(run, fresh=fresh, length=7, start=5)
    assert digest(run.folder) == before
    assert found == one_step(run, fresh=fresh, length=7, start=5)
    ids = run.corpus.train[5:13]
    assert found.text == run.tokenizer.decode(ids)
    assert [position.id for position in found.positions] == ids[:-1].tolist()
    assert [position.target_id for position in found.positions] == ids[1:].tolist()
    if fresh:
        assert found.step == 0
        return
    model = run.model(engine="torch")
    loss = torch.nn.functional.cross_entropy(model(torch.tensor(ids[None, :-1]))[0], torch.tensor(ids[1:]))
    loss.backward()
    assert found.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    squares = [float(p.grad.square().sum()) for p in model.parameters() if p.grad is not None]
    assert found.gradient == pytest.approx(math.sqrt(sum(squares)), rel=1e-4)
    assert found.gradient == pytest.approx(math.hypot(*(group.gradient for group in found.groups)), rel=1e-4)
    assert sum(group.parameters for group in found.groups) == model.parameter_count
    assert all(group.update > 0 for group in found.groups)
    assert found.step == run.checkpoint("best").state.step
    for position in found.positions:
        assert position.loss == pytest.approx(-math.log(position.probability))
        assert [g.logit for g in position.guesses] == sorted((g.logit for g in position.guesses), reverse=True)


def test_a_step_learns(runs: Runs) -> None:
    found = one_step(runs("gru"), length=8)
    assert found.loss_after < found.loss
    assert one_step(runs("gru"), length=8, rate=1e-6).loss_after == pytest.approx(found.loss, rel=1e-3)
    content = json.loads(json.dumps(found.to_dict()))
    assert [group["name"] for group in content["groups"]] == ["embedding", "layers.0", "output"]


@pytest.mark.parametrize(
    "wrong", [{"length": 9}, {"length": 0}, {"start": -1}, {"start": 10**9}, {"rate": 0}, {"top": 0}]
)
def test_steps_that_are_refused(wrong: dict[str, float], runs: Runs) -> None:
    with pytest.raises(RecipeError):
        one_step(runs("bigram"), **wrong)  # pyright: ignore[reportArgumentType]
