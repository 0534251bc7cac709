"""Planted diaries: are tied words found and claimed, and no others? Against Dunning's log-likelihood, PPMI and word2vec, on the same words.

All sides get the words that our index finds, names of several words joined; word2vec is gensim's (skip-gram, 100 numbers, 20 epochs), and
is left out where gensim is not installed. Dunning's ratio is taken over entries and over windows of two sentences, and added.
Claims: Dunning's are its probabilities over entries, with one in a hundred wrong at most (Benjamini and Hochberg).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.machine import report
from benchmarks.planted import Planted, plant
from mebuki.diary.associations import Associations
from mebuki.diary.chance import Floats, Ints, of_a_ratio
from mebuki.diary.entries import Entry
from mebuki.diary.index import Index
from mebuki.diary.journal import Journal
from mebuki.diary.ties import ties
from mebuki.diary.words import pieces
from mebuki.errors import MebukiError

Ranked = Callable[[int], list[int]]  # a word, to the others, best first
TOP = 10


@dataclass
class Side:
    """What a method answers: ranked words, those it claims, those two steps away."""

    ranked: Ranked
    claimed: Callable[[int], set[int]] | None = None
    through: Ranked | None = None


@dataclass
class Score:
    """Hits and misses, added up over diaries."""

    wanted: int = 0
    at5: int = 0
    at10: int = 0
    names: int = 0
    names_at10: int = 0
    joined: int = 0
    joined_at10: int = 0
    claimed: int = 0
    strangers: int = 0
    others: int = 0
    asked: int = 0
    seconds: float = 0.0
    missing: set[str] = field(default_factory=set)

    def told(self, *, claims: bool, joined: bool) -> dict[str, float | str]:
        share = lambda part, whole: round(part / max(1, whole), 3)  # noqa: E731
        found: dict[str, float | str] = {
            "recall_at_5": share(self.at5, self.wanted),
            "recall_at_10": share(self.at10, self.wanted),
            "names_recall_at_10": share(self.names_at10, self.names),
            "milliseconds_a_word": round(1000 * self.seconds / max(1, self.asked), 2),
            "of": f"{self.wanted} ties, {self.names} with names, {self.joined} through a third",
        }
        if joined:
            found["two_steps_recall_at_10"] = share(self.joined_at10, self.joined)
        if claims:
            found["claims_recall"] = share(self.claimed, self.wanted)
            found["claims_precision_among_planted_words"] = share(self.claimed, self.claimed + self.strangers)
            found["claims_precision_among_all_words"] = share(self.claimed, self.claimed + self.strangers + self.others)
        return found


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seeds", type=int, default=5, metavar="N", help="diaries of each language (default 5)")
    p.add_argument("--entries", type=int, default=1500, metavar="N", help="of each (default 1500)")
    p.add_argument("--first", type=int, default=100, metavar="SEED", help="the first seed (default 100)")
    p.add_argument("--keep", action="store_true", help="write benchmarks/results/diary_ties.json")
    given = p.parse_args()
    result: dict[str, dict[str, dict[str, float | str]]] = {}
    for language in ("ja", "en"):
        scores: dict[str, Score] = defaultdict(Score)
        sides: dict[str, Side] = {}
        days = held = 0
        for seed in range(given.first, given.first + given.seeds):
            planted = plant(language, entries=given.entries, seed=seed)
            with tempfile.TemporaryDirectory() as folder, Journal(folder) as journal:
                journal.add([Entry(str(n), day, None, text) for n, (day, text) in enumerate(planted.entries)])
                associations = Associations(journal)
                index = associations.index
                sides = {"mebuki": ours(associations), "dunning": dunning(index), "ppmi": ppmi(index)}
                if vectors := word2vec(index, seed):
                    sides["word2vec"] = vectors
                for name, side in sides.items():
                    measure(planted, index, side, scores[name])
                shown, true = proof(journal, associations, planted)
                days, held = days + shown, held + true
        result[language] = {
            name: scores[name].told(claims=side.claimed is not None, joined=side.through is not None)
            for name, side in sides.items()
        }
        result[language]["mebuki"]["days_shown_that_hold_both"] = f"{held} of {days}"
        print(language, result[language], flush=True)
    report("diary_ties", {"diaries": given.seeds, "entries": given.entries, "result": result}, keep=given.keep)


def measure(planted: Planted, index: Index, side: Side, score: Score) -> None:
    """Ask for every planted word, and count."""
    number = numbers(index)
    lowered = lambda words: {word.lower() for word in words}  # noqa: E731
    mine = lowered(planted.planted)
    said = {word: spelling for spelling, word in number.items()}
    for target, tied in planted.ties.items():
        score.wanted += len(tied)
        score.names += sum(target in planted.names or word in planted.names for word in tied)
        word = number.get(target.lower())
        if word is None:
            score.missing.add(target)
            continue
        start = time.perf_counter()
        ranked = side.ranked(word)[:TOP]
        score.seconds += time.perf_counter() - start
        score.asked += 1
        for other in tied:
            place = ranked.index(number[other.lower()]) if number.get(other.lower()) in ranked else TOP
            score.at5 += place < 5
            score.at10 += place < TOP
            score.names_at10 += place < TOP and (target in planted.names or other in planted.names)
        if side.claimed is not None:
            claims = {said.get(other, "") for other in side.claimed(word)}
            right = lowered(tied)
            score.claimed += len(claims & right)
            score.strangers += len(claims & mine - right)
            parts = {one for one in claims - mine if any(one in whole for whole in (*right, target.lower()))}
            score.others += len(claims - mine - parts)  # a part of a tied name is no other word
    if side.through is not None:
        for a, _, c in planted.joined:
            score.joined += 1
            if a.lower() in number and c.lower() in number:
                score.joined_at10 += number[c.lower()] in side.through(number[a.lower()])[:TOP]


def proof(journal: Journal, associations: Associations, planted: Planted) -> tuple[int, int]:
    """How many days were shown as proof, and how many of them truly hold both words, in whatever inflection."""
    shown = true = 0
    spelled: dict[str, list[int]] = defaultdict(list)  # some words are shown alike: wrote, and Wrote
    for word in range(len(associations.index.keys)):
        spelled[associations.spelled(word)].append(word)
    for target in planted.ties:
        try:
            found = associations.of(target, limit=TOP)
        except MebukiError:
            continue
        asked = associations.index.keys[associations.find(target)]
        for one in found:
            tied = [set(associations.index.keys[word]) for word in spelled[one.word]]
            for day, id in one.days:
                entry = journal.entry(id)
                keys = {piece.key for sentence in pieces(entry.text) for piece in sentence}
                shown += 1
                true += entry.date == day and set(asked) <= keys and any(one <= keys for one in tied)
    return shown, true


def numbers(index: Index) -> dict[str, int]:
    """The words that stand in two entries or more, by spelling; the commonest of a spelling."""
    found: dict[str, int] = {}
    for word in np.argsort(index.entries_of, kind="stable").tolist():
        if index.entries_of[word] >= 2:
            found[index.spelled(word).lower()] = word
    return found


def ours(associations: Associations) -> Side:
    number = {associations.spelled(word): word for word in range(len(associations.index.keys))}

    def through(word: int) -> list[int]:
        return [number[one.word] for one in associations.of(associations.spelled(word), hops=2, limit=TOP)]

    return Side(
        lambda word: [tie.word for tie in ties(associations.index, word)],
        lambda word: {tie.word for tie in ties(associations.index, word) if tie.claimed},
        through,
    )


def windows(index: Index) -> tuple[Ints, Ints, int]:
    """Windows of two sentences and their words, each pair once, and how many windows there are."""
    sentence = index.entry * 10_000 + index.sentence
    _, place = np.unique(sentence, return_inverse=True)
    starts = np.concatenate([place, place[place > 0] - 1])
    words = np.concatenate([index.word, index.word[place > 0]])
    pairs = np.unique(starts * len(index.keys) + words)
    return pairs // len(index.keys), pairs % len(index.keys), int(place.max()) + 1


def counted(holder: Ints, words: Ints, size: int, word: int, vocabulary: int) -> tuple[Floats, Floats, int]:
    """Of each word: in how many contexts with `word`, in how many in all; and in how many `word` stands."""
    mine = np.zeros(size, bool)
    mine[holder[words == word]] = True
    both = np.bincount(words[mine[holder]], minlength=vocabulary).astype(float)
    return both, np.bincount(words, minlength=vocabulary).astype(float), int(mine.sum())


def squares(both: Floats, of_all: Floats, mine: int, size: int) -> Floats:
    """Dunning's G² of the whole table of two by two; 0 where two words avoid each other."""
    table = [both, mine - both, of_all - both, size - mine - of_all + both]
    expected = [
        mine * of_all / size,
        mine * (size - of_all) / size,
        (size - mine) * of_all / size,
        (size - mine) * (size - of_all) / size,
    ]
    total = np.zeros(len(both))
    with np.errstate(divide="ignore", invalid="ignore"):
        for seen, chance in zip(table, expected, strict=True):
            total += np.where(seen > 0, seen * np.log(seen / chance), 0.0)
    return np.where(both > expected[0], 2 * total, 0.0)


