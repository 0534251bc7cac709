"""The picture: well-formed, every interest in it, nothing over anything else, the same bytes each time."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from mebuki.diary.growth_layout import WIDTH, Box, Layout, lay_out, shortened, width_of
from mebuki.diary.growth_picture import picture
from mebuki.diary.growth_words import English, Japanese, language_of
from mebuki.diary.report import Interest, Interests, LeadTo, WordBurst

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {
    "en": ["garden", "Blue Note night", "W", "Plymouth Marine Laboratory of the far north", 'a<b & "c"\'', "iii"],
    "ja": ["緑ヶ池", "走る", "ばあちゃん", "白鳥製作所の長い長い廊下の突き当たりにある小さな窓の外", "茶", "ﾈｺ\x07"],
}


def grown(seed: int, count: int, years: float, language: str = "en") -> Interests:
    """So many interests in so many years, each grown out of an earlier one or of none."""
    rng = np.random.default_rng(seed)
    start = date(2013, 5, 9)
    span = int(365 * years)
    interests: list[Interest] = []
    leads = []
    for number, born in enumerate(sorted(rng.integers(0, span - 30, count).tolist())):
        word = f"{NAMES[language][number % 6]}{number if number >= 6 else ''}"
        last = int(rng.integers(born + 1, span + 1))
        places = sorted({born, last, *rng.integers(born, last + 1, rng.integers(3, 60)).tolist()})
        days = tuple((start + timedelta(place), f"id{place}") for place in places)
        bursts = []
        for _ in range(int(rng.integers(0, 3))):
            low = int(rng.integers(0, max(1, len(days) - 2)))
            some = days[low : low + 6]
            bursts.append(WordBurst(word, some[0][0], some[-1][0], 2, 0.01, bool(rng.random() < 0.5), some))
        earlier = [one for one in interests if one.born < days[0][0]]
        source = earlier[int(rng.integers(len(earlier)))].word if earlier and rng.random() < 0.6 else None
        interests.append(
            Interest(word, days[0][0], days[-1][0], bool(rng.random() < 0.4), days, tuple(bursts), (len(days),), source)
        )
        if source:
            leads.append(LeadTo(source, word, 20.0, 0.001, 0.01, days[0], days[:2], days))
    return Interests("year", start, start + timedelta(span), 500, [], interests, leads)


CASES = [(seed, count, years) for seed in range(3) for count in (1, 2, 7, 24, 60) for years in (0.3, 2, 13)]


def laid(found: Interests, language: str) -> Layout:
    says = Japanese() if language == "ja" else English()
    return lay_out(found, {one.word: says.note(one) for one in found.interests}, says.months, says.month)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("seed", "count", "years"), CASES)
def test_it_is_well_formed_and_whole(seed: int, count: int, years: float, language: str) -> None:
    found = grown(seed, count, years, language)
    svg = picture(found, language=language)
    assert svg == picture(grown(seed, count, years, language), language=language)
    root = ElementTree.fromstring(svg)
    groups = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    assert len(groups) == count
    said = {group.findtext(f"{SVG}text") for group in groups}
    assert said == {shortened(one.word).replace("\x07", "\ufffd") for one in found.interests}
    for group in groups:
        (one,) = (o for o in found.interests if group.findtext(f"{SVG}title", "").startswith(o.word.replace("\x07", "\ufffd") + (": " if language == "en" else "：")))  # fmt: skip
        assert group.get("class") == ("gone" if one.faded else "alive")
        leaves = [path for path in group.iter(f"{SVG}path") if "translate" in path.get("transform", "")]
        leaves += [inner for inner in group.iter(f"{SVG}g") if "scale(0.68" in inner.get("transform", "")]
        assert len(leaves) == len(one.bursts)
        assert (group.find(f"{SVG}ellipse") is None) == (one.source is not None)
    shoots = [path for path in root.iter(f"{SVG}path") if path.get("class", "").startswith("shoot")]
    assert len(shoots) == sum(one.source is not None for one in found.interests)
    assert root.findtext(f"{SVG}title")
    described = root.findtext(f"{SVG}desc", "")
    assert all(lead.word.replace("\x07", "\ufffd") in described for lead in found.leads)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title about"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("seed", "count", "years"), CASES)
def test_nothing_lies_over_a_word(seed: int, count: int, years: float, language: str) -> None:
    found = grown(seed, count, years, language)
    layout = laid(found, language)
    labels = [stem.label for stem in layout.stems]
    bodies = [
        Box(
            stem.born,
            stem.y - max(half for _, half in stem.outline),
            stem.tip,
            stem.y + max(h for _, h in stem.outline),
        )
        for stem in layout.stems
    ]
    leaves = [Box(x - 1, stem.y - 16, x + 14, stem.y) for stem in layout.stems for x in stem.leaves]
    ticks = [Box(x, 0, x + width_of(name, 15 if year else 11.5), 1) for x, name, year in layout.ticks]
    for number, label in enumerate(labels):
        assert 0 <= label.left < label.right <= WIDTH - 24
        assert 110 < label.top < label.bottom < layout.ground
        assert not any(label.meets(other) for other in labels[number + 1 :])
        assert not any(label.meets(body) for body in bodies)
        assert not any(label.meets(leaf) for leaf in leaves)
    for number, tick in enumerate(ticks):
        assert not any(tick.meets(other) for other in ticks[number + 1 :])
    assert not any(body.meets(other) for n, body in enumerate(bodies) for other in bodies[n + 1 :])


@pytest.mark.parametrize(("seed", "count", "years"), CASES)
def test_shoots_rise_forward_and_cross_nothing(seed: int, count: int, years: float) -> None:
    """Each leaves its source's stem where that is, and passes only lanes whose interests are younger."""
    found = grown(seed, count, years)
    layout = laid(found, "en")
    stem_of = {stem.interest.word: stem for stem in layout.stems}
    for stem in layout.stems:
        if stem.root is None:
            assert stem.interest.source is None
            continue
        source = stem_of[stem.interest.source or ""]
        x, y = stem.root
        assert y == source.y > stem.y
        assert source.born <= x <= stem.born
        for other in layout.stems:
            if stem.y < other.y < source.y:
                assert other.interest.born >= stem.interest.born


