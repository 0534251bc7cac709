"""A run's embeddings as a map: the two directions in which its tokens differ most. NumPy only.

Shapes: n tokens, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import out_of_range
from ..evaluation.baselines import CHUNK, MOST
from ..generation.weights import weight_shapes
from ..jsonable import jsonable

if TYPE_CHECKING:
    from ..text.ids import Readable
    from .answering import Calculator
    from .run import Run

NEAR_CHUNK = 1024  # rows compared with all others at once


@dataclass(frozen=True)
class Point:
    """A token on the map.

    Attributes:
        token: its name, fit to print.
        count: how often it stands in the run's text (its first 50 million tokens).
        x, y: how far it lies from the middle along the first and the second direction.
        near: the tokens that point most nearly the same way in the whole space: their places in `points`, and the cosine.
    """

    id: int
    token: str
    count: int
    x: float
    y: float
    near: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class EmbeddingMap:
    """The map.

    Attributes:
        points: the most frequent first.
        explained: share of all variance that lies along x, and along y.
    """

    points: tuple[Point, ...]
    explained: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def embedding_map(run: Run, *, most: int = 1000, near: int = 0) -> EmbeddingMap:
    """The embeddings of the tokens that stand in the run's text; of a bigram, what its first layer makes of each.

    Args:
        most: tokens on the map, the most frequent ones, 3 to 65536.
        near: neighbours told of each, 0 to 100.

    Raises:
        RecipeError: `most` or `near` is out of range.
    """
    if not 3 <= most <= 65536:
        raise out_of_range("most", most, 3, 65536)
    if not 0 <= near <= 100:
        raise out_of_range("near", near, 0, 100)
    kind, vocabulary = run.recipe.model, run.info["vocabulary"]
    weights = run.weights(weight_shapes(kind, vocabulary, run.recipe.shape))
    table = weights["hidden.weight"].T if kind == "bigram" else weights["embedding.weight"]
    counts = _counts(run.corpus.train, vocabulary) + _counts(run.corpus.validation, vocabulary)
    ids = np.argsort(-counts, kind="stable")[: min(most, int((counts > 0).sum()))]
    return _mapped(table[ids], ids.tolist(), [run.tokenizer.token(id) for id in ids], counts[ids].tolist(), near)


def calculator_map(calculator: Calculator, *, near: int = 0) -> EmbeddingMap:
    """The same of the letters that a calculator reads; how often each stood in its lessons is not known, `count` is 0."""
    from ..tasks.calculator.notation import ALPHABET

    seen = [id for id, letter in enumerate(ALPHABET) if letter.strip()]
    table = calculator.writer.weights["embedding.weight"]
    return _mapped(table[seen], seen, [ALPHABET[id] for id in seen], [0] * len(seen), near)


def nearest(rows_nD: NDArray[Any], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each row the `count` others that point most nearly the same way, and their cosines, both [n, count].

    >>> others, cosines = nearest(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]), 1)
    >>> others[:, 0].tolist(), cosines[:, 0].round(2).tolist()
    ([2, 2, 0], [0.71, 0.71, 0.71])
    """
    lengths = np.linalg.norm(rows_nD, axis=1, keepdims=True)
    unit = rows_nD.astype(np.float64) / np.maximum(lengths, 1e-300)
    others, cosines = [], []
    for start in range(0, len(unit), NEAR_CHUNK):
        like = unit[start : start + NEAR_CHUNK] @ unit.T
        like[np.arange(len(like)), np.arange(start, start + len(like))] = -np.inf
        found = np.argsort(-like, axis=1, kind="stable")[:, : min(count, len(unit) - 1)]
        others.append(found)
        cosines.append(np.take_along_axis(like, found, 1))
    return np.concatenate(others), np.concatenate(cosines)


def _mapped(rows_nD: NDArray[Any], ids: list[int], names: list[str], counts: list[int], near: int) -> EmbeddingMap:
    places, explained = principal(rows_nD, 2)
    others, cosines = nearest(rows_nD, near)
    close = (tuple(zip(*pair, strict=True)) for pair in zip(others.tolist(), cosines.tolist(), strict=True))
    points = (
        Point(id, name, count, x, y, its)
        for id, name, count, (x, y), its in zip(ids, names, counts, places.tolist(), close, strict=True)
    )
    return EmbeddingMap(tuple(points), (float(explained[0]), float(explained[1])))


def principal(rows_nD: NDArray[Any], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rows along their `count` directions of greatest variance, [n, count], and the share of each.

    Directions have a sign: the row that lies farthest out along one lies on its positive side.

    >>> places, shares = principal(np.array([[0.0, 1.0], [2.0, 1.0], [-2.0, 1.0]]), 2)
    >>> places[:, 0].tolist(), shares.tolist()
    ([0.0, 2.0, -2.0], [1.0, 0.0])
    """
    middle = rows_nD - rows_nD.mean(0, dtype=np.float64)
    variances, directions = np.linalg.eigh(middle.T @ middle)
    variances, directions = variances[::-1].clip(0), directions[:, ::-1]
    places = middle @ directions[:, :count]
    farthest = places[np.abs(places).argmax(0), np.arange(places.shape[1])]
    places = places * np.where(farthest < 0, -1.0, 1.0) + 0.0
    return places, variances[:count] / max(variances.sum(), 1e-300)


def _counts(ids: Readable, vocabulary: int) -> NDArray[np.int64]:
    counts = np.zeros(vocabulary, np.int64)
    for start in range(0, min(len(ids), MOST), CHUNK):
        counts += np.bincount(ids[start : start + CHUNK], minlength=vocabulary)
    return counts
