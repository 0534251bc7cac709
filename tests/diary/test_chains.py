"""Chains, what the model says of two words, passages, and dreams."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sprouts import FIRST, PAIRS, QUICK, TINY, diary

from mebuki.diary.associations import Associations
from mebuki.diary.chains import chain, walk
from mebuki.diary.dreaming import Dream, opening
from mebuki.diary.entries import DiaryError
from mebuki.diary.growing import grow
from mebuki.diary.journal import Journal
from mebuki.diary.lift import MOST, Lift, likelihoods
from mebuki.diary.model import NAME, DiaryModel
from mebuki.diary.passages import excerpt, passage, sentence
from mebuki.errors import RecipeError


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diary with a model of it; not to be changed."""
    folder = tmp_path_factory.mktemp("grown") / "diary"
    with diary(folder, 200) as journal:
        grow(journal, minutes=10, **TINY)
    return folder


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    with Journal(home) as journal:
        yield journal


def model_of(journal: Journal) -> DiaryModel:
    model = DiaryModel.load(journal)
    assert model is not None
    return model


def plain(links: Any) -> list[dict[str, Any]]:
    return [link.to_dict() for link in links]


def test_the_same_seed_draws_the_same_chain(journal: Journal) -> None:
    associations, model = Associations(journal), model_of(journal)
    drawn = set[str]()
    for seed in range(4):
        how = {"steps": 6, "seed": seed, "temperature": 2.0, "loose": True}
        assert plain(walk(associations, "heron", model, **how)) == plain(chain(journal, "heron", **how))
        drawn.add(str(plain(walk(associations, "heron", model, **how))))
        assert plain(walk(associations, "heron", None, **how)) == plain(
            walk(Associations(journal), "heron", None, **how)
        )
    assert len(drawn) > 1


def test_every_link_is_proven_and_its_days_hold_both_words(journal: Journal) -> None:
    links = 0
    for word in PAIRS:
        been = {word}
        for link in chain(journal, word, steps=6, seed=1, loose=False):
            assert link.proven
            assert link.q <= 0.01
            assert link.word.lower() not in been
            been.add(link.word.lower())
            assert link.days == tuple(sorted(link.days))
            assert (link.since, link.until) == (link.days[0][0], link.days[-1][0])
            for day, id in link.days:
                entry = journal.entry(id)
                assert entry.date == day
                assert link.start.lower() in entry.text.lower()
                assert link.word.lower() in entry.text.lower()
            where = link.passage
            assert (where.day, where.entry) in link.days
            assert where.text[slice(*where.first)].lower() == link.start.lower()
            assert where.text[slice(*where.second)].lower() == link.word.lower()
            assert 0 < link.chance <= 1
            links += 1
    assert links >= len(PAIRS)


def test_a_chain_goes_on_from_the_word_it_came_to(journal: Journal) -> None:
    links = chain(journal, "heron", steps=8, seed=0, loose=True)
    assert links[0].start == "heron"
    assert [link.start for link in links[1:]] == [link.word for link in links[:-1]]


def test_what_is_proven_comes_before_what_may_be_chance(journal: Journal) -> None:
    links = chain(journal, "heron", steps=8, seed=0, loose=True)
    associations = Associations(journal)
    been = {"heron"}
    for link in links:
        claimed = {one.word for one in associations.of(link.start, limit=400) if one.claimed} - been
        assert link.proven == bool(claimed)
        been.add(link.word)
    assert any(not link.proven for link in links)


def test_how_a_link_is_drawn(journal: Journal) -> None:
    associations, model = Associations(journal), model_of(journal)
    cold = {
        plain(walk(associations, "heron", model, steps=1, seed=seed, temperature=0.01))[0]["to"] for seed in range(20)
    }
    assert len(cold) == 1
    found = {
        link.word: link
        for seed in range(40)
        for link in walk(associations, "heron", None, steps=1, seed=seed, temperature=50, loose=True)
    }
    assert (
        math.isclose(sum(link.chance for link in found.values()), 1.0) or len(found) < next(iter(found.values())).among
    )
    weights = {word: math.log(link.strength) / 50 for word, link in found.items()}
    for one in found:
        for other in found:
            assert math.isclose(
                math.log(found[one].chance / found[other].chance), weights[one] - weights[other], abs_tol=1e-9
            )


