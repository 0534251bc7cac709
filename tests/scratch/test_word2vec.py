"""word2vec: by hand = by numbers = by PyTorch; and what it learns is what counting knows."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import against_torch, far, keeps_the_law, numbers
from planted_words import finds_the_groups, two_groups

from mebuki.errors import RecipeError
from mebuki.scratch import IdError, Layer, NotFiniteError, Parameter, ShapeError
from mebuki.scratch.counting import cooccurrences
from mebuki.scratch.negative_sampling import NegativeSampler, log_sigmoid, negative_sampling
from mebuki.scratch.train_word2vec import train
from mebuki.scratch.windows import contexts, pairs, subsample
from mebuki.scratch.word2vec import CBOW, SkipGram

V, D = 7, 4
WORDS = np.array([3, 0, 3, 6, 1])  # 3 comes twice, 6 is the last
TARGETS = np.array([2, 3, 2, 0, 6])
NEGATIVES = np.array([[1, 1, 5], [2, 0, 6], [4, 1, 0], [2, 2, 2], [0, 3, 5]])
AROUND = np.array([[3, 0, 3], [1, 2, 6], [5, 0, 0], [3, 4, 0], [6, 6, 6]])
THERE = np.array([[True, True, True], [True, False, True], [True, False, False], [True, True, False], [True] * 3])


class Asked(Layer):
    """`negative_sampling` with its table as a layer."""

    def __init__(self) -> None:
        self.table = Parameter(numbers(V, D))

    def __call__(self, h_ND: np.ndarray) -> Any:
        return negative_sampling(h_ND, self.table, TARGETS, NEGATIVES)


class TorchWords(torch.nn.Module):
    """Both models in PyTorch: CBOW where what is read has two axes."""

    def __init__(self) -> None:
        super().__init__()
        self.input = torch.nn.Embedding(V, D)
        self.output = torch.nn.Linear(D, V, bias=False)

    def forward(self, read: Any, targets: Any, negatives: Any = None, there: Any = None) -> torch.Tensor:
        rows = self.input(read)
        if read.ndim == 2:
            share = torch.ones(read.shape, dtype=torch.float64) if there is None else there.double()
            rows = (rows * share[:, :, None]).sum(1) / share.sum(1, keepdim=True)
        if negatives is None:
            return F.cross_entropy(self.output(rows), targets)
        return asked_in_torch(rows, self.output.weight, targets, negatives)


def asked_in_torch(h: Any, table: Any, targets: Any, negatives: Any) -> torch.Tensor:
    positive = F.logsigmoid((h * table[targets]).sum(-1))
    negative = F.logsigmoid(-(h[:, None] * table[negatives]).sum(-1)).sum(-1)
    return -(positive + negative).mean()


def test_negative_sampling() -> None:
    class Theirs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Parameter(torch.zeros(V, D))

        def forward(self, h: torch.Tensor) -> torch.Tensor:
            return asked_in_torch(h, self.table, torch.tensor(TARGETS), torch.tensor(NEGATIVES))

    keeps_the_law(Asked(), numbers(5, D))
    against_torch(Asked(), Theirs(), numbers(5, D))


@pytest.mark.parametrize("negatives", [NEGATIVES, NEGATIVES[:, :0], None], ids=["negatives", "none", "softmax"])
def test_skip_gram(negatives: np.ndarray | None) -> None:
    keeps_the_law(SkipGram(V, D), WORDS, TARGETS, negatives)
    against_torch(SkipGram(V, D), TorchWords(), WORDS, TARGETS, negatives)


@pytest.mark.parametrize("there", [THERE, None], ids=["some", "all"])
@pytest.mark.parametrize("negatives", [NEGATIVES, None], ids=["negatives", "softmax"])
def test_cbow(negatives: np.ndarray | None, there: np.ndarray | None) -> None:
    keeps_the_law(CBOW(V, D), AROUND, TARGETS, negatives, there)
    against_torch(CBOW(V, D), TorchWords(), AROUND, TARGETS, negatives, there)


def test_cbow_of_one_neighbour_is_skip_gram() -> None:
    cbow, skip = CBOW(V, D, rng=1), SkipGram(V, D, rng=2)
    skip.load(cbow.weights())
    for model in (cbow, skip):
        model.output.weight.value += numbers(V, D, seed=3)
    assert cbow(WORDS[:, None], TARGETS, NEGATIVES)[0] == pytest.approx(skip(WORDS, TARGETS, NEGATIVES)[0], abs=1e-6)


def test_words_that_are_not_there_do_not_count() -> None:
    model = CBOW(V, D)
    model.output.weight.value += numbers(V, D)
    other = np.where(THERE, AROUND, 4)
    assert model(AROUND, TARGETS, NEGATIVES, THERE)[0] == model(other, TARGETS, NEGATIVES, THERE)[0]


def test_log_sigmoid_is_pytorchs_at_any_size() -> None:
    for dtype in (np.float32, np.float64):
        x = np.array([-1e30, -1e4, -89, -1, 0, 1e-8, 1, 89, 1e4, 1e30], dtype)
        mine = log_sigmoid(x)
        assert mine.dtype == dtype
        assert np.allclose(mine, F.logsigmoid(torch.tensor(x)), rtol=1e-6)


def test_huge_scores_stay_finite() -> None:
    table = Parameter(np.array([[-1e4, 0.0], [1e4, 0.0]], np.float32))
    loss, backward = negative_sampling(np.array([[1.0, 0]], np.float32), table, np.array([0]), np.array([[1]]))
    assert loss == 2e4
    assert backward().tolist() == [[2e4, 0.0]]
    assert backward().dtype == table.gradient.dtype == np.float32


def test_learned_to_the_end_scores_are_pointwise_mutual_information() -> None:
    """Levy & Goldberg (2014): with negatives as often as they come, the loss is least at ln (C_xy N / (C_x C_y K))."""
    ids_N = np.random.default_rng(0).integers(0, 4, 60)
    counts = cooccurrences(ids_N, 4, 2).astype(float)
    assert counts.all()
    words_M, neighbours_M = pairs(ids_N, 2)
    K = len(words_M)  # every neighbour in the text once as a negative of every pair: no chance in it
    negatives_MK = np.tile(neighbours_M, (K, 1))
    pmi = np.log(counts * counts.sum() / np.outer(counts.sum(1), counts.sum(0)))
    model = SkipGram(4, 4).astype(np.float64)
    model.input.weight.value[...] = np.eye(4)
    model.output.weight.value[...] = (pmi - np.log(K)).T
    loss, backward = model(words_M, neighbours_M, negatives_MK)
    backward()
    assert max(np.abs(parameter.gradient).max() for parameter in model.parameters()) < 1e-12
    model.output.weight.value += 0.01 * numbers(4, 4)
    assert model(words_M, neighbours_M, negatives_MK)[0] > loss


def test_sampler_keeps_its_frequencies() -> None:
    counts_V = np.array([0, 1, 16, 81, 0, 256, 0])
    for power, weights in ((0.75, [0, 1, 8, 27, 0, 64, 0]), (1.0, counts_V), (0.0, [0, 1, 1, 1, 0, 1, 0])):
        expected = 40_000 * np.array(weights) / np.sum(weights)
        sampler = NegativeSampler(counts_V, power)
        drawn = np.bincount(sampler.draw((200, 200), rng=1).reshape(-1), minlength=7)
        some = expected > 0
        assert not drawn[~some].any()
        assert np.sum((drawn - expected)[some] ** 2 / expected[some]) < 16.3  # chi-square, 3 degrees, 0.1%
        assert far(sampler.probabilities_V, expected / 40_000) <= 1e-12


def test_sampler_avoids_the_targets() -> None:
    sampler = NegativeSampler(np.array([1000, 1, 1]))
    targets_N = np.array([0, 1, 0, 2] * 50)
    drawn_NK = sampler.draw((200, 6), 3, targets_N)
    assert not (drawn_NK == targets_N[:, None]).any()
    assert np.array_equal(drawn_NK, sampler.draw((200, 6), 3, targets_N))
    after_zero = drawn_NK[targets_N == 0]
    assert 0.4 < (after_zero == 1).mean() < 0.6  # the others keep their proportions


class Edge:
    """A generator whose numbers lie at the very ends of [0, 1)."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self, shape: Any) -> np.ndarray:
        return np.full(shape, self.value)


