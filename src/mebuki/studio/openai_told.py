"""What clients of OpenAI are told: choices, log-probabilities and usage, whole or in pieces."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..generation.batching import IMPOSSIBLE, Ended, Event, Piece, Scored, Token

if TYPE_CHECKING:
    from ..text.tokenizer import Tokenizer
    from .openai_errors import ApiError

Object = dict[str, Any]


@dataclass(frozen=True)
class Prompt:
    """What is written on from.

    Attributes:
        ids: of the text, also those that the model has no letter for.
        read: what it reads of them.
        begun: whether a beginning was put before the first of them.
    """

    text: str
    ids: Sequence[int]
    read: Sequence[int]
    begun: bool = False


class Names:
    """Tokens as clients see them: their text; `bytes:\\xe3` for a part of a letter; a special token's name."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def bytes(self, id: int) -> bytes:
        return self._tokenizer.token_bytes[id]

    def name(self, id: int) -> str:
        data = self.bytes(id)
        if not data:
            return self._tokenizer.token(id)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in data)

    def places(self, ids: Sequence[int]) -> Iterator[int]:
        """Where in the text each begins."""
        stream, place = self._tokenizer.stream(), 0
        for id in ids:
            yield place
            place += len(stream.push(id))


@dataclass
class Choice:
    """One text as it becomes known; `flush` gives what is new.

    Attributes:
        echo: the prompt, if it is to be repeated.
        names: of tokens, if log-probabilities are wanted.
        why: it ended; empty before.
    """

    index: int
    echo: Prompt | None = None
    names: Names | None = None
    text: str = ""
    tokens: list[Token | None] = field(default_factory=list)  # None: the first of a prompt
    ids: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    why: str = ""
    drawn: int = 0
    error: Exception | None = None
    _scored: list[Token] = field(default_factory=list)
    _begun: bool = False

    def take(self, event: Event) -> None:
        if isinstance(event, Scored):
            self._scored += event.tokens
            return
        self._begin()
        if isinstance(event, Piece):
            self.text += event.text
            before = len(self.echo.text) if self.echo else 0
            for token in event.tokens:
                self._add(token.id, token, before + token.place)
        elif isinstance(event, Ended):
            self.why, self.drawn, self.error = event.why, event.tokens, event.error

    def flush(self) -> tuple[str, list[tuple[int, Token | None, int]]]:
        """Text and tokens (id, with its log-probability, place) since the last time."""
        found = self.text, list(zip(self.ids, self.tokens, self.places, strict=True))
        self.text, self.ids, self.tokens, self.places = "", [], [], []
        return found

    def _begin(self) -> None:
        """The prompt comes before anything else."""
        if self._begun or self.echo is None:
            return
        self._begun, self.text = True, self.echo.text
        if self.names is None:
            return
        known, scored = frozenset(self.echo.read), iter(self._scored)
        coming = next(scored, None)
        foretold = self.echo.begun
        for number, (id, place) in enumerate(zip(self.echo.ids, self.names.places(self.echo.ids), strict=True)):
            if id not in known:
                top = coming.top if coming else ()
                self._add(id, Token(id, IMPOSSIBLE, top) if number else None, place)
            elif not foretold:
                foretold = True
                self._add(id, None, place)
            else:
                self._add(id, coming, place)
                coming = next(scored, None)

    def _add(self, id: int, token: Token | None, place: int) -> None:
        if self.names:
            self.ids.append(id)
            self.tokens.append(token)
            self.places.append(place)


class Form:
    """Answers of one endpoint."""

    kind, chunk_kind, prefix = "", "", ""
    end = "data: [DONE]\n\n"  # of a stream

    def __init__(self, model: str, *, top: int | None, usage: bool) -> None:
        self.top, self._usage = top, usage
        self.base: Object = {
            "id": f"{self.prefix}-{secrets.token_hex(16)}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": f"mebuki-{__version__}",
        }

    def whole(self, choices: Sequence[Choice], usage: Object) -> Object:
        return {**self.base, "object": self.kind, "choices": [self._choice(one) for one in choices], "usage": usage}

    def chunk(self, choice: Choice) -> Object:
        """What is new of a choice."""
        return self._chunk([self._piece(choice)])

    def first(self, count: int) -> list[Object]:
        """Chunks before all others."""
        return []

    def last(self, choices: Sequence[Choice], usage: Object) -> list[Object]:
        """Chunks after all others: that of the usage, if it was asked for."""
        return [{**self._chunk([]), "usage": usage}] if self._usage else []

    def failed(self, error: ApiError) -> list[Object]:
        """Chunks of an error."""
        return [error.content]

    def line(self, content: Object) -> str:
        """A chunk as an event of a stream."""
        return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"

    def _chunk(self, choices: list[Object]) -> Object:
        more = {"usage": None} if self._usage else {}
        return {**self.base, "object": self.chunk_kind, "choices": choices, **more}

    def _choice(self, choice: Choice) -> Object:
        raise NotImplementedError

    def _piece(self, choice: Choice) -> Object:
        raise NotImplementedError


class Completion(Form):
    """`text_completion`."""

    kind = chunk_kind = "text_completion"
    prefix = "cmpl"

    def _choice(self, choice: Choice) -> Object:
        text, tokens = choice.flush()
        logprobs = self._logprobs(choice.names, tokens) if choice.names else None
        return {"index": choice.index, "text": text, "logprobs": logprobs, "finish_reason": choice.why or None}

    _piece = _choice

    def _logprobs(self, names: Names, tokens: list[tuple[int, Token | None, int]]) -> Object:
        return {
            "tokens": [names.name(id) for id, _, _ in tokens],
            "token_logprobs": [token.logprob if token else None for _, token, _ in tokens],
            "top_logprobs": [_top(names, token) if token else None for _, token, _ in tokens],
            "text_offset": [place for _, _, place in tokens],
        }


def _top(names: Names, token: Token) -> dict[str, float]:
    """The likeliest, and the token itself."""
    found: dict[str, float] = {}
    for id, logprob in (*token.top, (token.id, token.logprob)):
        found.setdefault(names.name(id), logprob)
    return found


class Chat(Form):
    """`chat.completion`."""

    kind, chunk_kind, prefix = "chat.completion", "chat.completion.chunk", "chatcmpl"

    def first(self, count: int) -> list[Object]:
        said = {"role": "assistant", "content": ""}
        empty = {"logprobs": None, "finish_reason": None}
        return [self._chunk([{"index": index, "delta": said, **empty}]) for index in range(count)]

    def _choice(self, choice: Choice) -> Object:
        text, tokens = choice.flush()
        message = {"role": "assistant", "content": text, "refusal": None}
        return {"index": choice.index, "message": message, **self._rest(choice, tokens)}

    def _piece(self, choice: Choice) -> Object:
        text, tokens = choice.flush()
        return {"index": choice.index, "delta": {"content": text} if text else {}, **self._rest(choice, tokens)}

    def _rest(self, choice: Choice, tokens: list[tuple[int, Token | None, int]]) -> Object:
        content = [logprob(choice.names, token) for _, token, _ in tokens if token] if choice.names else None
        logprobs = {"content": content, "refusal": None} if choice.names else None
        return {"logprobs": logprobs, "finish_reason": choice.why or None}


def logprob(names: Names, token: Token) -> Object:
    """A token with its log-probability and the likeliest in its place, as chats are told."""

    def one(id: int, logprob: float) -> Object:
        return {"token": names.name(id), "logprob": logprob, "bytes": list(names.bytes(id))}

    return {**one(token.id, token.logprob), "top_logprobs": [one(*other) for other in token.top]}
