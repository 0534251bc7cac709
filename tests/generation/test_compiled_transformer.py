"""A Transformer in machine code: the logits of the model it was made from, however it is asked."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from mebuki.errors import RecipeError
from mebuki.generation import compiled_transformer
from mebuki.generation.compiled import Draw
from mebuki.generation.compiled_transformer import TransformerDecoder
from mebuki.generation.sampler import Sampling
from mebuki.generation.team import GONE, Team
from mebuki.scratch import Transformer
from mebuki.shapes import TransformerShape

pytestmark = pytest.mark.usefixtures("kernels")
SHAPES = {  # vocabulary and shape
    "small": (65, {"width": 128, "layers": 2, "heads": 4, "context": 64}),
    "grouped queries": (65, {"width": 64, "layers": 2, "heads": 4, "key_value_heads": 2, "context": 16}),
    "one key for all": (83, {"width": 128, "layers": 2, "heads": 8, "key_value_heads": 1, "context": 16}),
    "no QK-norm": (65, {"width": 64, "layers": 2, "heads": 2, "context": 16, "qk_norm": False}),
    "width 6, one layer": (5, {"width": 6, "layers": 1, "heads": 1, "context": 5}),
    "width 50, untied": (1550, {"width": 50, "layers": 3, "heads": 5, "context": 5, "tied": False}),
    "7 hidden units": (7, {"width": 12, "layers": 2, "heads": 2, "context": 100, "hidden": 7}),
    "heads of 48": (65, {"width": 96, "layers": 1, "heads": 2, "context": 20, "rope_base": 500.0}),
    "context 1": (9, {"width": 16, "layers": 2, "heads": 2, "context": 1}),
}
BOUNDS = {"float32": 2e-6, "bfloat16": 0.015, "int8": 0.06}  # root mean square error / standard deviation of logits


@cache
def model_of(name: str) -> Transformer:
    """In float64, with weights that all matter."""
    vocabulary, numbers = SHAPES[name]
    model, rng = Transformer(vocabulary, **numbers), np.random.default_rng(1)
    for weight, parameter in model.named_parameters().items():
        shape = parameter.value.shape
        value = 1 + rng.standard_normal(shape) / 10 if len(shape) == 1 else rng.standard_normal(shape) / shape[1] ** 0.5
        parameter.value = (2 * value if weight == "embedding.weight" else value).astype(np.float32).astype(np.float64)
    return model


def weights_of(model: Transformer) -> dict[str, np.ndarray]:
    return {name: parameter.value.astype(np.float32) for name, parameter in model.named_parameters().items()}


def decoder_of(name: str, **how: Any) -> TransformerDecoder:
    model = model_of(name)
    assert isinstance(model.shape, TransformerShape)
    return TransformerDecoder(weights_of(model), model.shape, model.vocabulary, **how)


def ids_of(name: str, *shape: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, SHAPES[name][0], shape)


def through(model: Any, ids_BT: np.ndarray, prompt: int) -> np.ndarray:
    """Logits [B, T - prompt + 1, V] after a prompt, and after each token that follows."""
    logits, state = model.start(ids_BT[:, :prompt])
    rows = [logits]
    for ids_B in ids_BT[:, prompt:].T:
        logits, state = model.step(ids_B, state)
        rows.append(logits)
    return np.stack(rows, 1)


def draw(name: str, ids: np.ndarray, **how: Any) -> Draw:
    return Draw(Sampling(**{"temperature": 0.9, **how}), SHAPES[name][0], ids.tolist(), seed=5)


@pytest.mark.parametrize("storage", BOUNDS)
@pytest.mark.parametrize("name", SHAPES)
def test_logits_are_the_models(name: str, storage: str) -> None:
    """A prompt within the context, then far beyond it: the ring goes round, and rotations leave their first table."""
    ids = ids_of(name, 2, 40)
    expected, found = through(model_of(name), ids, 9), through(decoder_of(name, storage=storage), ids, 9)
    error, bound = np.abs(found - expected), BOUNDS[storage] * expected.std()
    assert (error**2).mean() ** 0.5 < bound
    assert error.max() < 10 * bound


@pytest.mark.parametrize("prompt", [1, 2, 4, 5, 6, 48, 49, 120])
def test_a_prompt_of_any_length(prompt: int) -> None:
    """Shorter and longer than the context, than what goes through a layer at once, and than all layers reach back."""
    name = "width 50, untied"
    ids = ids_of(name, 1, 125)
    expected, found = through(model_of(name), ids[:, : prompt + 4], prompt), None
    found = through(decoder_of(name), ids[:, : prompt + 4], prompt)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_long_text_chooses_the_models_tokens() -> None:
    """A thousand greedy tokens in float32, far beyond the context: those of float64."""
    name = "grouped queries"
    ids, decoder, model = ids_of(name, 7), decoder_of(name), model_of(name)
    logits, state = decoder.start(ids[None])
    written = decoder.write(state, logits[0], 1000, draw(name, ids, temperature=0))
    logits, state = model.start(ids[None])
    for token in written:
        best = logits[0].argsort()[-2:]
        assert token == best[1] or logits[0, best[1]] - logits[0, best[0]] < 1e-5
        logits, state = model.step(np.array([token]), state)


@pytest.mark.parametrize("storage", BOUNDS)
def test_streams_do_not_feel_each_other(storage: str) -> None:
    """Several at once are, bit for bit, what each is alone; also those that began alike and were read once."""
    name = "grouped queries"
    ids, decoder = ids_of(name, 5, 30), decoder_of(name, storage=storage)
    ids[1:3, :8] = ids[0, :8]
    for B in (5, 3):  # the first three begin alike
        alone = [through(decoder, ids[b : b + 1], 8) for b in range(B)]
        np.testing.assert_array_equal(through(decoder, ids[:B], 8), np.concatenate(alone))


@pytest.mark.parametrize("storage", BOUNDS)
def test_writing_is_drawing_and_stepping(storage: str) -> None:
    """In chunks of any size; state and logits go on in place."""
    name = "small"
    ids, decoder = ids_of(name, 4), decoder_of(name, storage=storage)
    texts, ends = [], []
    for chunks in ((50,), (1, 3, 46), (20, 30)):
        (logits, state), how = decoder.start(ids[None]), draw(name, ids)
        texts.append([token for count in chunks for token in decoder.write(state, logits[0], count, how)])
        ends.append(logits[0])
        assert state.position == 54
    assert texts[0] == texts[1] == texts[2]
    np.testing.assert_array_equal(ends[0], ends[1])
    stepped = through(decoder, np.array([[*ids, *texts[0]]]), 4)
    np.testing.assert_array_equal(stepped[0, -1], ends[0])
    how = draw(name, ids)
    assert [_drawn(decoder, row, how) for row in stepped[0, :-1]] == texts[0]


def _drawn(decoder: TransformerDecoder, logits_V: np.ndarray, how: Draw) -> int:
    _, state = decoder.start(np.zeros((1, 1), int))
    return decoder.write(state, logits_V.copy(), 1, how)[0]


@pytest.mark.parametrize("threads", [2, 3, 9])
@pytest.mark.parametrize("name", ["small", "one key for all", "width 6, one layer"])
def test_any_number_of_threads_gives_the_same(name: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit, also where there are more threads than rows to share."""
    monkeypatch.setattr(compiled_transformer, "WORTH", 0)
    monkeypatch.setattr(Team, "_learn", lambda *given: None)
    ids, logits, texts = ids_of(name, 1, 20), [], []
    for number in (1, threads):
        decoder = decoder_of(name, threads=number)
        logits.append(through(decoder, ids, 9))
        first, state = decoder.start(ids)
        texts.append(decoder.write(state, first[0], 30, draw(name, ids[0])))
    np.testing.assert_array_equal(*logits)
    assert texts[0] == texts[1]


