"""A stop text may be given alone."""

from __future__ import annotations

import numpy as np
import pytest

from mebuki.errors import RecipeError
from mebuki.generation.generate import generate, generate_many
from mebuki.text import Characters

TOKENIZER = Characters("what is there")
SAID = TOKENIZER.encode("what is there").tolist()


class Says:
    """A model that says `SAID`."""

    vocabulary = TOKENIZER.vocabulary_size

    def start(self, ids_BT):
        return self.step(ids_BT[:, -1], 0)

    def step(self, ids_B, state):
        logits_BV = np.zeros((len(ids_B), self.vocabulary))
        logits_BV[:, SAID[state % len(SAID)]] = 99.0
        return logits_BV, state + 1


def test_a_single_stop_text_is_not_its_letters() -> None:
    assert "".join(generate(Says(), TOKENIZER, tokens=13, temperature=0, stop="the")) == "what is "
    assert "".join(piece for _, piece in generate_many(Says(), TOKENIZER, tokens=13, stop="the")) == "what is "
    assert "".join(generate(Says(), TOKENIZER, tokens=13, temperature=0, stop=["the", "s"])) == "what i"


def test_an_empty_one_is_refused() -> None:
    with pytest.raises(RecipeError, match="stop string is empty"):
        "".join(generate(Says(), TOKENIZER, stop=""))