def test_lift_and_strength_draw_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: Journal) -> None:
    associations, model = Associations(journal), model_of(journal)
    monkeypatch.setattr(Lift, "of", lambda self, word, others: [1.5 if n == 0 else -1.0 for n in range(len(others))])
    links = [next(walk(associations, "heron", model, steps=1, seed=seed, loose=True)) for seed in range(30)]
    for link in links:
        assert link.lift in (1.5, -1.0)
    by_word = {link.word: link for link in links}
    if len(by_word) > 1:
        one, other, *_ = by_word.values()
        said = math.log(one.strength / other.strength) + (one.lift or 0) - (other.lift or 0)
        assert math.isclose(math.log(one.chance / other.chance), said, abs_tol=1e-9)


def test_without_a_model_the_strength_alone_draws(tmp_path: Path) -> None:
    with diary(tmp_path / "diary", 120) as journal:
        links = chain(journal, "heron", steps=3)
        assert links
        assert all(link.lift is None for link in links)


def test_a_word_that_nothing_is_tied_to(tmp_path: Path) -> None:
    with diary(tmp_path / "diary", 60) as journal:
        journal.write("A telescope by the heron.", FIRST, id="telescope-1")
        journal.write("A telescope by the kettle.", FIRST + timedelta(9), id="telescope-2")
        with pytest.raises(DiaryError, match="nothing is proven to be tied to telescope") as caught:
            chain(journal, "telescope")
        assert "--loose" in str(caught.value)
        with pytest.raises(DiaryError, match="no word of this diary"):
            chain(journal, "microscope")
        with pytest.raises(DiaryError, match="stands with telescope on two days"):
            chain(journal, "telescope", loose=True)


