"""Perplexity: equal to a direct computation, every token foretold once, and unknown ones left out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mebuki.errors import TextError
from mebuki.evaluation import perplexity
from mebuki.evaluation.perplexity import _spans, evaluate
from mebuki.models import LanguageModel, build, shape_of

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
V = 11


class Row:
    """Ids in memory."""

    def __init__(self, ids: Any) -> None:
        self.ids = np.asarray(ids, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def windows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        assert starts.min() >= 0
        assert starts.max() + length <= len(self.ids)
        return self.ids[starts[:, None] + np.arange(length)]


def small(kind: str, context: int = 6) -> LanguageModel:
    torch.manual_seed(4)
    numbers: dict[str, Any] = {"hidden": 8} if kind == "bigram" else {"width": 16, "dropout": 0.3}
    model = build(kind, V, shape_of(kind, "tiny", context=context, **numbers))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model


def noise(size: int, vocabulary: int = V) -> Row:
    return Row(np.random.default_rng(0).integers(vocabulary, size=size))


def direct(model: LanguageModel, ids: NDArray[np.int64], T: int, stride: int) -> NDArray[np.float64]:
    """The loss of each token but the first, one by one: block by block, or from a past that slides by `stride`."""
    losses = []
    model.eval()
    for i in range(1, len(ids)):
        if stride == T:
            start = (i - 1) // T * T
        else:
            end = T if i <= T else min(len(ids) - 1, T + math.ceil((i - T) / stride) * stride)
            start = max(0, end - T)
        with torch.no_grad():
            logits = model(torch.from_numpy(ids[start:i])[None])[0, -1].double()
        losses.append(-logits.log_softmax(-1)[ids[i]].item())
    return np.array(losses)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "block", "stride"), [(50, 0, 0), (50, 7, 7), (50, 8, 3), (13, 6, 1), (4, 9, 0)])
def test_it_is_the_mean_of_single_losses(kind: str, size: int, block: int, stride: int) -> None:
    model, ids = small(kind), noise(size)
    T = min(block or 6, size - 1)
    losses = direct(model, ids.ids, T, stride or T)
    found = evaluate(model, ids, block=block, stride=stride, characters_per_token=2.0)
    assert found.loss == pytest.approx(losses.mean(), abs=1e-6)
    assert found.perplexity == pytest.approx(math.exp(losses.mean()), rel=1e-5)
    assert found.bits_per_character == pytest.approx(losses.mean() / math.log(2) / 2, abs=1e-6)
    assert found.probability == pytest.approx(np.exp(-losses).mean(), abs=1e-6)
    assert found.one_over_q == pytest.approx(1 / np.exp(-losses).mean(), rel=1e-5)
    assert (found.tokens, found.unknown, found.whole) == (size - 1, 0, True)


@given(size=st.integers(2, 300), T=st.integers(1, 60), stride=st.integers(1, 60))
def test_every_token_but_the_first_counts_once(size: int, T: int, stride: int) -> None:
    T = min(T, size - 1)
    stride = min(stride, T)
    counted: list[int] = []
    for start, length, count in _spans(size, T, stride, 0):
        assert start >= 0
        assert start + length <= size - 1
        assert 1 <= count <= length <= T
        tokens = range(start + length - count + 1, start + length + 1)
        counted += tokens
        if stride < T:  # each is foretold from a long past
            assert all(token - start >= min(token, T - stride + 1) for token in tokens)
    assert counted == list(range(1, size))


@given(size=st.integers(2, 500), T=st.integers(1, 60), limit=st.integers(1, 500))
def test_a_limit_takes_spread_blocks_and_no_more(size: int, T: int, limit: int) -> None:
    """No token twice, none beyond the text, at most as many as allowed, and more than half of them."""
    T = min(T, size - 1)
    counted: list[int] = []
    for start, length, count in _spans(size, T, T, limit):
        assert start >= 0
        assert start + length <= size - 1
        counted += range(start + length - count + 1, start + length + 1)
    assert len(counted) == len(set(counted)) <= max(1, min(limit, size - 1))
    assert len(counted) > min(limit, size - 1) / 2
    if len(counted) > T:
        assert counted[0] == 1
        assert counted[-1] == size - 1


def test_a_part_of_the_text_says_so() -> None:
    found = evaluate(small("bigram"), noise(500), limit=60)
    assert not found.whole
    assert found.tokens == 60
    assert evaluate(small("bigram"), noise(61), limit=60).whole


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_knows_nothing_has_the_perplexity_of_its_vocabulary(kind: str) -> None:
    model = small(kind)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    found = evaluate(model, noise(100))
    assert found.perplexity == pytest.approx(V)
    assert found.one_over_q == pytest.approx(V)


@given(seed=st.integers(0, 1000), size=st.integers(2, 60))
def test_one_over_q_is_never_above_the_perplexity(seed: int, size: int) -> None:
    """The arithmetic mean of probabilities is never below their geometric mean."""
    ids = Row(np.random.default_rng(seed).integers(V, size=size))
    found = evaluate(MODEL, ids)
    assert found.one_over_q <= found.perplexity * (1 + 1e-6)


MODEL = small("bigram")


def test_a_longer_past_is_used() -> None:
    """With stride 1 each token is foretold from all that the block can hold."""
    model, ids = small("lstm"), noise(40)
    assert evaluate(model, ids, block=10, stride=1).loss != pytest.approx(evaluate(model, ids, block=10).loss, abs=1e-6)


def test_unknown_tokens_are_left_out_and_counted() -> None:
    """Ids beyond the model's vocabulary are not foretold; what stands around them is."""
    model = small("bigram")
    ids = noise(40).ids.copy()
    ids[[5, 6, 20]] = [V, V + 3, 10**6]
    found = evaluate(model, Row(ids))
    read = np.where(ids < V, ids, 0)
    losses = direct(model, read, 6, 6)[[i - 1 for i in range(1, 40) if ids[i] < V]]
    assert found.loss == pytest.approx(losses.mean(), abs=1e-6)
    assert (found.tokens, found.unknown) == (36, 3)


def test_nothing_but_unknown_tokens_is_refused() -> None:
    with pytest.raises(TextError, match="knows none"):
        evaluate(small("bigram"), Row([V] * 20))


@pytest.mark.parametrize("ids", [[], [3]])
def test_fewer_than_two_tokens_are_refused(ids: list[int]) -> None:
    with pytest.raises(TextError, match="at least 2"):
        evaluate(small("bigram"), Row(ids))


@pytest.mark.parametrize("kind", KINDS)
def test_how_many_are_read_at_once_does_not_matter(kind: str, monkeypatch) -> None:
    model, ids = small(kind), noise(200)
    many = evaluate(model, ids, block=7, stride=3)
    monkeypatch.setattr(perplexity, "AT_ONCE", 1)
    assert evaluate(model, ids, block=7, stride=3).loss == pytest.approx(many.loss, abs=1e-7)


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_given_back_as_it_was(training: bool) -> None:
    """Dropout rests meanwhile."""
    model = small("gru").train(training)
    assert evaluate(model, noise(50)) == evaluate(model, noise(50))
    assert model.training is training


def test_progress_goes_from_nothing_to_all(monkeypatch) -> None:
    monkeypatch.setattr(perplexity, "AT_ONCE", 1)
    shares: list[float] = []
    evaluate(small("bigram"), noise(50), progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 5
    assert shares[-1] == 1.0


def test_bfloat16_is_near_float32() -> None:
    model = small("transformer")
    found = evaluate(model, noise(100), precision="bfloat16")
    assert found.loss == pytest.approx(evaluate(model, noise(100)).loss, rel=0.02)