def test_time_runs_to_the_right() -> None:
    layout = laid(grown(0, 24, 13), "en")
    by_birth = sorted(layout.stems, key=lambda stem: stem.interest.born)
    assert [stem.born for stem in by_birth] == sorted(stem.born for stem in by_birth)
    xs = [x for x, _, _ in layout.ticks]
    assert xs == sorted(xs)
    assert layout.start == xs[0]
    alive = [stem for stem in layout.stems if not stem.interest.faded]
    assert {round(stem.tip, 6) for stem in alive if stem.born < layout.end - 10} == {round(layout.end, 6)}


def test_the_thicker_the_more_days() -> None:
    layout = laid(grown(1, 7, 2), "en")
    for stem in layout.stems:
        halves = [half for _, half in stem.outline]
        assert halves[0] == halves[-1] == min(halves) == 0.8
    assert max(half for stem in layout.stems for _, half in stem.outline) > 4


def test_both_themes_differ_in_colours_alone() -> None:
    found = grown(0, 7, 2)
    light, dark = picture(found), picture(found, dark=True)
    assert light != dark
    assert re.sub(r"#[0-9a-f]{6}", "#", light) == re.sub(r"#[0-9a-f]{6}", "#", dark)
    assert "http" not in light.replace("http://www.w3.org/2000/svg", "")


def test_the_language_is_that_of_most_words() -> None:
    assert language_of(grown(0, 6, 2, "ja")) == "ja"
    assert language_of(grown(0, 6, 2, "en")) == "en"
    assert 'lang="ja"' in picture(grown(0, 6, 2, "ja"))
    assert "何から" in picture(grown(0, 6, 2, "ja"))


@pytest.mark.parametrize("text", ["", "a", "緑ヶ池", "e\u0301", "word " * 40, "語" * 40, "🌱" * 40])
def test_words_are_cut_to_what_has_room(text: str) -> None:
    cut = shortened(text)
    assert width_of(cut, 1) <= 26
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    assert width_of(text, 20) == pytest.approx(2 * width_of(text, 10))
