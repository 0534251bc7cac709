"""Texts that one model writes at once are those that it writes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mebuki.generation.batching import IMPOSSIBLE, Ended, Piece, Scored, Text, TextBatch, Token, Wanted, token_of
from mebuki.generation.choosing import Chooser
from mebuki.generation.foretelling import foretelling
from mebuki.generation.generate import readable
from mebuki.generation.sampler import Sampling
from mebuki.runs.writers import writer
from mebuki.text import BytePairs

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
PROMPTS = ("The kettle sang ", "雨の", "", "Grandmother says that soup remembers every spoon; " * 9)
ENGINES = ("compiled", "scratch", "torch")


@pytest.fixture(params=ENGINES)
def batch_of(request, runs, kernels) -> Callable[..., tuple[Any, TextBatch]]:
    def batch(kind: str, **how: Any) -> tuple[Any, TextBatch]:
        run = runs(kind)
        run.engine = request.param
        return run, TextBatch(writer(run, request.param), run.tokenizer, **how)

    return batch


def text_of(batch: TextBatch, prompt: str, tokens: int = 30, **how: Any) -> Text:
    ids = readable(batch.tokenizer, batch.vocabulary, prompt)
    return Text(batch, Wanted(ids, tokens, **{"sampling": Sampling(temperature=1.0), **how}))


def written(batch: TextBatch, coming: list[Text]) -> dict[Text, list[Any]]:
    """What becomes of texts, of which one more joins after every third turn."""
    told: dict[Text, list[Any]] = {text: [] for text in coming}
    waiting, turn = list(coming), 0
    while waiting or batch.texts:
        if waiting and batch.free and turn % 3 == 0:
            batch.join(waiting.pop(0))
        for text, event in batch.turn():
            told[text].append(event)
        turn += 1
    return told


def shown(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, Piece))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_does_not_depend_on_who_sits_beside_it(batch_of, kind) -> None:
    run, batch = batch_of(kind, seats=3)
    texts = [text_of(batch, prompt, 20 + 5 * n, seed=n) for n, prompt in enumerate(PROMPTS)]
    for n, events in enumerate(written(batch, texts).values()):
        alone = "".join(run.generate(PROMPTS[n], tokens=20 + 5 * n, seed=n, temperature=1.0))
        assert shown(events) == alone
        assert events[-1] == Ended("length", 20 + 5 * n)
        assert sum(isinstance(event, Ended) for event in events) == 1
    assert batch.free == 3


def test_several_of_one_seed_are_those_of_generate_many(batch_of) -> None:
    run, batch = batch_of("transformer", seats=4)
    texts = [text_of(batch, "The ", seed=5, stream=n) for n in range(4)]
    wanted = ["", "", "", ""]
    for n, piece in run.generate_many("The ", samples=4, tokens=30, seed=5, sampling=Sampling(temperature=1.0)):
        wanted[n] += piece
    assert [shown(events) for events in written(batch, texts).values()] == wanted


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_a_scored_prompt_is_as_foretelling_has_it(batch_of, kind) -> None:
    run, batch = batch_of(kind, seats=2)
    prompt = "The kettle sang before the rain did. 雨の匂い" * 3
    text = text_of(batch, prompt, 3, top=4, scored=True)
    events = written(batch, [text])[text]
    tokens = [token for event in events if isinstance(event, Scored) for token in event.tokens]
    ids = run.tokenizer.encode(prompt)
    want = foretelling(writer(run, run.engine), run.tokenizer, prompt[1:], before=prompt[0], top=4).tokens
    assert [token.id for token in tokens] == ids[1:].tolist() == [told.id for told in want]
    assert [token.logprob for token in tokens] == pytest.approx([np.log(told.probability) for told in want], abs=1e-5)
    for token, told in zip(tokens, want, strict=True):
        best = [np.log(choice.probability) for choice in told.alternatives]
        assert [logprob for _, logprob in token.top] == pytest.approx(best, abs=1e-5)
    assert shown(events) == "".join(run.generate(prompt, tokens=3, temperature=1.0))


def test_tokens_lie_where_they_say(batch_of) -> None:
    run, batch = batch_of("transformer")
    text = text_of(batch, "The ", 40, top=0, seed=3, stop=("e✗", " ✗"))  # letters are held back, for these may come
    events = written(batch, [text])[text]
    tokens = [token for event in events if isinstance(event, Piece) for token in event.tokens]
    whole = shown(events)
    assert [whole[token.place] for token in tokens] == [run.tokenizer.decode([token.id]) for token in tokens]


def test_a_stop_string_ends_a_text_and_its_tokens(batch_of) -> None:
    run, batch = batch_of("transformer", stop=("\n",))
    whole = "".join(run.generate("The ", tokens=60, temperature=1.0, seed=2)).split("\n")[0]
    stop = whole[12:15]
    text = text_of(batch, "The ", 60, seed=2, stop=(stop,), top=0)
    events = written(batch, [text])[text]
    want = whole[: whole.index(stop)]
    assert shown(events) == want
    assert events[-1].why == "stop"
    assert sum(len(event.tokens) for event in events if isinstance(event, Piece)) == len(want)


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_who_leaves_frees_a_seat_for_a_fresh_text(batch_of, kind) -> None:
    """To the last bit: nothing of the one before is left."""
    _, batch = batch_of(kind, seats=1)
    first = text_of(batch, "The kettle ", 500)
    texts = [text_of(batch, "雨の", 10, seed=1, top=3) for _ in range(2)]
    fresh = written(batch, texts[:1])[texts[0]]
    batch.join(first)
    for _ in range(5):
        batch.turn()
    batch.leave(first)
    assert (batch.free, batch.texts) == (1, [])
    assert written(batch, texts[1:])[texts[1]] == fresh


class Spelling:
    """A model that says ids by heart, one a step."""

    def __init__(self, ids: list[int], vocabulary: int) -> None:
        self.ids, self.vocabulary = ids, vocabulary

    def _say(self, place: int) -> np.ndarray:
        logits = np.zeros((1, self.vocabulary), np.float32)
        logits[:, self.ids[place % len(self.ids)]] = 100
        return logits

    def start(self, ids_BT: np.ndarray) -> tuple[np.ndarray, int]:
        return self._say(0), 0

    def step(self, ids_B: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        return self._say(state + 1), state + 1


def test_no_letter_is_broken() -> None:
    """Letters of several tokens come whole, with all of their tokens; what a limit cuts is shown as such."""
    tokenizer = BytePairs.train(["a"], 260)
    ids = tokenizer.encode("猫a🐟").tolist()
    batch = TextBatch(Spelling(ids, 260), tokenizer, seats=2)
    whole, cut = text_of(batch, "a", len(ids), top=1), text_of(batch, "a", 6, top=1)
    told = written(batch, [whole, cut])
    assert [(event.text, len(event.tokens)) for event in told[whole][:-1]] == [("猫", 3), ("a", 1), ("🐟", 4)]
    assert [(event.text, len(event.tokens)) for event in told[cut][:-1]] == [("猫", 3), ("a", 1), ("\ufffd", 2)]


def test_bias_and_penalties_are_what_they_are_called(kernels) -> None:
    """Each token against the sum written out: z + bias - frequency · count - presence · [count > 0]."""
    rng = np.random.default_rng(0)
    bias, how = {3: 1.5, 7: -100.0}, Sampling(temperature=0.0)
    chooser = Chooser(how, 9, [1], never=np.array([8]), bias={**bias, 8: 100.0}, frequency=0.3, presence=0.4)
    counts = np.zeros(9)
    for _ in range(60):
        logits_V = rng.standard_normal(9).astype(np.float32)
        z = logits_V - 0.3 * counts - 0.4 * (counts > 0)
        for id, more in bias.items():
            z[id] += more
        z[8] = -np.inf
        token = chooser(logits_V)
        assert token == z.argmax()
        counts[token] += 1
    assert counts[3] > 0 == counts[7] == counts[8]


def test_what_cannot_be_said_in_numbers_is_impossible() -> None:
    assert token_of(0, np.array([np.nan, 1], np.float32), 0).logprob == IMPOSSIBLE
    assert token_of(1, np.array([0, -1e30], np.float32), 1) == Token(1, IMPOSSIBLE, ((0, 0.0),))


def test_nothing_is_drawn_where_nothing_is_wanted(batch_of) -> None:
    _, batch = batch_of("bigram")
    text = text_of(batch, "The ", 0)
    assert written(batch, [text])[text] == [Ended("length", 0)]
