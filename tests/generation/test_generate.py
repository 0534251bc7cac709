"""A model to a stream of text: the same seed the same text, whole letters, and stop strings that are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RecipeError
from mebuki.generation.generate import generate, generate_many, readable
from mebuki.generation.sampler import Sampler, Sampling
from mebuki.models import LanguageModel, build, shape_of
from mebuki.text import BytePairs, Characters, Tokenizer

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
TEXT = "The kettle sang. 雨の匂いがしたので、洗濯物を取り込んだ。\nSoup remembers every spoon; カエルは歌う。\n" * 3


class Parrot:
    """A model that says one text by heart, whatever it is asked."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        self.ids = [int(i) for i in tokenizer.encode(text)]
        self.vocabulary = tokenizer.vocabulary_size

    def _say(self, place: int, rows: int) -> np.ndarray:
        logits = np.zeros((rows, self.vocabulary))
        logits[:, self.ids[place % len(self.ids)]] = 100.0
        return logits

    def start(self, ids_BT: np.ndarray) -> tuple[np.ndarray, int]:
        return self._say(0, len(ids_BT)), 0

    def step(self, ids_B: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        return self._say(state + 1, len(ids_B)), state + 1


@cache
def tokenizer(kind: str = "characters") -> Tokenizer:
    return Characters(TEXT) if kind == "characters" else BytePairs.train([TEXT], 280)


@cache
def model(kind: str, vocabulary: int) -> LanguageModel:
    torch.manual_seed(2)
    numbers: dict[str, Any] = {"hidden": 8} if kind == "bigram" else {"width": 16}
    made = build(kind, vocabulary, shape_of(kind, "tiny", context=6, **numbers))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
    return made


@pytest.fixture(params=["with bytes", "letters only", "byte pairs"])
def speaker(request: pytest.FixtureRequest) -> Any:
    """`speaker(kind)`: a model and its tokenizer, with and without byte fallback."""

    def both(kind: str) -> tuple[LanguageModel, Tokenizer]:
        t = tokenizer("byte-pairs" if request.param == "byte pairs" else "characters")
        return model(kind, t.letters if request.param == "letters only" else t.vocabulary_size), t

    return both


def texts(pairs: Iterator[tuple[int, str]], samples: int) -> list[str]:
    found = [""] * samples
    for number, piece in pairs:
        assert piece
        found[number] += piece
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_text(kind: str, speaker: Any) -> None:
    first, second, other = ("".join(generate(*speaker(kind), "The", tokens=40, seed=seed)) for seed in (1, 1, 2))
    assert first == second != other


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_does_not_depend_on_those_beside_it(kind: str, speaker: Any) -> None:
    """Also not when the others end early: here each ends at its first full stop."""
    pair, how = speaker(kind), {"tokens": 30, "seed": 4, "stop": [".", "。"]}
    five = texts(generate_many(*pair, "soup", samples=5, **how), 5)
    assert texts(generate_many(*pair, "soup", samples=2, **how), 2) == five[:2]
    assert "".join(generate(*pair, "soup", **how)) == five[0]
    assert len(set(five)) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_sample_k_is_drawn_by_stream_k(kind: str) -> None:
    t = tokenizer()
    m = model(kind, t.letters)
    found = texts(generate_many(m, t, "rain", samples=3, tokens=20, seed=9), 3)
    history = readable(t, m.vocabulary, "rain")
    sampler, drawn = Sampler(Sampling(), 9, 2), []
    with torch.no_grad():
        logits, state = m.eval().start(torch.tensor([history]))
        for _ in range(20):
            drawn.append(sampler(logits[0].numpy(), history + drawn))
            logits, state = m.step(torch.tensor(drawn[-1:]), state)
    assert t.decode(drawn) == found[2]


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_takes_the_likeliest_of_the_full_forward(kind: str) -> None:
    """Temperature 0, top_k = 1, and the argmax of a full forward over everything so far, beyond the context too."""
    t = tokenizer()
    m = model(kind, t.letters).eval()
    ids = t.encode("The kettle").astype(int).tolist()
    prompt = len(ids)
    with torch.no_grad():
        for _ in range(15):
            ids.append(int(m(torch.tensor([ids]))[0, -1].argmax()))
    expected = t.decode(ids[prompt:])
    assert "".join(generate(m, t, "The kettle", tokens=15, temperature=0)) == expected
    assert "".join(generate(m, t, "The kettle", tokens=15, temperature=1, top_k=1, seed=8)) == expected


PROMPTS = ["", "猫", "🐟", "e\u0301", "\0", "  ", "㍿未知の字ばかり", "The kettle", "<eos>", "あ" * 50, "soup " * 30]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: ascii(prompt)[:12])
def test_any_prompt_will_do(kind: str, prompt: str, speaker: Any) -> None:
    """Unseen letters, nothing, an emoji, more than the context: there is always an answer of whole letters."""
    m, t = speaker(kind)
    pieces = list(generate(m, t, prompt, tokens=12, seed=3))
    assert all(pieces)
    if t.kind == "characters":
        assert len("".join(pieces)) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_and_bare_bytes_are_never_drawn(kind: str) -> None:
    """A wild model over letters, bytes and special tokens: it says letters that it has seen, and those alone."""
    t = tokenizer()
    m = model(kind, t.vocabulary_size)
    found = "".join(generate(m, t, tokens=200, temperature=100, seed=1))
    assert len(found) == 200
    assert set(found) <= set(TEXT)


