"""Telling is generating, with what was chosen among: the same text, gone on with anywhere, probabilities that sum to one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import mebuki
from mebuki.errors import RecipeError
from mebuki.generation.foretelling import foretelling
from mebuki.generation.generate import generate
from mebuki.generation.telling import Told, telling
from mebuki.runs import inspecting
from mebuki.text import BytePairs, Characters

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
HOW: dict[str, Any] = {"temperature": 1.3, "top_k": 30, "top_p": 0.95, "min_p": 0.001, "repetition_penalty": 1.2}


class Spelling:
    """A model that says the bytes of a text by heart."""

    def __init__(self, tokenizer: Any, ids: list[int]) -> None:
        self.ids, self.vocabulary = ids, tokenizer.vocabulary_size

    def _say(self, place: int) -> np.ndarray:
        logits = np.zeros((1, self.vocabulary), np.float32)
        logits[:, self.ids[place % len(self.ids)]] = 100.0
        return logits

    def start(self, ids_BT: np.ndarray) -> tuple[np.ndarray, int]:
        place = ids_BT.shape[1] - 1  # one letter of prompt
        return self._say(place), place

    def step(self, ids_B: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        return self._say(state + 1), state + 1


def texts(told: list[Told]) -> str:
    return "".join(one.text for one in told)


@pytest.mark.parametrize("engine", ["compiled", "torch"])
@pytest.mark.parametrize("kind", KINDS)
def test_telling_is_generating(kind: str, engine: str, runs: Callable[[str], mebuki.Run], kernels: None) -> None:
    """Greedily and drawn, by every model and engine."""
    run = runs(kind)
    told: list[Told] = []
    ways: list[dict[str, Any]] = [{"temperature": 0.0}, {**HOW, "seed": 5}]
    for how in ways:
        told = list(inspecting.telling(run, "雨の", engine=engine, tokens=40, **how))
        assert texts(told) == "".join(run.generate("雨の", engine=engine, tokens=40, **how))
        assert [one.place for one in told] == list(range(40))
    again = list(inspecting.telling(run, "雨の", engine=engine, tokens=40, seed=5, **HOW))
    assert again == told


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_is_never_having_stopped(kind: str, runs: Callable[[str], mebuki.Run]) -> None:
    run = runs(kind)
    how = {**HOW, "seed": 3, "stop": "。"}
    whole = list(inspecting.telling(run, "Grand", tokens=30, **how))
    for stopped in (0, 1, len(whole) // 2):
        ids = [one.id for one in whole[:stopped]]
        rest = list(inspecting.telling(run, "Grand", after=ids, tokens=30 - stopped, **how))
        assert [(one.place, one.id, one.text) for one in rest] == [
            (one.place, one.id, one.text) for one in whole[stopped:]
        ]
        for one, before in zip(rest, whole[stopped:], strict=True):
            assert one.probability == pytest.approx(before.probability, rel=1e-4)


def test_another_token_leads_another_way(runs: Callable[[str], mebuki.Run]) -> None:
    """What is told after a chosen alternative is what stands in the logits after it."""
    run = runs("lstm")
    first = next(inspecting.telling(run, "The", seed=1))
    other = next(choice for choice in first.alternatives if choice.id != first.id)
    told = next(inspecting.telling(run, "The", after=[other.id], tokens=1, engine="torch"))
    ids = [*run.tokenizer.encode("The").tolist(), other.id]
    with torch.no_grad():
        p = run.model(engine="torch")(torch.tensor([ids]))[0, -1].double().softmax(-1)
    for choice in told.alternatives:
        assert choice.probability == pytest.approx(float(p[choice.id]), rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities(kind: str, runs: Callable[[str], mebuki.Run]) -> None:
    """All alternatives together sum to one; the best come first; at temperature 1 only what is never drawn is taken off."""
    run = runs(kind)
    V = run.info["vocabulary"]
    for one in inspecting.telling(run, "and ", tokens=5, top=V, **HOW):
        assert math.isclose(sum(choice.probability for choice in one.alternatives), 1, rel_tol=1e-9)
        assert math.isclose(sum(choice.sampled for choice in one.alternatives), 1, rel_tol=1e-9)
        assert [c.probability for c in one.alternatives] == sorted(
            (c.probability for c in one.alternatives), reverse=True
        )
        assert one.sampled > 0
        assert sum(choice.sampled > 0 for choice in one.alternatives) <= 30
        assert one.alternatives[one.rank - 1].probability == one.probability
    for one in inspecting.telling(run, "and ", tokens=5, temperature=1.0):
        assert len(one.alternatives) == 10
    letters = run.tokenizer.letters
    for one in inspecting.telling(run, "and ", tokens=5, temperature=1.0, top=V):
        drawn = sum(choice.probability for choice in one.alternatives if choice.id < letters)
        for choice in one.alternatives:
            expected = choice.probability / drawn if choice.id < letters else 0.0
            assert choice.sampled == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["letters", "pairs"])
def test_letters_of_several_tokens_come_whole(kind: str) -> None:
    """A letter comes with its last byte, also when it was gone on with within it; one that is cut off becomes U+FFFD."""
    tokenizer = Characters("abc") if kind == "letters" else BytePairs.train(["abc"], 260)
    ids = [int(i) for i in tokenizer.encode("a猫b")]
    model = Spelling(tokenizer, ids)
    if kind == "letters":  # bytes are never drawn there
        assert texts(list(telling(model, tokenizer, "c", after=ids[:4], tokens=1))) == "猫b"[1:]
        return
    told = list(telling(model, tokenizer, "c", tokens=5))
    assert [one.text for one in told] == ["a", "", "", "猫", "b"]
    assert [one.alternatives[0].text for one in told] == ["a", "", "", "", "b"]
    assert told[1].token == "<0xE7>"
    assert [one.text for one in telling(model, tokenizer, "c", after=ids[:3], tokens=2)] == ["猫", "b"]
    assert texts(list(telling(model, tokenizer, "c", tokens=3))) == "a\ufffd"
    assert texts(list(telling(model, tokenizer, "c", tokens=3))) == "".join(generate(model, tokenizer, "c", tokens=3))


def test_stop_strings_are_not_shown() -> None:
    tokenizer = BytePairs.train(["abc"], 260)
    model = Spelling(tokenizer, tokenizer.encode("one two three ").tolist())
    for stop in ("two", ("xyz", "o th"), "never"):
        told = list(telling(model, tokenizer, "c", tokens=20, stop=stop))
        assert texts(told) == "".join(generate(model, tokenizer, "c", tokens=20, stop=stop))
    ids = [one.id for one in telling(model, tokenizer, "c", tokens=20, stop="two")]
    assert list(telling(model, tokenizer, "c", after=ids, tokens=20, stop="two")) == []


def test_a_given_text_is_foretold_as_it_was_told(runs: Callable[[str], mebuki.Run]) -> None:
    for kind in KINDS:
        run = runs(kind)
        told = list(inspecting.telling(run, "rain", tokens=30, seed=2, **HOW))
        found = inspecting.foretelling(run, run.tokenizer.decode([one.id for one in told]), before="rain", **HOW)
        assert [one.id for one in found.tokens] == [one.id for one in told]
        for one, other in zip(found.tokens, told, strict=True):
            assert (one.rank, one.text, one.place) == (other.rank, other.text, other.place)
            assert one.probability == pytest.approx(other.probability, rel=1e-4)
            assert one.sampled == pytest.approx(other.sampled, rel=1e-4)
            assert [c.id for c in one.alternatives] == [c.id for c in other.alternatives]


@pytest.mark.parametrize("kind", KINDS)
def test_foretelling_is_the_forward(kind: str, runs: Callable[[str], mebuki.Run]) -> None:
    """Its loss is the cross-entropy of all positions at once, beyond the context too."""
    run, text = runs(kind), "Grandmother says that soup remembers"
    found = inspecting.foretelling(run, text)
    ids = torch.tensor([run.tokenizer.encode("\n" + text).tolist()])
    with torch.no_grad():
        logits = run.model(engine="torch")(ids[:, :-1])[0].double()
    losses = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
    assert found.loss == pytest.approx(float(losses.mean()), rel=1e-4)
    assert found.perplexity == pytest.approx(math.exp(found.loss))
    own = logits.gather(1, ids[0, 1:, None])
    for one, ahead, near in zip(found.tokens, (logits > own + 1e-4).sum(1), (logits > own - 1e-4).sum(1), strict=True):
        assert ahead < one.rank <= max(near, 1)  # an untrained letter has equals
    assert "".join(one.text for one in found.tokens) == text


def test_letters_that_the_model_lacks_are_counted() -> None:
    tokenizer = Characters("rain")
    model = Spelling(tokenizer, tokenizer.encode("rain").tolist())
    model.vocabulary = tokenizer.letters
    found = foretelling(model, tokenizer, "ra鯨in")
    assert (texts(list(found.tokens)), found.left_out) == ("rain", 3)
    with pytest.raises(RecipeError, match="no letter that the model knows"):
        foretelling(model, tokenizer, "鯨")


@pytest.mark.parametrize(
    "wrong",
    [{"tokens": -1}, {"top": 0}, {"after": [10**6]}, {"after": [-1]}, {"stop": ""}, {"temprature": 1}, {"top_p": 2}],
)
def test_what_is_refused(wrong: dict[str, Any], runs: Callable[[str], mebuki.Run]) -> None:
    with pytest.raises(RecipeError):
        list(inspecting.telling(runs("bigram"), "a", **wrong))


def test_as_json(runs: Callable[[str], mebuki.Run]) -> None:
    told = next(inspecting.telling(runs("bigram"), "a", top=2)).to_dict()
    assert list(told) == ["place", "id", "token", "text", "probability", "sampled", "rank", "alternatives"]
    assert list(told["alternatives"][1]) == ["id", "token", "text", "probability", "sampled"]
