"""What lies around a word: passages hold both words, bridges are tied to both ends, nets hold nothing that is not claimed."""

from __future__ import annotations

from datetime import date

import pytest

from mebuki.diary import around, months
from mebuki.diary.associations import Associations
from mebuki.diary.entries import DiaryError
from mebuki.diary.importing import import_into
from mebuki.diary.journal import Journal
from mebuki.samples import diary


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    with Journal(tmp_path_factory.mktemp("sample")) as journal:
        import_into(journal, diary("ja"))
        yield Associations(journal)


@pytest.mark.parametrize("word", ["将棋", "棋", "ばあちゃん"])
def test_proofs_hold_both_words(sample, word) -> None:
    tie = sample.of(word)[0]
    found = around.proofs(sample, word, tie.word, tie.days)
    assert [passage.day for passage in found] == [day for day, _ in tie.days]
    for passage in found:
        assert word in passage.text[slice(*passage.first)]
        assert passage.text[slice(*passage.second)]


def test_days_of_a_word_are_those_that_the_search_finds(sample) -> None:
    found = {entry for _, entry in around.days_of(sample, "棋")}
    assert found == {match.entry.id for match in sample.index.journal.search("棋", limit=10_000)}
    with pytest.raises(DiaryError):
        around.days_of(sample, "zzzz")


def test_bridges_are_claimed_on_both_sides(sample) -> None:
    middle = sample.of("ばあちゃん")
    ends = [tie.word for tie in middle if tie.claimed][:2]
    found = around.between(sample, *ends)
    assert "ばあちゃん" in {bridge.through for bridge in found}
    for bridge in found:
        for end, days in zip(ends, (bridge.first, bridge.second), strict=True):
            tie = around.direct(sample, end, bridge.through)
            assert tie
            assert (tie.claimed, tie.days) == (True, days)


def test_a_net_holds_claimed_ties_alone(sample) -> None:
    found = around.net(sample, "ばあちゃん", near=5, beyond=2, keep=["将棋"])
    words = [node.word for node in found.nodes]
    assert words[0] == "ばあちゃん"
    assert "将棋" in words
    assert len(set(words)) == len(words)
    assert sum(node.steps == 1 for node in found.nodes) == 5
    for edge in found.edges:
        assert {edge.one, edge.other} <= set(words)
        there, back = around.direct(sample, edge.one, edge.other), around.direct(sample, edge.other, edge.one)
        assert (there and there.claimed) or (back and back.claimed)


def test_months_count_what_is_there(tmp_path) -> None:
    with Journal(tmp_path) as journal:
        for day, text in ((1, "a" * 10), (2, "b" * 100), (2, "c" * 100), (3, "d" * 30)):
            last = journal.write(text, date(2026, 11, day), star=day == 2)
        found = months.written(journal, date(2026, 11, 1), date(2026, 11, 30))
        assert [(one.date.day, one.entries, one.letters, one.star) for one in found] == [
            (1, 1, 10, False),
            (2, 2, 200, True),
            (3, 1, 30, False),
        ]
        assert [one.lines for one in found] == [1, 4, 1]
        assert months.ends(journal) == (date(2026, 11, 1), date(2026, 11, 3), 3)
        journal.delete(last.id)
        assert months.ends(journal)[2] == 2