@pytest.mark.parametrize("how", [{"steps": 0}, {"steps": 1001}, {"temperature": 0}, {"temperature": 1e9}])
def test_numbers_that_cannot_be(journal: Journal, how: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        chain(journal, "heron", **how)


def test_a_planted_pair_lifts_more_than_strangers(journal: Journal) -> None:
    associations = Associations(journal)
    lift = Lift(model_of(journal), associations)
    number = {word: associations.find(word) for pair in PAIRS.items() for word in pair}
    others = list(PAIRS.values())
    more = 0
    for one, own in PAIRS.items():
        found = dict(zip(others, lift.of(number[one], [number[other] for other in others]), strict=True))
        assert all(-MOST <= value <= MOST for value in found.values())
        more += all(found[own] > value for other, value in found.items() if other != own)
    assert more == len(PAIRS)


def test_many_at_once_are_scored_as_one_by_one(journal: Journal) -> None:
    model = model_of(journal)
    begun = model.tokenizer.encode("\x1e2024-01-05 Fri\nSaw the heron and the ").astype(np.int64)
    words = [model.tokenizer.encode(word).astype(np.int64) for word in ("reeds", "fog", "orchard", "猫", "attic today")]
    together = likelihoods(model.decoder, begun, words)
    for word, found in zip(words, together, strict=True):
        assert math.isclose(likelihoods(model.decoder, begun, [word])[0], found, abs_tol=1e-4)
    from mebuki.scratch import build

    by_hand: Any = build("transformer", model.vocabulary, model.shape, 0)
    by_hand.load(model.weights)
    assert np.allclose(likelihoods(by_hand, begun, words), together, atol=1e-3)
    whole = np.concatenate([begun, words[0]])
    losses = by_hand.losses(whole[None, :-1], whole[None, 1:])[0, len(begun) - 1 :]
    assert math.isclose(-float(losses.sum()), together[0], abs_tol=1e-3)


def test_lift_does_not_depend_on_who_stands_beside(journal: Journal) -> None:
    associations = Associations(journal)
    here, others = associations.find("heron"), [associations.find(word) for word in ("reeds", "fog", "attic")]
    model = model_of(journal)
    together = Lift(model, associations).of(here, others)
    alone = [Lift(model, associations).of(here, [other])[0] for other in others]
    assert np.allclose(together, alone, atol=1e-4)


def test_both_languages_in_one_diary(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        for place in range(90):
            day = date(2024, 1, 1) + timedelta(place)
            if place % 3 == 0:
                journal.write("池で亀を見た。それから聞いた雨の音。", day, id=f"both-{place}")
            elif place % 3 == 1:
                journal.write("Coffee with Ana by the harbour.", day, id=f"both-{place}")
            else:
                journal.write("何もない一日だった。Nothing much at all.", day, id=f"both-{place}")
        grow(journal, **{**QUICK, "steps": 20})
        assert {link.word for link in chain(journal, "池", steps=3)} & {"亀", "雨", "音"}
        assert chain(journal, "coffee", steps=2)[0].lift is not None
        joints = Lift(model_of(journal), Associations(journal)).joints
        assert " by the " not in joints[False]
        assert joints[True]
        assert "".join(Dream(journal, "池", letters=30))


def test_passages_hold_both_words(journal: Journal) -> None:
    associations = Associations(journal)
    index = associations.index
    one, other = associations.find("heron"), associations.find("reeds")
    both = np.intersect1d(index.entries_with(one), index.entries_with(other)).tolist()
    found = passage(index, one, other, [index.ids[entry] for entry in both])
    assert found is not None
    assert (found.text[slice(*found.first)], found.text[slice(*found.second)]) == ("heron", "reeds")
    assert found.text.startswith("Saw the heron and the reeds")
    assert passage(index, one, other, []) is None
    assert passage(index, one, other, [index.ids[both[-1]]]).day == index.days[both[-1]]  # pyright: ignore[reportOptionalMemberAccess]


def test_passages_take_the_nearest(tmp_path: Path) -> None:
    with Journal(tmp_path / "diary") as journal:
        journal.write("A heron. Then rain for hours, and nothing to do. At last reeds.", FIRST, id="far")
        near = journal.write("A heron in the reeds.", FIRST + timedelta(1), id="near")
        journal.write("Reeds, they said, and far away a heron.", FIRST + timedelta(2), id="further")
        index = Associations(journal).index
        words = {keys: number for number, keys in enumerate(index.keys)}
        found = passage(index, words[("heron",)], words[("reed",)], index.ids)
        assert found is not None
        assert (found.entry, found.text) == (near.id, "A heron in the reeds.")
        other = passage(index, words[("heron",)], words[("reed",)], index.ids, {near.id})
        assert other is not None
        assert other.text == "Reeds, they said, and far away a heron."


@pytest.mark.parametrize("room", [10, 30, 90, 500])
def test_excerpts_keep_their_places(room: int) -> None:
    text = (
        "朝、池まで自転車。カエルが一匹、\n物干し竿の上で歌っていた。 The kettle sang before the rain did, and we counted seven sparrows on the wire; "
        "then none. 夜になると電車の音が近くなる。"
    )
    for first in ("池", "kettle", "sparrows", "電車"):
        for second in ("自転車", "竿", "rain", "wire", "音"):
            spans = [(text.index(word), text.index(word) + len(word)) for word in (first, second)]
            said, places = excerpt(text, spans, room)
            assert [said[slice(*place)] for place in places] == [first, second]
            assert "\n" not in said
            for part in said.replace("… ", "…").split("…"):
                assert part in text.replace("\n", " ")


def test_sentences() -> None:
    text = "One. Two?  「三つ。」 four"
    parts = {text[slice(*sentence(text, place))] for place in range(len(text))}
    assert parts == {"One.", "Two?", "「三つ。」", "four"}


def test_a_dream_says_that_it_is_one(journal: Journal) -> None:
    dream = Dream(journal, "heron", letters=80, seed=3)
    assert dream.day == journal.statistics().last + timedelta(1)  # pyright: ignore[reportOptionalOperand]
    pieces = list(dream)
    assert len(pieces) > 1
    told = dream.to_dict()
    assert told["invented"] is True
    assert told["text"] == "".join(pieces)
    assert 0 < len(told["text"]) <= 80 + 20
    assert told["opening"].endswith("heron")
    assert Dream(journal, "heron", letters=80, seed=3).to_dict() == told
    assert Dream(journal, "heron", letters=80, seed=4).to_dict() != told
    diary = "\n".join(entry.text for entry in journal.entries())
    assert told["copied"]["letters"] == 0 or dream.copied.longest in diary


def test_openings_are_beginnings_of_sentences(journal: Journal) -> None:
    begins = {opening(journal, "heron", seed) for seed in range(5)}
    assert begins == {"Saw the heron"}
    assert opening(journal, "telescope", 0) == "Telescope"
    assert opening(journal, "her", 0) == "Her"


def test_a_dream_needs_a_model(tmp_path: Path) -> None:
    with diary(tmp_path / "diary", 20) as journal:
        with pytest.raises(DiaryError, match="no model of this diary yet"):
            Dream(journal, "heron")
        journal.shelf.write(NAME, b"nonsense")
        with pytest.raises(DiaryError, match="damaged"):
            Dream(journal, "heron")


@pytest.mark.parametrize("how", [{"letters": 0}, {"letters": 10**9}, {"temperature": -1}])
def test_dreams_that_cannot_be(journal: Journal, how: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        "".join(Dream(journal, "heron", **how))