def test_sampler_at_the_ends_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = NegativeSampler(np.array([0, 3, 5, 0]))
    for value, word in ((0.0, 1), (np.nextafter(1.0, 0.0), 2)):
        monkeypatch.setattr(np.random, "default_rng", lambda _, value=value: Edge(value))
        assert sampler.draw((2,), 0).tolist() == [word, word]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=20),
    st.integers(1, 30),
)
def test_windows_are_those_of_a_plain_loop(text: list[tuple[int, int]], window: int) -> None:
    ids_N = np.array([word for word, _ in text])
    sentence_N = np.cumsum([new for _, new in text])
    around_NC, there_NC = contexts(ids_N, window, sentence_N)
    for here in range(len(ids_N)):
        places = [here + step for step in range(-window, window + 1) if step]
        real = [0 <= p < len(ids_N) and sentence_N[p] == sentence_N[here] for p in places]
        assert there_NC[here].tolist() == real
        assert around_NC[here].tolist() == [ids_N[p] if ok else 0 for p, ok in zip(places, real, strict=True)]
    counted = np.zeros((5, 5), int)
    np.add.at(counted, pairs(ids_N, window, sentence_N), 1)
    assert np.array_equal(counted, cooccurrences(ids_N, 5, window, sentence_N))


def test_subsampling_keeps_by_the_root() -> None:
    ids_N = np.repeat([0, 1, 2], [90_000, 9_000, 1_000])
    keep_N = subsample(ids_N, np.bincount(ids_N), 0, threshold=0.02)
    kept = [keep_N[ids_N == word].mean() for word in range(3)]
    assert np.allclose(kept, [(0.02 / 0.9) ** 0.5, (0.02 / 0.09) ** 0.5, 1.0], atol=0.02)
    assert kept[2] == 1.0


