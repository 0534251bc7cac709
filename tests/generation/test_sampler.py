"""From logits to a choice: the laws of every filter, and of drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mebuki.errors import RecipeError
from mebuki.generation.sampler import Sampler, Sampling, probabilities

logits = arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(-50, 50, width=32))
temperatures = st.one_of(st.just(1.0), st.floats(0.05, 5))


def softmax(z: np.ndarray) -> np.ndarray:
    p = np.exp(z - z.max())
    return p / p.sum()


@given(z=logits, temperature=temperatures)
def test_without_filters_it_is_a_softmax(z: np.ndarray, temperature: float) -> None:
    p = probabilities(z, Sampling(temperature=temperature))
    assert np.allclose(p, softmax(z / temperature), atol=1e-12)


@given(
    z=logits,
    temperature=st.one_of(st.just(0.0), st.floats(1e-6, 100)),
    top_k=st.integers(0, 40),
    top_p=st.floats(1e-9, 1),
    min_p=st.floats(0, 1),
    penalty=st.floats(1, 10),
    history=st.lists(st.integers(0, 0), max_size=3),
)
def test_probabilities_sum_to_one(z: np.ndarray, history: list[int], penalty: float, **how: Any) -> None:
    """Whatever the filters, something is left, and the likeliest is never among what is left out."""
    p = probabilities(z, Sampling(repetition_penalty=penalty, **how), history)
    assert p.shape == z.shape
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1)
    if not history:
        assert p[z.argmax()] == p.max() > 0


@given(z=logits, top_p=st.floats(0.01, 0.99))
def test_top_p_keeps_the_smallest_set_that_reaches_it(z: np.ndarray, top_p: float) -> None:
    plain = softmax(z)
    kept = probabilities(z, Sampling(temperature=1, top_p=top_p)) > 0
    assert plain[kept].sum() >= top_p - 1e-9
    assert plain[kept].sum() - plain[kept].min() < top_p + 1e-9
    if (~kept).any():
        assert plain[kept].min() >= plain[~kept].max()


@given(z=logits, top_k=st.integers(1, 40))
def test_top_k_keeps_the_k_likeliest(z: np.ndarray, top_k: int) -> None:
    kept = probabilities(z, Sampling(temperature=1, top_k=top_k)) > 0
    assert kept.sum() <= min(top_k, len(z))
    assert np.exp(z - z.max())[kept].min() >= np.sort(np.exp(z - z.max()))[-min(top_k, len(z))]


@given(z=logits, min_p=st.floats(0, 1))
def test_min_p_keeps_what_is_likely_enough(z: np.ndarray, min_p: float) -> None:
    plain = softmax(z)
    p = probabilities(z, Sampling(temperature=1, min_p=min_p))
    expected = np.where(plain >= min_p * plain.max(), plain, 0)
    assert np.allclose(p, expected / expected.sum())


@given(z=logits, penalty=st.floats(1.01, 5), seen=st.lists(st.integers(0, 29), min_size=1, max_size=5))
def test_repetition_penalty_makes_what_was_there_less_likely(z: np.ndarray, penalty: float, seen: list[int]) -> None:
    seen = list({i % len(z) for i in seen})
    plain = probabilities(z, Sampling(temperature=1))
    p = probabilities(z, Sampling(temperature=1, repetition_penalty=penalty), seen)
    others = [i for i in range(len(z)) if i not in seen]
    assert p[seen].sum() <= plain[seen].sum() + 1e-12
    if others and plain[others].sum() > 1e-9:
        assert np.allclose(p[others] / p[others].sum(), plain[others] / plain[others].sum())


def test_repetition_penalty_divides_and_multiplies_as_in_ctrl() -> None:
    z = np.array([2.0, -2.0, 1.0, 0.0])
    p = probabilities(z, Sampling(temperature=1, repetition_penalty=2), [0, 1])
    assert np.allclose(p, softmax(np.array([1.0, -4.0, 1.0, 0.0])))


def test_only_the_window_counts_as_repeated() -> None:
    z = np.array([1.0, 1.0, 1.0])
    how = {"temperature": 1, "repetition_penalty": 3}
    assert probabilities(z, Sampling(**how, repetition_window=1), [0, 1])[0] == pytest.approx(
        probabilities(z, Sampling(**how, repetition_window=1), [1])[0]
    )
    assert np.allclose(probabilities(z, Sampling(**how, repetition_window=0), [0, 1]), 1 / 3)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=1), [0.4, 0.3, 0.2, 0.1]),
        (Sampling(temperature=0), [1, 0, 0, 0]),
        (Sampling(temperature=0.5), [16 / 30, 9 / 30, 4 / 30, 1 / 30]),
        (Sampling(temperature=1, top_k=2), [4 / 7, 3 / 7, 0, 0]),
        (Sampling(temperature=1, top_k=4), [0.4, 0.3, 0.2, 0.1]),
        (Sampling(temperature=1, top_p=0.5), [4 / 7, 3 / 7, 0, 0]),
        (Sampling(temperature=1, top_p=0.05), [1, 0, 0, 0]),
        (Sampling(temperature=1, min_p=0.6), [4 / 7, 3 / 7, 0, 0]),
        (Sampling(temperature=1, top_k=3, top_p=0.7), [4 / 7, 3 / 7, 0, 0]),
        (Sampling(temperature=1, top_k=3, top_p=0.8), [4 / 9, 3 / 9, 2 / 9, 0]),
    ],
    ids=str,
)
def test_by_hand(sampling: Sampling, expected: list[float]) -> None:
    assert np.allclose(probabilities(np.log([0.4, 0.3, 0.2, 0.1]), sampling), expected)


def test_ties_go_to_the_first() -> None:
    assert probabilities(np.zeros(5), Sampling(temperature=0)).tolist() == [1, 0, 0, 0, 0]
    assert probabilities(np.zeros(5), Sampling(temperature=1, top_k=2)).tolist() == [0.5, 0.5, 0, 0, 0]


def test_hidden_tokens_stay_hidden() -> None:
    """Logits of minus infinity have no chance, under every filter."""
    z = np.array([0.0, -np.inf, 1.0, -np.inf])
    for sampling in (
        Sampling(),
        Sampling(temperature=100, top_k=3),
        Sampling(top_p=0.9999),
        Sampling(repetition_penalty=2),
    ):
        assert not probabilities(z, sampling, [0, 1])[[1, 3]].any()


@pytest.mark.parametrize("temperature", [1e-300, 1e-320])
def test_very_low_temperatures_are_greedy(temperature: float) -> None:
    """Without a warning about numbers too large."""
    assert probabilities(np.array([1.0, 3.0, 2.0]), Sampling(temperature=temperature)).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 101),
        ("temperature", float("nan")),
        ("top_k", -1),
        ("top_p", 0),
        ("top_p", 1.01),
        ("min_p", -0.1),
        ("min_p", 1.1),
        ("repetition_penalty", 0.9),
        ("repetition_window", -1),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(RecipeError, match=f"{field} is {value}\n  allowed: .* to "):
        Sampling(**{field: value})


@given(z=logits, seed=st.integers(-(2**62), 2**62), top_p=st.floats(0.01, 1))
def test_nothing_impossible_is_drawn(z: np.ndarray, seed: int, top_p: float) -> None:
    sampling = Sampling(temperature=1, top_p=top_p)
    drawn = Sampler(sampling, seed)(z)
    assert probabilities(z, sampling)[drawn] > 0


def test_draws_follow_the_probabilities() -> None:
    expected = np.array([0.5, 0.3, 0.0, 0.2])
    with np.errstate(divide="ignore"):
        z = np.log(expected)
    sampler = Sampler(Sampling(temperature=1), seed=3)
    counts = np.bincount([sampler(z) for _ in range(4000)], minlength=4)
    assert np.abs(counts / 4000 - expected).max() < 0.03
    assert counts[2] == 0


def test_seeds_and_streams_draw_apart() -> None:
    def draws(*who: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=1), *who)
        return [sampler(np.zeros(100)) for _ in range(20)]

    assert draws(1, 0) == draws(1, 0)
    assert len({tuple(draws(*who)) for who in [(1, 0), (1, 1), (2, 0), (-1, 0), (0, 0), (0, 1)]}) == 6