def dunning(index: Index) -> Side:
    """The log-likelihood ratio over entries and windows; joined through a third: the weaker of the two, of words not beside it."""
    vocabulary, size = len(index.keys), len(index)
    entry_pairs = np.unique(index.entry * vocabulary + index.word)
    entries, words = entry_pairs // vocabulary, entry_pairs % vocabulary
    spans, in_spans, many = windows(index)

    def strengths(word: int) -> tuple[Floats, Floats, Floats]:
        both, of_all, mine = counted(entries, words, size, word, vocabulary)
        ratio = squares(both, of_all, mine, size)
        near = squares(*counted(spans, in_spans, many, word, vocabulary), many)
        whole = np.where(both >= 2, ratio + near, 0.0)
        whole[word] = ratio[word] = 0.0
        return whole, ratio, both

    def claimed(word: int) -> set[int]:
        _, ratio, both = strengths(word)
        tried = np.flatnonzero(both > 0)
        p = of_a_ratio(ratio[tried])
        order = np.argsort(p)
        good = np.flatnonzero(p[order] * len(tried) / np.arange(1, len(tried) + 1) <= 0.01)
        return set(tried[order[: good[-1] + 1]].tolist()) if len(good) else set()

    def ranked(word: int) -> list[int]:
        return best(strengths(word)[0])

    def through(word: int) -> list[int]:
        whole, _, both = strengths(word)
        far = np.zeros(vocabulary)
        for bridge in best(whole)[:12]:
            far = np.maximum(far, np.minimum(whole[bridge], strengths(bridge)[0]))
        far[both > 0] = 0.0
        return best(far)

    return Side(ranked, claimed, through)