@pytest.mark.parametrize("negatives", [0, 5])
@pytest.mark.parametrize("kind", [CBOW, SkipGram])
def test_planted_groups_are_found(kind: type[CBOW] | type[SkipGram], negatives: int) -> None:
    ids_N, sentence_N = two_groups(300)
    model = kind(22, 8, rng=1)
    epochs = 15 if kind is CBOW else 5  # one example for each place, against one for each pair
    choices: dict[str, Any] = {"window": 2, "batch": 100, "learning_rate": 0.02, "negatives": negatives}
    losses = list(train(model, ids_N, sentence_N, epochs=epochs, **choices))
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])
    assert finds_the_groups(model.input.weight.value)
    assert not finds_the_groups(kind(22, 8, rng=1).input.weight.value)


def test_a_seed_gives_the_same_training() -> None:
    ids_N, sentence_N = two_groups(40)

    def losses(seed: int, **choices: Any) -> list[float]:
        return list(train(CBOW(22, 4), ids_N, sentence_N, epochs=1, batch=50, rng=seed, **choices))

    assert losses(1) == losses(1) != losses(2)
    assert len(losses(1)) == 4
    assert len(losses(1, threshold=0.01)) < 4
    assert losses(1)[0] == pytest.approx(6 * np.log(2), abs=1e-6)
    assert losses(1, negatives=0)[0] == pytest.approx(np.log(22), abs=1e-6)
    assert losses(1, negatives=0)[1:] != losses(2, negatives=0)[1:]  # another order of the examples


def test_the_target_is_never_its_own_negative() -> None:
    model = SkipGram(2, 4)
    losses = list(train(model, np.array([0, 1] * 20), window=1, negatives=3, epochs=40, batch=20, learning_rate=0.1))
    assert losses[-1] < 0.05


def test_the_reader_holds_the_loop() -> None:
    ids_N, _ = two_groups(40)
    model = SkipGram(22, 4)
    before = model.input.weight.value.copy(), model.output.weight.value.copy()
    steps = train(model, ids_N)
    assert len(list(itertools.islice(steps, 2))) == 2
    assert not np.array_equal(before[1], model.output.weight.value)
    assert model.input.weight.value.dtype == np.float32


def test_a_word_alone_is_no_example() -> None:
    model = CBOW(3, 4)
    losses = list(train(model, np.array([0, 1, 2]), np.array([0, 0, 1]), epochs=1))
    assert len(losses) == 1
    with pytest.raises(ShapeError, match="no two words in one sentence"):
        next(train(model, np.array([0, 1, 2]), np.array([0, 1, 2])))


