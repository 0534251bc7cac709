"""An answer is written in a thread of its own, in its turn: each piece is on the disk before it is sent."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import MebukiError
from ..tasks.expressions import truth
from ..tasks.latex import latex
from ..tasks.reading import QuestionError
from .models import Shelf
from .problems import Problem, code_of, reason_of
from .refusals import code_of_refusal
from .speakers import Speaker, Wish
from .talk_line import Full, Left, Line
from .talk_shapes import TOP, Ask, Begun, Done, Failed, Refused, TalkToken, Usage, Verdict, Waiting, Worked, WorkedRow
from .talk_store import Talks

TOGETHER = 0.05  # seconds of tokens that are kept and sent at once
Send = Callable[[list[Any]], None]


@dataclass
class Answering:
    """One answer, from the question to its last line.

    Args:
        talks: where it is kept; None: nowhere.
        left: set when whoever asked has gone, or stopped it.
        send: takes lines for whoever asked.
    """

    ask: Ask
    shelf: Shelf
    line: Line
    talks: Talks | None
    left: threading.Event
    send: Send

    def begin(self) -> Begun:
        """Keep the question. NoTalk: there is no such talk."""
        ask = self.ask
        seed = secrets.randbelow(2**31) if ask.how.seed is None else ask.how.seed
        self.how = ask.how.model_copy(update={"seed": seed})
        before = self._before()
        talk = answer = turn = None
        if self.talks:
            talk, answer, turn = self.talks.ask(
                ask.talk,
                ask.turn,
                ask.model,
                ask.checkpoint,
                ask.question,
                self.how.model_dump(),
                [token.model_dump() for token in before],
                ask.base if ask.extends else None,
            )
        self.answer, self.drawn = answer, list[int]()
        return Begun(talk=talk, answer=answer, turn=turn, seed=seed, before=before)

    def _before(self) -> list[TalkToken]:
        """The tokens of the answer that is gone on from, the last perhaps replaced by one of its alternatives."""
        if not (self.talks and self.ask.base is not None and self.ask.after):
            return []
        there = [TalkToken(**token) for token in self.talks.tokens(self.ask.base)]
        found = []
        for token, id in zip(there, self.ask.after, strict=False):
            chosen = token if token.id == id else token.instead(id)
            if chosen is None:
                break
            found.append(chosen)
        return found

    def run(self) -> None:
        """Write. Whatever happens, the last line says how it ended."""
        last: Done | Refused | Failed
        try:
            with self.line.turn(self.left, lambda before: self.send([Waiting(before=before)])):
                last = self._write(self.shelf.speaker(self.ask.model, self.ask.checkpoint))
        except QuestionError as error:
            code, detail = code_of_refusal(error)
            last = Refused(code=code, detail=detail)
        except Full:
            last = Failed(code="busy", detail={"waiting": self.line.longest})
        except Left:
            last = Done(why="stopped", usage=Usage(question=0, tokens=0, seconds=0, wait=0))
        except Problem as problem:
            last = Failed(code=problem.code, detail=problem.detail)
        except MebukiError as error:
            last = Failed(code=code_of(error), detail=reason_of(error))
        except Exception as error:  # a model that breaks must not leave a page waiting
            last = Failed(code="model_broke", detail={"given": f"{type(error).__name__}: {error}"})
        try:
            self._end(last)
        finally:
            self.send([last])

    def _write(self, speaker: Speaker) -> Done:
        ask, how, begun = self.ask, self.how, time.perf_counter()
        wish = Wish(how.tokens, how.temperature, how.top_k, how.top_p, how.seed or 0)
        size, fresh, wait, sent = speaker.tokens_of(ask.question), [], 0.0, 0.0
        ended = False
        telling = speaker.tell(ask.question, ask.after, wish, TOP)
        try:
            for told in telling:
                token = TalkToken.of(told)
                fresh.append(token)
                self.drawn.append(token.id)
                now = time.perf_counter()
                wait = wait or now - begun
                if now - sent > TOGETHER:
                    self._keep(fresh)
                    fresh, sent = [], now
                if self.left.is_set():
                    break
            else:
                ended = True
        finally:
            if fresh:
                self._keep(fresh)
        usage = Usage(
            question=size, tokens=len(self.drawn), seconds=round(time.perf_counter() - begun, 4), wait=round(wait, 4)
        )
        why = (
            "stopped"
            if not ended
            else "length"
            if speaker.kind != "calculator" and len(self.drawn) >= how.tokens
            else "end"
        )
        return Done(why=why, usage=usage, worked=self._worked(speaker, ended))

    def _keep(self, tokens: list[TalkToken]) -> None:
        """On the disk first, then to whoever asked."""
        if self.talks and self.answer is not None:
            self.talks.add(self.answer, [token.model_dump() for token in tokens])
        self.send(list(tokens))

    def _end(self, last: Done | Refused | Failed) -> None:
        if self.talks and self.answer is not None:
            stopped = isinstance(last, Done) and last.why == "stopped"
            self.talks.end(self.answer, "stopped" if stopped else last.kind, last.model_dump())

    def _worked(self, speaker: Speaker, ended: bool) -> Worked | None:
        """A calculator's answer as it stands, judged if it came to its end."""
        from ..tasks.calculator.showing import board

        if speaker.kind != "calculator":
            return None
        answer = speaker.judged(self.ask.question, [*self.ask.after, *self.drawn])
        assert answer is not None
        rows = [WorkedRow(**vars(row)) for row in board(answer.question, answer.steps)]
        return Worked(rows=rows, answer=answer.answer, latex=answer.latex, verdict=_verdict(answer, ended))


def _verdict(answer: Any, ended: bool) -> Verdict:
    from ..runs.answering import NO_END, NONE

    verdict = answer.verdict
    if not ended:
        return Verdict(state="open", why="stopped")
    if verdict is NO_END:
        return Verdict(state="open", why="no_end")
    if verdict.right:
        return Verdict(state="right", why="reduced" if "/" in answer.answer else "worked_out")
    right = latex(truth(answer.question.expression, answer.question.ask))
    if verdict is NONE:
        return Verdict(state="wrong", why="none", truth=right)
    why = "not_worked_out" if verdict.equal else "unreadable" if verdict.why == "cannot be read" else "not_equal"
    return Verdict(state="wrong", why=why, truth=right)
