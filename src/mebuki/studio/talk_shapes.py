"""What goes over the wire while one talks: questions in, lines of JSON out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, RootModel

from ..generation.telling import Choice as ToldChoice
from ..generation.telling import Told

LONGEST = 8_000  # letters of a question
MOST = 2_000  # tokens of an answer at a time
TOP = 8  # alternatives that are told
FEW, LEAST = 4, 1e-4  # how many at least, and how likely any more must be
Id = int


class How(BaseModel, extra="forbid"):
    """How a text is written on; see `generation.sampler.Sampling`. A calculator has no choice."""

    tokens: int = Field(default=200, ge=1, le=MOST)
    temperature: float = Field(default=0.8, ge=0, le=4)
    top_k: int = Field(default=0, ge=0, le=1_000_000)
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = Field(default=None, ge=0, le=2**53)


class Ask(BaseModel, extra="forbid"):
    """A question.

    Attributes:
        talk: that it belongs to; None: a new one.
        turn: a further answer in this turn; None: the next turn.
        after: ids that the answer begins with, of the tokens of `base` up to one of them, which may have become another.
        base: the answer that they are from.
        extends: `base` is only gone on with, and its whole is a part of the new answer.
        keep: in a talk; else the answer is nowhere but on its page.
    """

    talk: str | None = Field(default=None, max_length=40)
    turn: int | None = Field(default=None, ge=0, le=1_000_000)
    model: str = Field(max_length=300)
    checkpoint: str = Field("", max_length=60)
    question: str
    after: list[Id] = Field(default=[], max_length=20_000)
    base: int | None = None
    extends: bool = False
    keep: bool = True
    how: How = How()


class Choice(BaseModel):
    """A token that might come: its probability `p` by the model, and `q` with which it would be drawn."""

    id: Id
    token: str
    text: str
    p: float
    q: float

    @classmethod
    def of(cls, choice: ToldChoice) -> Choice:
        return cls(
            id=choice.id, token=choice.token, text=choice.text, p=_short(choice.probability), q=_short(choice.sampled)
        )


class TalkToken(BaseModel):
    """A token that was written. `own`: a reader chose it in the place of another."""

    kind: Literal["token"] = "token"
    place: int
    id: Id
    token: str
    text: str
    p: float
    q: float
    rank: int
    top: list[Choice]
    own: bool = False

    @classmethod
    def of(cls, told: Told) -> TalkToken:
        return cls(
            place=told.place,
            id=told.id,
            token=told.token,
            text=told.text,
            p=_short(told.probability),
            q=_short(told.sampled),
            rank=told.rank,
            top=[
                Choice.of(choice)
                for at, choice in enumerate(told.alternatives)
                if at < FEW or choice.probability > LEAST
            ],
        )

    def instead(self, id: int) -> TalkToken | None:
        """The same place with one of its alternatives chosen; None: it is none of them."""
        found = next((choice for choice in self.top if choice.id == id), None)
        if found is None:
            return None
        rank = 1 + self.top.index(found)
        chosen = {
            "id": id,
            "token": found.token,
            "text": found.text,
            "p": found.p,
            "q": found.q,
            "rank": rank,
            "own": True,
        }
        return self.model_copy(update=chosen)


class WorkedRow(BaseModel):
    """A line of working: `tasks.calculator.showing.Row`."""

    text: str
    latex: str
    part: str
    why: str
    equations: list[str]
    work: list[str]


class Verdict(BaseModel):
    """The checker's; open: there is nothing that could be checked.

    Attributes:
        why: worked_out, reduced, not_worked_out, not_equal, unreadable, none, no_end or stopped.
        truth: the right answer as LaTeX, where another was given.
    """

    state: Literal["right", "wrong", "open"]
    why: str
    truth: str = ""


class Worked(BaseModel):
    """A calculator's answer."""

    rows: list[WorkedRow]
    answer: str
    latex: str
    verdict: Verdict


class Waiting(BaseModel):
    """So many are before."""

    kind: Literal["waiting"] = "waiting"
    before: int


class Begun(BaseModel):
    """The first line: where the answer is kept; nowhere, if it is private."""

    kind: Literal["begun"] = "begun"
    talk: str | None
    answer: int | None
    turn: int | None
    seed: int
    before: list[TalkToken]


class Usage(BaseModel):
    """What an answer took. `wait`: seconds from the turn to the first token."""

    question: int
    tokens: int
    seconds: float
    wait: float


class Done(BaseModel):
    """The last line. `end`: the model came to its end; length: it had no more tokens; stopped."""

    kind: Literal["done"] = "done"
    why: Literal["end", "length", "stopped"]
    usage: Usage
    worked: Worked | None = None


class Refused(BaseModel):
    """The last line, where the question cannot be answered; `code` and its parts as in `refusals`."""

    kind: Literal["refused"] = "refused"
    code: str
    detail: dict[str, str] = {}


class Failed(BaseModel):
    """The last line, where something broke."""

    kind: Literal["failed"] = "failed"
    code: str
    detail: dict[str, Any] = {}


class Streamed(RootModel[Begun | Waiting | TalkToken | Done | Refused | Failed]):
    """One line of the stream."""


class Answer(BaseModel):
    """An answer as it is kept. State: writing, done, stopped, refused, failed, or cut: the studio ended in the middle."""

    id: int
    turn: int
    model: str
    checkpoint: str
    question: str
    state: str
    created: float
    how: How
    result: Done | Refused | Failed | None
    tokens: list[TalkToken]


class TalkHead(BaseModel):
    """What a talk is called, and with which model it is held."""

    id: str
    title: str
    model: str
    checkpoint: str
    created: float
    changed: float


class TalkSummary(TalkHead):
    """A talk in the list."""

    turns: int


class Talk(TalkHead):
    """A whole talk."""

    answers: list[Answer]


def _short(p: float) -> float:
    return float(f"{p:.5g}")