NAN = np.full((5, D), np.nan)
OUTSIDE = np.array([3, 0, 3, V, 1])
MINUS = np.array([3, 0, 3, -1, 1])
SOME = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("error", "make"),
    [
        (IdError, lambda: SkipGram(V, D)(MINUS, TARGETS, NEGATIVES)),
        (IdError, lambda: SkipGram(V, D)(OUTSIDE, TARGETS, NEGATIVES)),
        (IdError, lambda: SkipGram(V, D)(WORDS, MINUS, NEGATIVES)),
        (IdError, lambda: SkipGram(V, D)(WORDS, OUTSIDE)),
        (IdError, lambda: SkipGram(V, D)(WORDS, TARGETS, NEGATIVES - 1)),
        (IdError, lambda: SkipGram(V, D)(WORDS, TARGETS, NEGATIVES * 1.0)),
        (ShapeError, lambda: SkipGram(V, D)(AROUND, TARGETS, NEGATIVES)),
        (ShapeError, lambda: SkipGram(V, D)(WORDS, TARGETS[:4], NEGATIVES)),
        (ShapeError, lambda: SkipGram(V, D)(WORDS, TARGETS, NEGATIVES[:4])),
        (IdError, lambda: CBOW(V, D)(AROUND - 1, TARGETS, NEGATIVES, THERE)),
        (IdError, lambda: CBOW(V, D)(AROUND + 1, TARGETS, NEGATIVES, THERE)),
        (ShapeError, lambda: CBOW(V, D)(WORDS, TARGETS, NEGATIVES)),
        (ShapeError, lambda: CBOW(V, D)(AROUND, TARGETS, NEGATIVES, THERE[:, :2])),
        (ShapeError, lambda: CBOW(V, D)(AROUND, TARGETS, NEGATIVES, THERE & False)),
        (ShapeError, lambda: CBOW(V, D)(AROUND, TARGETS, NEGATIVES, THERE * 1.0)),
        (NotFiniteError, lambda: negative_sampling(NAN, Parameter(numbers(V, D)), TARGETS, NEGATIVES)),
        (ShapeError, lambda: negative_sampling(numbers(5, 3), Parameter(numbers(V, D)), TARGETS, NEGATIVES)),
        (ShapeError, lambda: NegativeSampler(np.array([0, 5]))),
        (ShapeError, lambda: NegativeSampler(np.array([3, -5, 2]))),
        (ShapeError, lambda: NegativeSampler(np.array([[3, 5]]))),
        (IdError, lambda: NegativeSampler(np.array([3, 5])).draw((1, 2), 0, np.array([-1]))),
        (RecipeError, lambda: contexts(SOME, 0)),
        (ShapeError, lambda: contexts(np.array([], int), 1)),
        (ShapeError, lambda: contexts(SOME, 1, SOME[:2])),
        (ShapeError, lambda: contexts(SOME.tolist(), 1)),
        (ShapeError, lambda: contexts(SOME, 1, SOME.tolist())),
        (ShapeError, lambda: CBOW(V, D)(AROUND, TARGETS, NEGATIVES, THERE.tolist())),
        (ShapeError, lambda: NegativeSampler([3, 5])),  # pyright: ignore
        (ShapeError, lambda: next(train(CBOW(3, 2), SOME, SOME.tolist()))),
        (RecipeError, lambda: subsample(SOME, SOME + 1, 0, threshold=0)),
        (IdError, lambda: next(train(CBOW(3, 2), SOME - 1))),
        (IdError, lambda: next(train(CBOW(3, 2), SOME + 1))),
        (IdError, lambda: next(train(CBOW(3, 2), np.array([], int)))),
        (RecipeError, lambda: next(train(CBOW(3, 2), SOME, window=0))),
        (RecipeError, lambda: next(train(CBOW(3, 2), SOME, batch=0))),
        (RecipeError, lambda: next(train(CBOW(3, 2), SOME, epochs=0))),
        (RecipeError, lambda: next(train(CBOW(3, 2), SOME, negatives=-1))),
        (ShapeError, lambda: next(train(CBOW(3, 2), SOME, SOME[:2]))),
    ],
)
def test_mistakes_are_told(error: type[Exception], make) -> None:
    with pytest.raises(error):
        make()
