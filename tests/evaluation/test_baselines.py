"""The losses that a model must beat, against counting by hand."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.evaluation import baselines as module
from mebuki.evaluation.baselines import baselines

rows = st.lists(st.integers(0, 4), min_size=2, max_size=60)


def test_by_hand() -> None:
    """train 0 1 0 1 0: after its first token 1 and 0 come twice each; 0 is followed by 1 twice, 1 by 0 twice.

    validation 1 0 0: with V = 3, P(0) = P(1) = 3/7, P(2) = 1/7; P(0 | 1) = (2 + 3/7) / 3, P(0 | 0) = (0 + 3/7) / 3.
    """
    found = baselines(np.array([0, 1, 0, 1, 0]), np.array([1, 0, 0]), 3)
    assert found.uniform == pytest.approx(math.log(2))
    assert found.unigram == pytest.approx(-math.log(3 / 7))
    assert found.bigram == pytest.approx(-(math.log((2 + 3 / 7) / 3) + math.log((3 / 7) / 3)) / 2)


@settings(deadline=None)
@given(train=rows, validation=rows, chunk=st.integers(1, 70))
def test_counting_in_chunks_is_counting(train: list[int], validation: list[int], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        found = baselines(np.array(train), np.array(validation), 5)
    single, pairs, first = Counter(train[1:]), Counter(itertools.pairwise(train)), Counter(train[:-1])
    unigram = {i: (single[i] + 1) / (len(train) - 1 + 5) for i in range(5)}
    second = validation[1:]
    assert found.uniform == pytest.approx(math.log(len({*train[1:], *second})))
    assert found.unigram == pytest.approx(-sum(math.log(unigram[i]) for i in second) / len(second))
    smoothed = [(pairs[a, b] + unigram[b]) / (first[a] + 1) for a, b in itertools.pairwise(validation)]
    assert found.bigram == pytest.approx(-sum(map(math.log, smoothed)) / len(second))


def test_a_table_too_large_is_left_out(monkeypatch) -> None:
    ids = np.arange(10) % 5
    monkeypatch.setattr(module, "TABLE", 24)
    found = baselines(ids, ids, 5)
    assert found.bigram is None
    assert found.to_dict() == {"uniform": found.uniform, "unigram": found.unigram, "bigram": None}


def test_a_text_of_pairs_is_foretold_by_pairs() -> None:
    ids = np.arange(2000) % 5
    found = baselines(ids, ids, 5)
    assert found.bigram is not None
    assert found.bigram < 0.01
    assert found.unigram == pytest.approx(math.log(5), abs=1e-3)
