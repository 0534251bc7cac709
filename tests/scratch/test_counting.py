"""Counting words, PPMI, SVD and nearness: against plain loops, and by the laws that each of them keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import far, numbers
from planted_words import finds_the_groups, two_groups

from mebuki.errors import RecipeError, TextError
from mebuki.scratch.checks import IdError, NotFiniteError, ShapeError
from mebuki.scratch.counting import cooccurrences, ppmi
from mebuki.scratch.similarity import WordVectors, cosine_similarity
from mebuki.scratch.truncated_svd import truncated_svd
from mebuki.scratch.vocabulary import Vocabulary

TEXTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=30)


def plainly_counted(ids: list[int], sentences: list[int], vocabulary: int, window: int) -> np.ndarray:
    counts = np.zeros((vocabulary, vocabulary), int)
    for here, word in enumerate(ids):
        for there, neighbour in enumerate(ids):
            if here != there and abs(here - there) <= window and sentences[here] == sentences[there]:
                counts[word, neighbour] += 1
    return counts


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.integers(1, 40))
def test_counts_are_those_of_a_plain_loop(text: list[tuple[int, int]], window: int) -> None:
    ids = [word for word, _ in text]
    sentences = np.cumsum([new for _, new in text]).tolist()
    counts = cooccurrences(np.array(ids), 5, window, np.array(sentences))
    assert np.array_equal(counts, plainly_counted(ids, sentences, 5, window))
    assert np.array_equal(counts, counts.T)
    assert np.array_equal(cooccurrences(np.array(ids), 5, window), plainly_counted(ids, [0] * len(ids), 5, window))


def test_narrow_ids_do_not_overflow() -> None:
    ids_N = np.array([250, 251, 250], np.uint8)
    assert cooccurrences(ids_N, 252, 1)[250, 251] == 2


@pytest.mark.parametrize("smoothing", [1.0, 0.75])
def test_ppmi_is_that_of_a_plain_loop(smoothing: float) -> None:
    counts = np.random.default_rng(0).poisson(0.7, (9, 9))
    counts[3], counts[:, 3] = 0, 0  # a word without company
    chance = [counts[:, y].sum() ** smoothing for y in range(9)]
    expected = np.zeros((9, 9))
    for x in range(9):
        for y in range(9):
            if counts[x, y]:
                expected[x, y] = max(0.0, math.log2(counts[x, y] / counts[x].sum() / (chance[y] / sum(chance))))
    assert far(ppmi(counts.astype(np.float64), smoothing), expected) <= 1e-12
    single = ppmi(counts, smoothing)
    assert single.dtype == np.float32
    assert far(single, expected) <= 1e-6


def test_ppmi_of_chance_is_zero_and_of_more_text_the_same() -> None:
    by_chance = np.outer([1, 2, 5], [3, 1, 2]).astype(np.float64)
    assert np.abs(ppmi(by_chance)).max() < 1e-12
    counts = np.random.default_rng(1).integers(0, 5, (6, 6))
    assert far(ppmi(7 * counts), ppmi(counts)) <= 1e-6
    assert not ppmi(np.zeros((3, 3), int)).any()


def test_svd_is_the_best_of_its_rank() -> None:
    table = numbers(12, 9)
    for width in (1, 4, 9):
        U, S, Wt = truncated_svd(table, width)
        assert far(U.T @ U, np.eye(width)) <= 1e-12
        assert far(Wt @ Wt.T, np.eye(width)) <= 1e-12
        error = np.sum((table - (U * S) @ Wt) ** 2)
        assert error == pytest.approx(np.sum(np.linalg.svd(table)[1][width:] ** 2), abs=1e-10)
        for seed in range(20):  # any other table of this rank is further away, also one quite near by
            U2, Wt2 = U + 0.01 * numbers(*U.shape, seed=seed), Wt + 0.01 * numbers(*Wt.shape, seed=seed + 50)
            assert np.sum((table - (U2 * S) @ Wt2) ** 2) > error


def test_randomised_svd_finds_the_same() -> None:
    rng = np.random.default_rng(0)
    left, right = np.linalg.qr(rng.standard_normal((300, 60)))[0], np.linalg.qr(rng.standard_normal((200, 60)))[0]
    table = (left * 0.8 ** np.arange(60)) @ right.T
    for mine, exact in zip(truncated_svd(table, 10, rng=1), truncated_svd(table, 10), strict=True):
        assert far(mine, exact) <= 1e-9
    assert truncated_svd(table.astype(np.float32), 10, rng=1)[0].dtype == np.float32


def test_svd_has_settled_signs() -> None:
    table = numbers(6, 6)
    U, _, _ = truncated_svd(table, 3)
    assert (U.max(0) == np.abs(U).max(0)).all()


def test_cosines_are_pytorchs() -> None:
    x, y = numbers(4, 3, 5), numbers(4, 1, 5, seed=1)
    assert far(cosine_similarity(x, y), F.cosine_similarity(torch.tensor(x), torch.tensor(y), dim=-1)) <= 1e-14


@pytest.mark.parametrize("size", [1e-40, 1e-25, 1.0, 1e25, 5e37])
def test_cosines_know_no_size(size: float) -> None:
    x = np.array([[3.0, 4.0], [-3.0, -4.0], [0.0, 0.0]], np.float32) * np.float32(size)
    assert np.allclose(cosine_similarity(x, x[0]), [1, -1, 0], atol=1e-4)


def test_nearest_words() -> None:
    words = WordVectors(["a", "b", "c", "d"], np.array([[1.0, 0], [5, 1], [0, 1], [-1, 0]]))
    assert [word for word, _ in words.most_similar("a")] == ["b", "c", "d"]
    assert len(words.most_similar("a", 2)) == 2
    assert words.similarity("a", "d") == -1
    assert words.nearest(np.array([1.0, 0]), 1) == [("a", 1.0)]
    with pytest.raises(TextError, match="'ab' has no vector"):
        words.most_similar("ab")
    with pytest.raises(ShapeError):
        words.nearest(np.zeros(3))


def test_analogies_are_parallelograms() -> None:
    rng = np.random.default_rng(0)
    places, (city, country) = rng.standard_normal((3, 50)), rng.standard_normal((2, 50))
    vectors = np.concatenate((places + city, places + country))
    words = WordVectors(["Oslo", "Lima", "Kyiv", "Norway", "Peru", "Ukraine"], vectors)
    assert words.analogy("Oslo", "Norway", "Kyiv", 1)[0][0] == "Ukraine"
    assert words.analogy("Peru", "Lima", "Norway", 1)[0][0] == "Oslo"


def test_vocabulary_counts_and_encodes() -> None:
    sentences = [["b", "a", "b"], [], ["c", "a", "b"]]
    vocabulary = Vocabulary(iter(sentences), least=2)
    assert vocabulary.words == ["b", "a"]
    assert vocabulary.counts_V.tolist() == [3, 2]
    ids_N, sentence_N = vocabulary.encode(sentences)
    assert [vocabulary.words[n] for n in ids_N] == ["b", "a", "b", "a", "b"]
    assert sentence_N.tolist() == [0, 0, 0, 2, 2]
    assert [array.shape for array in vocabulary.encode([["z"]])] == [(0,), (0,)]
    with pytest.raises(TextError, match="none comes 9 times"):
        Vocabulary(sentences, least=9)


def test_planted_groups_are_found_by_counting() -> None:
    ids_N, sentence_N = two_groups()
    counts = cooccurrences(ids_N, 22, 2, sentence_N)
    assert not counts[:4, 14:20].any()
    U, S, _ = truncated_svd(ppmi(counts), 4)
    assert finds_the_groups(U * S)
    assert finds_the_groups(truncated_svd(ppmi(counts, smoothing=0.75), 4, rng=0)[0])
    assert not finds_the_groups(numbers(22, 4))


@pytest.mark.parametrize(
    ("error", "make"),
    [
        (IdError, lambda: cooccurrences(np.array([0, -1]), 3)),
        (IdError, lambda: cooccurrences(np.array([0, 3]), 3)),
        (IdError, lambda: cooccurrences(np.array([], int), 3)),
        (IdError, lambda: cooccurrences(np.array([0.0, 1.0]), 3)),
        (ShapeError, lambda: cooccurrences(np.array([[0, 1]]), 3)),
        (ShapeError, lambda: cooccurrences(np.array([0, 1]), 3, sentence_N=np.array([0]))),
        (ShapeError, lambda: cooccurrences(np.array([0, 1, 1]), 3, sentence_N=[0, 0, 1])),  # pyright: ignore
        (RecipeError, lambda: cooccurrences(np.array([0, 1]), 3, window=0)),
        (NotFiniteError, lambda: ppmi(np.array([[1.0, np.nan], [1, 1]]))),
        (NotFiniteError, lambda: ppmi(np.array([[1, -1], [1, 1]]))),
        (ShapeError, lambda: ppmi(np.ones(3))),
        (ShapeError, lambda: ppmi([[0, 2], [2, 4]])),  # pyright: ignore
        (RecipeError, lambda: truncated_svd(np.ones((3, 2)), 3)),
        (RecipeError, lambda: truncated_svd(np.ones((3, 2)), 0)),
        (NotFiniteError, lambda: truncated_svd(np.full((3, 2), np.nan), 1)),
        (ShapeError, lambda: truncated_svd(np.ones((3, 2), int), 1)),
        (ShapeError, lambda: cosine_similarity(np.ones(3), np.ones(2))),
        (NotFiniteError, lambda: WordVectors(["a"], np.array([[np.nan]]))),
        (ShapeError, lambda: WordVectors(["a", "b"], np.ones((1, 2)))),
    ],
)
def test_mistakes_are_told(error: type[Exception], make) -> None:
    with pytest.raises(error):
        make()
