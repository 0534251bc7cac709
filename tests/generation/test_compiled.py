"""Decoders in machine code: the models' own logits, the sampler's own choices, the same text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RecipeError
from mebuki.generation import compiled as room
from mebuki.generation.compiled import STORAGES, CompiledSampler, Decoder, Draw, compiled
from mebuki.generation.generate import TOGETHER, generate, generate_many
from mebuki.generation.sampler import Sampler, Sampling
from mebuki.generation.weights import weight_shapes
from mebuki.kernels import load
from mebuki.kernels.packing import STORAGES as PACKED
from mebuki.models import LanguageModel, build, shape_of
from mebuki.text import BytePairs, Characters, Tokenizer

pytestmark = pytest.mark.usefixtures("kernels")
SHAPES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "bigram": ("bigram", 83, {"hidden": 40}),
    "bigram of 3 units": ("bigram", 5, {"hidden": 3}),
    "rnn": ("rnn", 65, {"width": 70}),
    "lstm": ("lstm", 65, {"width": 64}),
    "lstm, tied, three layers": ("lstm", 81, {"width": 50, "layers": 3, "tied": True}),
    "gru": ("gru", 200, {"width": 33}),
    "gru of 6 units, two layers": ("gru", 5, {"width": 6, "layers": 2}),
    "transformer": ("transformer", 65, {"width": 32, "layers": 2, "heads": 2, "context": 9}),
}
KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
WAYS = [
    Sampling(),
    Sampling(temperature=0),
    Sampling(temperature=1.3, top_k=7),
    Sampling(temperature=1, top_p=0.8),
    Sampling(temperature=2, top_k=20, top_p=0.9, min_p=0.05),
    Sampling(repetition_penalty=1.5, repetition_window=9),
    Sampling(temperature=0, repetition_penalty=3),
]
TEXT = "The kettle sang. 雨の匂いがしたので、洗濯物を取り込んだ。\nSoup remembers every spoon; カエルは歌う。🐟\n" * 3


@cache
def model_of(kind: str, vocabulary: int, **numbers: Any) -> LanguageModel:
    torch.manual_seed(3)
    model = build(kind, vocabulary, shape_of(kind, "tiny", **numbers)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def decoder_of(model: LanguageModel, **how: Any) -> Decoder:
    weights = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    decoder = compiled(model.kind, weights, model.shape, model.vocabulary, **how)
    assert decoder is not None
    return decoder


@pytest.fixture(params=SHAPES)
def model(request: pytest.FixtureRequest) -> LanguageModel:
    kind, vocabulary, numbers = SHAPES[request.param]
    return model_of(kind, vocabulary, **numbers)


def some_ids(model: LanguageModel, rows: int, steps: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, model.vocabulary, (rows, steps))


def in_float64(model: LanguageModel, ids_BT: np.ndarray) -> np.ndarray:
    twin = build(model.kind, model.vocabulary, model.shape).double().eval()
    twin.load_state_dict(model.state_dict())
    with torch.no_grad():
        return twin(torch.from_numpy(ids_BT)).numpy()


@pytest.mark.parametrize(("storage", "error"), [("float32", 1e-5), ("bfloat16", 0.02), ("int8", 0.08)])
def test_steps_give_the_logits_of_the_full_forward(model: LanguageModel, storage: str, error: float) -> None:
    """The error is a share of the largest logit."""
    decoder, ids = decoder_of(model, storage=storage), some_ids(model, 4, 30)
    expected = in_float64(model, ids)
    logits, state = decoder.start(ids[:, :12])
    found = [logits]
    for t in range(12, 30):
        logits, state = decoder.step(ids[:, t], state)
        found.append(logits)
    assert found[0].dtype == np.float32
    off = np.abs(np.stack(found, 1) - expected[:, 11:]).max() / np.abs(expected).max()
    assert off < error
    assert storage == "float32" or off > 1e-7


@pytest.mark.parametrize("storage", STORAGES)
def test_a_stream_does_not_depend_on_those_beside_it(model: LanguageModel, storage: str) -> None:
    decoder, ids = decoder_of(model, storage=storage), some_ids(model, 5, 9)
    together, state = decoder.start(ids[:, :5])
    for t in range(5, 9):
        together, state = decoder.step(ids[:, t], state)
    for row in range(5):
        alone, state = decoder.start(ids[row : row + 1, :5])
        for t in range(5, 9):
            alone, state = decoder.step(ids[row : row + 1, t], state)
        assert np.array_equal(alone[0], together[row])


def test_the_likeliest_stays_the_likeliest_for_a_thousand_tokens(model: LanguageModel) -> None:
    decoder, steps, ids = decoder_of(model), model.arrays(), some_ids(model, 1, 4)
    logits, state = decoder.start(ids)
    found = decoder.write(state, logits[0], 1000, Draw(Sampling(temperature=0), model.vocabulary, ids[0].tolist()))
    expected, (logits, state) = [], steps.start(ids)
    for _ in range(1000):
        expected.append(int(logits[0].argmax()))
        logits, state = steps.step(np.array(expected[-1:]), state)
    assert found == expected


@pytest.mark.parametrize("sampling", WAYS, ids=str)
def test_writing_is_choosing_and_stepping(model: LanguageModel, sampling: Sampling) -> None:
    """In parts of any length, through more tokens than are remembered, and some are never drawn."""
    decoder, ids, V = decoder_of(model), some_ids(model, 1, 3), model.vocabulary
    draw, never = Draw(sampling, V, ids[0].tolist(), never=np.array([0, V - 1]), seed=5), [0, V - 1]
    logits, state = decoder.start(ids)
    found = [token for count in (1, 2, 40, 1100, 1, 3) for token in decoder.write(state, logits[0], count, draw)]
    sampler, history = Sampler(sampling, 5), ids[0].tolist()
    step_logits, state = decoder.start(ids)
    for _ in found:
        allowed = step_logits[0].copy()
        allowed[never] = -np.inf
        history.append(sampler(allowed, history))
        step_logits, state = decoder.step(np.array(history[-1:]), state)
    assert found == history[3:]
    assert np.array_equal(logits, step_logits)


def test_a_long_prompt_is_read_in_parts(model: LanguageModel) -> None:
    decoder, ids = decoder_of(model), some_ids(model, 2, 2500)
    logits, _ = decoder.start(ids)
    expected, _ = model.arrays().start(ids)
    assert np.abs(logits - expected).max() < 1e-4


def test_ids_outside_the_vocabulary_are_refused(model: LanguageModel) -> None:
    decoder, V = decoder_of(model), model.vocabulary
    _, state = decoder.start(np.array([[0]]))
    for wrong in (-1, V):
        with pytest.raises(RecipeError, match=f"id {wrong} is outside the vocabulary"):
            decoder.start(np.array([[0, wrong]]))
        with pytest.raises(RecipeError, match=f"id {wrong} is outside the vocabulary"):
            decoder.step(np.array([wrong]), state)
    with pytest.raises(RecipeError, match="no ids"):
        decoder.start(np.zeros((1, 0), np.int64))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_known_by_name_and_shape(kind: str) -> None:
    for tied in (None,) if kind == "bigram" else (True, False):
        shape = shape_of(kind, "tiny", **({} if tied is None else {"tied": tied}))
        parameters = build(kind, 7, shape).named_parameters()
        assert weight_shapes(kind, 7, shape) == {name: tuple(p.shape) for name, p in parameters}


def test_what_is_no_storage_is_refused() -> None:
    assert STORAGES == PACKED
    shape = shape_of("bigram", "tiny")
    with pytest.raises(RecipeError, match="storage 'int4' is unknown"):
        compiled("bigram", {}, shape, 5, storage="int4")
    with pytest.raises(RecipeError, match="threads is 0"):
        compiled("bigram", {}, shape, 5, threads=0)


# Choosing


def chosen(logits_V: np.ndarray, sampling: Sampling, history: list[int], count: int = 1) -> list[int]:
    """What the kernel draws from the same logits again and again."""
    kernels = load("sampling")
    assert kernels is not None
    sampler = CompiledSampler(kernels, Draw(sampling, len(logits_V), history, seed=-7, stream=2))
    return [sampler(logits_V) for _ in range(count)]


@settings(max_examples=300, deadline=None)
@given(
    V=st.integers(1, 70),
    spread=st.sampled_from([0.0, 0.3, 3.0, 30.0]),
    whole=st.booleans(),
    seed=st.integers(0, 10**6),
    sampling=st.builds(
        Sampling,
        repetition_penalty=st.sampled_from([1.0, 1.3, 10.0]),
        repetition_window=st.sampled_from([0, 1, 5, 64, 10**9]),
        temperature=st.sampled_from([0.0, 1e-6, 0.7, 1.0, 5.0, 100.0]),
        top_k=st.sampled_from([0, 1, 2, 5, 40, 10**9]),
        top_p=st.sampled_from([1.0, 0.999, 0.9, 0.5, 0.25, 1e-9]),
        min_p=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    ),
)
def test_the_kernel_chooses_as_the_sampler(V: int, spread: float, whole: bool, seed: int, sampling: Sampling) -> None:
    """Ties too, of rounded logits, and tokens that cannot come."""
    random = np.random.default_rng(seed)
    logits = (random.standard_normal(V) * spread).astype(np.float32)
    logits = np.round(logits) if whole else logits
    logits[random.random(V) < 0.2] = -np.inf
    logits[random.integers(V)] = 0
    history = random.integers(0, V, random.integers(0, 80)).tolist()
    sampler, expected, growing = Sampler(sampling, -7, 2), [], list(history)
    for _ in range(20):
        growing.append(sampler(logits, growing))
        expected.append(growing[-1])
    assert chosen(logits, sampling, history, 20) == expected


@pytest.mark.parametrize("sampling", WAYS, ids=str)
def test_numbers_that_are_none_still_give_an_id(sampling: Sampling) -> None:
    for logits in (np.full(9, np.nan), np.full(9, -np.inf), np.full(9, np.inf), np.array([np.nan, 1.0, np.inf])):
        for token in chosen(logits.astype(np.float32), sampling, [1, 2], 10):
            assert 0 <= token < len(logits)


# Text


@cache
def tokenizer(kind: str) -> Tokenizer:
    return Characters(TEXT) if kind == "characters" else BytePairs.train([TEXT], 300)


@pytest.mark.parametrize("pieces", ["characters", "byte-pairs"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_that_of_the_model(kind: str, pieces: str) -> None:
    t = tokenizer(pieces)
    model = model_of(kind, t.vocabulary_size, context=16, **({"hidden": 8} if kind == "bigram" else {"width": 16}))
    decoder = decoder_of(model)
    for number, sampling in enumerate(WAYS):
        stop = ([], ["の"], [".", "ee", "。\n"])[number % 3]
        how: dict[str, Any] = {"tokens": 50, "sampling": sampling, "seed": number, "stop": stop}
        for samples in (1, 3):
            found = list(generate_many(decoder, t, "The rain 鯨", samples=samples, **how))
            assert found == list(generate_many(model, t, "The rain 鯨", samples=samples, **how))


class Dictation:
    """A decoder that says the ids it was given, and keeps count."""

    def __init__(self, ids: list[int], vocabulary: int) -> None:
        self.ids, self.vocabulary, self.counts = ids, vocabulary, []

    def start(self, ids_BT: np.ndarray) -> tuple[np.ndarray, None]:
        return np.zeros((len(ids_BT), self.vocabulary), np.float32), None

    def step(self, ids_B: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        raise AssertionError("it writes by itself")

    def write(self, state: None, logits_V: np.ndarray, count: int, draw: Draw) -> list[int]:
        said = sum(self.counts)
        self.counts.append(count)
        return self.ids[said : said + count]


def test_the_first_letter_comes_at_once_and_no_token_too_many() -> None:
    t = Characters("abc")
    says = Dictation(t.encode("abc" * 40).tolist(), t.vocabulary_size)
    pieces = generate(says, t, tokens=110)
    assert (next(pieces), says.counts) == ("a", [1])
    assert "".join(pieces) == ("abc" * 40)[1:110]
    assert sum(says.counts) == 110
    assert max(says.counts) <= TOGETHER


def test_a_slow_decoder_writes_few_tokens_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from mebuki.generation import generate as room

    monkeypatch.setattr(room, "PAUSE", 0)
    t = Characters("abc")
    says = Dictation(t.encode("abc" * 10).tolist(), t.vocabulary_size)
    assert "".join(generate(says, t, tokens=9)) == "abcabcabc"
    assert says.counts == [1] * 9


def test_nothing_is_written_after_a_stop_string() -> None:
    t = Characters("abc.")
    says = Dictation(t.encode("abc." * 40).tolist(), t.vocabulary_size)
    assert "".join(generate(says, t, tokens=100, stop=".")) == "abc"
    assert sum(says.counts) < 8


def test_streams_are_chosen_alike_without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    t = tokenizer("characters")
    decoder = decoder_of(model_of("gru", t.vocabulary_size, width=16))
    how: dict[str, Any] = {"samples": 3, "tokens": 30, "sampling": replace(WAYS[5], top_k=9)}
    expected = list(generate_many(decoder, t, "The", **how))
    monkeypatch.setattr(room, "load", lambda name, wait: None)
    assert list(generate_many(decoder, t, "The", **how)) == expected