def ppmi(index: Index) -> Side:
    """Positive pointwise mutual information over windows of two sentences; joined through a third: the cosine of its rows."""
    vocabulary = len(index.keys)
    spans, words, many = windows(index)
    order, starts = np.argsort(spans, kind="stable"), np.searchsorted(np.sort(spans), np.arange(many + 1))
    words = words[order]
    counts = np.zeros((vocabulary, vocabulary), np.float32)
    for one, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        some = words[one:end]
        counts[np.ix_(some, some)] += 1
    single = counts.diagonal().copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = np.maximum(np.log(counts * many / (single[:, None] * single[None, :])), 0)
    rows[counts < 2] = 0
    np.fill_diagonal(rows, 0)
    length = np.linalg.norm(rows, axis=1) + 1e-9

    def through(word: int) -> list[int]:
        cosine = rows @ rows[word] / length / length[word]
        cosine[counts[word] > 0] = 0
        return best(cosine)

    return Side(lambda word: best(rows[word]), None, through)


def word2vec(index: Index, seed: int) -> Side | None:
    """Neighbours by the cosine of vectors that gensim learns from the sentences."""
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return None
    starts = np.flatnonzero(np.diff(index.entry, prepend=-1))
    texts = [[str(word) for word in some] for some in np.split(index.word, starts[1:])]
    model = Word2Vec(texts, vector_size=100, window=5, min_count=2, sg=1, epochs=20, seed=seed, workers=1)

    def ranked(word: int) -> list[int]:
        if str(word) not in model.wv:
            return []
        return [int(other) for other, _ in model.wv.most_similar(str(word), topn=50)]

    return Side(ranked, None, ranked)


def best(strength: Floats) -> list[int]:
    """Words with any strength, the strongest first."""
    order = np.argsort(-strength, kind="stable")[:50]
    return [int(word) for word in order if strength[word] > 0]


if __name__ == "__main__":
    main()
