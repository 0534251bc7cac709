"""Names and phrases: found where they are, and no others; joining loses no letter."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.diary.phrases import Pieces, join, with_phrases
from mebuki.diary.words import BREAK, CONTENT, pieces


def gathered(texts: list[str]) -> Pieces:
    numbers: dict[str, int] = {}
    rows = [
        (numbers.setdefault(piece.key, len(numbers)), piece.kind, entry, sentence, piece.start, piece.end, 0)
        for entry, text in enumerate(texts)
        for sentence, found in enumerate(pieces(text))
        for piece in found
    ]
    columns = np.array(rows, np.int64).reshape(-1, 7).T
    return Pieces(*columns, keys=[(key,) for key in numbers])


def words(found: Pieces) -> list[str]:
    return ["+".join(found.keys[key]) for key, kind in zip(found.key, found.kind, strict=True) if kind == CONTENT]


def test_names_of_several_pieces() -> None:
    filler = ["緑の葉を見た。", "池に石を投げた。", "Black, no tea.", "The night was long.", "It was blue."] * 4
    filler += ["雨が降って、風が強い。", "Rain fell on roofs, gardens, hills."] * 30
    texts = [*filler, *["緑ヶ池まで歩いた。", "Had black tea at the Blue Note night."] * 5]
    found = words(with_phrases(gathered(texts)))
    for name in ("緑+が+池", "black+tea", "blue+note+night"):
        assert found.count(name) == 5
    assert found.count("緑") == 4
    assert found.count("池") == 4


def test_a_name_with_no_between() -> None:
    """梅の湯 is one word, a friend's house are two."""
    texts = [
        "梅の湯に行った。",
        "梅が咲く。",
        "友人の家は遠い。",
        "友人の話。",
        "友人が来た。",
        "母の家。",
        "家に帰る。",
    ] * 5
    found = words(with_phrases(gathered([*texts, *["雨が降って、風が強い。"] * 30])))
    assert found.count("梅+の+湯") == 5
    assert found.count("梅") == 5
    assert "友人+の+家" not in found


def test_what_is_inflected_is_part_of_no_name() -> None:
    """まわり小さく are two words; 白い in front of a noun may be the beginning of a name."""
    texts = ["まわり小さく書いた。", "柿着いた。", "白い恋人を食べた。", "嬉しがった。"] * 5
    found = words(with_phrases(gathered([*texts, *["雨が降って、風が強い。", "屋根に猫がいた。"] * 30])))
    assert found.count("白い+恋人") == 5
    assert {word for word in found if "+" in word} == {"白い+恋人"}
    assert {"周り", "小さい", "柿", "着く", "嬉しい"} <= set(found)


def test_what_is_rare_is_not_joined() -> None:
    texts = ["rain fell", "rain fell", "sun came", "rain came", "sun fell"] * 2
    assert not any("+" in word for word in words(with_phrases(gathered(texts))))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), min_size=1, max_size=8), st.data())
def test_joining_keeps_all_in_order(texts: list[list[str]], data: st.DataObject) -> None:
    rows = [
        ("abcd".index(letter), CONTENT if letter != "d" else BREAK, entry, place // 7, 2 * place, 2 * place + 1, 0)
        for entry, text in enumerate(texts)
        for place, letter in enumerate(text)
    ]
    before = Pieces(*np.array(rows, np.int64).T, keys=[(letter,) for letter in "abcd"])
    pairs = data.draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
    first, second = np.array(sorted(pairs), np.int64).T
    after = join(before, first, second)
    flat = [letter for key in after.key for letter in after.keys[key]]
    assert flat == [letter for text in texts for letter in text]
    for key, start, end in zip(after.key, after.start, after.end, strict=True):
        assert end - start == 2 * len(after.keys[key]) - 1
        assert len(after.keys[key]) <= 2
    left = after.glued
    for place in np.flatnonzero(left):
        one, other = after.keys[after.key[place - 1]], after.keys[after.key[place]]
        if len(one) == len(other) == 1:
            assert ("abcd".index(one[0]), "abcd".index(other[0])) not in pairs