def test_states_are_apart() -> None:
    """Two texts at once with one decoder."""
    name = "small"
    ids, decoder = ids_of(name, 2, 12), decoder_of(name)
    alone = [through(decoder, ids[b : b + 1], 4) for b in range(2)]
    pairs = [decoder.start(ids[b : b + 1, :4]) for b in range(2)]
    for token in range(4, 12):
        pairs = [decoder.step(ids[b : b + 1, token], pairs[b][1]) for b in range(2)]
    for b in range(2):
        np.testing.assert_array_equal(pairs[b][0], alone[b][:, -1])


def test_nan_in_the_weights_is_seen() -> None:
    weights = weights_of(model_of("small"))
    weights["blocks.0.attention.qkv.weight"][0, 0] = np.nan
    shape = model_of("small").shape
    assert isinstance(shape, TransformerShape)
    logits, _ = TransformerDecoder(weights, shape, 65).start(ids_of("small", 1, 3))
    assert np.isnan(logits).all()


def test_wrong_ids_are_refused() -> None:
    decoder = decoder_of("small")
    _, state = decoder.start(ids_of("small", 2, 3))
    for ids in (np.zeros((0, 3), int), np.zeros((1, 0), int), np.array([[65]]), np.array([[3, -1]])):
        with pytest.raises(RecipeError, match=r"id (65|-1) is outside|no ids"):
            decoder.start(ids)
    for ids in (np.array([0, 65]), np.array([-1, 0]), np.array([], int), np.array([1])):
        with pytest.raises(RecipeError, match=r"id (65|-1) is outside|no ids|1 ids for 2 streams"):
            decoder.step(ids, state)


def test_an_unknown_storage_is_refused() -> None:
    with pytest.raises(RecipeError, match="float16"):
        decoder_of("small", storage="float16")


def test_a_team_prefers_what_is_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, where threads wait for each other, one goes alone; the others are asked again ever less."""
    clock, seconds = [0.0], {1: 1.0, 2: 5.0}
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    team, went = Team(2), []

    def go(kernel: Any, meeting: Any, threads: int) -> None:
        went.append(threads)
        clock[0] += seconds[threads]

    monkeypatch.setattr(team, "_go", go)
    for _ in range(40):
        team.run(lambda me, threads: None, np.zeros(team.meeting, np.uint8), 1)
    assert went[:2] == [2, 1]
    assert went.count(2) < 8
    seconds[2] = 0.5  # the machine is free again
    for _ in range(100):
        team.run(lambda me, threads: None, np.zeros(team.meeting, np.uint8), 1)
    assert went[-20:].count(2) > 15


def test_an_interrupted_thread_keeps_no_one() -> None:
    team, meeting = Team(2), np.zeros(256, np.uint8)

    def kernel(me: int, threads: int) -> None:
        if me == 0:
            raise KeyboardInterrupt
        while meeting[:8].view(np.int64)[0] != GONE:
            pass

    with pytest.raises(KeyboardInterrupt):
        team.run(kernel, meeting)