def test_special_tokens_of_byte_pairs_are_never_drawn() -> None:
    t = tokenizer("byte-pairs")
    wanted = set(t.special.values())

    class Stubborn(Parrot):
        def _say(self, place: int, rows: int) -> torch.Tensor:
            logits = super()._say(place, rows)
            logits[:, list(wanted)] = 1e4
            return logits

    assert "".join(generate(Stubborn(t, "rain"), t, tokens=len(t.encode("rain")))) == "rain"


@pytest.mark.parametrize("kind", ["characters", "byte-pairs"])
def test_pieces_are_whole_letters(kind: str) -> None:
    """A letter that is spread over several tokens comes with the last of them."""
    said = "雨の匂い、🐟と鯨と蟹。Soup!"
    t = Characters(said) if kind == "characters" else tokenizer(kind)
    ids = t.encode(said)
    pieces = list(generate(Parrot(t, said), t, tokens=len(ids)))
    assert "".join(pieces) == said
    assert "\N{REPLACEMENT CHARACTER}" not in said + "".join(pieces)
    assert (len(ids) > len(said)) == (kind == "byte-pairs")


def test_a_letter_cut_by_the_limit_is_shown_as_broken() -> None:
    t = tokenizer("byte-pairs")
    tokens = len(t.encode("鯨"))
    assert tokens > 1
    assert "".join(generate(Parrot(t, "鯨"), t, tokens=tokens - 1)) == "\N{REPLACEMENT CHARACTER}"


def ends_before(text: str, stop: Sequence[str]) -> str:
    """What may be shown: up to the stop string that is complete first, and of several the one that begins first."""
    for end in range(len(text) + 1):
        places = [text[:end].find(s) for s in stop if s in text[:end]]
        if places:
            return text[: min(places)]
    return text


@settings(max_examples=150, deadline=None)
@given(
    said=st.text("ab雨", min_size=1, max_size=12),
    stop=st.lists(st.text("ab雨", min_size=1, max_size=4), max_size=3),
    kind=st.sampled_from(["characters", "byte-pairs"]),
)
def test_stop_strings_are_never_shown(said: str, stop: list[str], kind: str) -> None:
    """Not even their beginnings, however they are split over pieces; and nothing else is swallowed."""
    t = Characters("ab雨") if kind == "characters" else tokenizer(kind)
    pieces = list(generate(Parrot(t, said), t, tokens=len(t.encode(said)), stop=stop))
    assert "".join(pieces) == ends_before(said, stop)


def test_what_can_be_no_stop_string_is_shown_at_once() -> None:
    t = Characters("ab\n")
    seen = []
    for piece in generate(Parrot(t, "aba\nb\n\nbbb"), t, tokens=10, stop=["\n\n"]):
        seen.append(piece)
    assert seen == ["a", "b", "a", "\nb"]


def test_nothing_is_computed_after_every_stream_has_stopped() -> None:
    t = Characters("ab.")
    parrot, steps = Parrot(t, "ab.ab.ab."), []
    plain = parrot.step
    parrot.step = lambda ids, state: steps.append(1) or plain(ids, state)  # type: ignore[method-assign]
    assert texts(generate_many(parrot, t, samples=3, tokens=9, stop=["."]), 3) == ["ab"] * 3
    assert len(steps) == 2


def test_text_comes_as_it_is_drawn() -> None:
    """The first piece is there before the second step is taken."""
    t = Characters("ab")
    parrot, steps = Parrot(t, "abab"), []
    plain = parrot.step
    parrot.step = lambda ids, state: steps.append(1) or plain(ids, state)  # type: ignore[method-assign]
    pieces = generate(parrot, t, tokens=4)
    assert (next(pieces), len(steps), next(pieces), len(steps)) == ("a", 0, "b", 1)


def test_no_tokens_give_no_text() -> None:
    assert list(generate(model("gru", tokenizer().letters), tokenizer(), "The", tokens=0)) == []


@pytest.mark.parametrize(
    "wrong",
    [{"tokens": -1}, {"stop": [""]}, {"top_p": 2}, {"temprature": 1}, {"top_k": -1}],
    ids=str,
)
def test_wrong_numbers_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="allowed"):
        next(generate(model("gru", tokenizer().letters), tokenizer(), "The", **wrong))


def test_no_samples_are_refused() -> None:
    with pytest.raises(RecipeError, match="0 samples"):
        next(generate_many(model("gru", tokenizer().letters), tokenizer(), samples=0))


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_rests_while_a_model_writes(kind: str) -> None:
    """A model in the middle of its training writes the same text as at rest."""
    t = tokenizer()
    numbers: dict[str, Any] = {"hidden": 8} if kind == "bigram" else {"width": 16, "dropout": 0.9}
    m = build(kind, t.letters, shape_of(kind, "tiny", **numbers))
    at_rest = "".join(generate(m.eval(), t, tokens=30, seed=1))
    assert "".join(generate(m.train(), t, tokens=30, seed=1)) == at_rest


def test_prompts_are_read_as_far_as_the_model_can() -> None:
    t = Characters("abc\n")
    assert readable(t, t.letters, "a猫b🐟") == t.encode("ab").tolist()
    assert len(readable(t, t.vocabulary_size, "a猫b")) == 2 + 3
    assert readable(t, t.letters, "猫") == t.encode("\n").tolist()
    assert readable(Characters("xyz"), 3, "") == [0]
