"""How good models get: a law of the loss, fitted to runs of this project.

    loss = best + (unigram - best) · q

`unigram` is the loss by how often each token comes, `best` that by counted sequences of this very text (by counted pairs
for the bigram, which sees no more): so q is the share of the way from the one to the other that is still to go, and the
same law serves English letters and thousands of Japanese ones. It may be below 0: models learn what counting cannot.

    q = a · D^-b · N^-c - u · U^-v,     D = R · U · (1 - e^(-T / (R · U)))

in millions: T tokens learned from with repetition, U tokens of the text, N parameters. D is how much those T are worth,
since reading a text again teaches less each time (the form is of Muennighoff et al. 2023). The less text, the worse counting
does, and the lower q: that is what the last term says (the bigram, which is not compared with sequences, has none).

The best checkpoint counts: a model that begins to learn its text by heart gets worse again, and the law does not follow it
there. In the runs that were measured this began where epochs · √(N / U) passed 15.

Measured and fitted by `python -m benchmarks.quality`: the runs are in benchmarks/results/quality.jsonl.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Law:
    """The constants of one kind of model, and how far off the law was.

    Attributes:
        spread: half the width of the range, in q: four of five runs on texts that had no part in the fit lay within.
        smallest, largest: millions of parameters of the runs that it was fitted to.
    """

    a: float
    b: float
    c: float
    u: float
    v: float
    R: float
    spread: float
    smallest: float
    largest: float

    def q(self, tokens: float, text: float, parameters: float) -> float:
        """The share still to go; all three in numbers, not millions."""
        T, U, N = tokens / 1e6, text / 1e6, parameters / 1e6
        D = self.R * U * -math.expm1(-T / (self.R * U))
        return self.a * D**-self.b * N**-self.c - self.u * U**-self.v


LAWS = {
    "transformer": Law(0.169, 0.494, 0.111, 0.168, 0.2, 14.8, 0.0754, 0.115, 1.18),
    "lstm": Law(0.211, 0.606, 0.262, 0.168, 0.2, 14.8, 0.0796, 0.144, 2.23),
    "gru": Law(0.182, 0.567, 0.262, 0.168, 0.2, 14.8, 0.0796, 0.126, 2.1),
    "rnn": Law(0.159, 0.512, 0.262, 0.168, 0.2, 14.8, 0.0796, 0.0886, 1.84),
    "bigram": Law(0.0229, 0.624, 0.0, 0.0, 0.2, 14.8, 0.0796, 0.0209, 0.788),
}
TEXTS = (0.027, 1.0)  # millions of tokens of the shortest text and of the longest


@dataclass(frozen=True)
class Facts:
    """What the law asks for: the kind of model, tokens of the text and learned from, and losses of counting."""

    model: str
    parameters: int
    text: int
    tokens: int
    unigram: float
    pairs: float
    sequences: float

    @property
    def by_heart(self) -> bool:
        """Whether the end of the run will be worse than its middle, as far as was measured."""
        return self.model != "bigram" and self.tokens / self.text * math.sqrt(self.parameters / self.text) > 15


@dataclass(frozen=True)
class Expected:
    """The loss to expect on text kept aside, in nats a token, and the range in which four of five runs lay.

    Attributes:
        measured: whether the law was fitted to models and texts of about this size; the range is twice as wide where not.
    """

    loss: float
    low: float
    high: float
    measured: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the perplexities beside the losses."""
        losses = {"perplexity": self.loss, "perplexity_low": self.low, "perplexity_high": self.high}
        return asdict(self) | {name: math.exp(min(loss, 700)) for name, loss in losses.items()}


def expected(facts: Facts) -> Expected:
    """The loss to expect at the end of a run."""
    law = LAWS[facts.model]
    sizes = ((facts.parameters, law.smallest, law.largest), (facts.text, *TEXTS))
    measured = all(low / 2 <= size / 1e6 <= 2 * high for size, low, high in sizes)
    best = facts.pairs if facts.model == "bigram" else facts.sequences
    q = min(1.0, law.q(facts.tokens, facts.text, facts.parameters))
    spread = law.spread * (1 if measured else 2)
    low, loss, high = (max(0.0, best + (facts.unigram - best) * at) for at in (q - spread, q, q + spread))
    return Expected(loss, low, high, measured)
