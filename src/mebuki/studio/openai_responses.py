"""`/v1/responses`, the endpoint that newer clients of OpenAI ask: what they send, and what they are told, whole or as events.

Nothing is kept: an answer cannot be fetched again, or gone on from by its id. Who goes on sends what was said before.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError, WithJsonSchema, field_validator

from .openai_asked import TOKENS, Asked, Kind, Part, worded
from .openai_errors import ApiError
from .openai_told import Choice, Form, Object, logprob

LOGPROBS = "message.output_text.logprobs"
SAID = ("message", "function_call_output")
PASSED_OVER = ("reasoning", "function_call")  # items that say nothing to a model here
TEXTS = TypeAdapter[str | list[Part] | None](str | list[Part] | None)
INPUT = {  # looked at by hand: there are many kinds of items, and most mean nothing here
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"role": {"type": "string"}, "content": {"type": "string"}},
                "required": ["role", "content"],
            },
        },
    ]
}


# What is told back has no half letters.
Whole = Annotated[str, AfterValidator(lambda text: text.encode("utf-8", "replace").decode())]


class Item(BaseModel):
    """One thing that was said before. Messages may leave their type out."""

    type: str | None = None
    content: Any = None
    output: Any = None  # of a function, in place of a content

    def said(self) -> str | None:
        """None: nothing to a model here. ApiError: it cannot be read."""
        kind = self.type or "message"
        if kind in PASSED_OVER:
            return None
        if kind == "item_reference":
            why = "input: answers are not kept here; send what they said, as with store: false"
            raise ApiError(400, why, param="input", code="not_kept")
        if kind not in SAID:
            raise ApiError(400, f"input: models here read no {kind[:40]}", param="input")
        try:
            given = TEXTS.validate_python(self.content if kind == "message" else self.output)
        except ValidationError:
            why = "input: what was said is a text, or a list of parts of the type input_text or output_text"
            raise ApiError(400, why, param="input", code="invalid_value") from None
        return worded(given, "input")


class Worded(BaseModel):
    format: Kind | None = None  # no model here was taught another form of answer than text


class ResponseAsked(Asked):
    """`POST /v1/responses`."""

    input: Annotated[str | list[Item], WithJsonSchema(INPUT)]
    instructions: Whole | None = None
    max_output_tokens: int | None = Field(None, ge=0, le=TOKENS)
    top_logprobs: int | None = Field(None, ge=0, le=20)
    include: list[str] | None = None
    text: Worded | None = None
    tool_choice: Literal["none", "auto"] | None = None  # a tool that may be called is not called
    previous_response_id: Literal[""] | None = None  # nothing is kept
    conversation: Literal[""] | None = None
    background: Literal[False] | None = None
    metadata: dict[Whole, Whole] | None = None

    @field_validator("n")
    @classmethod
    def _one(cls, n: int | None) -> int | None:
        if n not in (None, 1):
            raise ValueError("1: there is one text in an answer")
        return n

    @property
    def top(self) -> int | None:
        """ApiError: likeliest tokens without log-probabilities."""
        wanted = LOGPROBS in (self.include or ())
        if self.top_logprobs and not wanted:
            why = f"top_logprobs: include must name {LOGPROBS}"
            raise ApiError(400, why, param="top_logprobs", code="invalid_value")
        return (self.top_logprobs or 0) if wanted else None

    @property
    def texts(self) -> list[str]:
        """What is said, one after another. ApiError: nothing, or something that is no text."""
        given = [self.input] if isinstance(self.input, str) else [item.said() for item in self.input]
        found = [text for text in given if text is not None]
        if not found:
            raise ApiError(400, "input: a text, or messages, at least one", param="input", code="invalid_value")
        return [self.instructions, *found] if self.instructions else found


class Answer(Form):
    """`response`: one text. As a stream it is told with names and numbers, and nothing ends it but its last event.

    Args:
        endless: whether the model never stops by itself: without a limit of the client's own it is then as complete as it gets.
    """

    prefix = "resp"
    end = ""

    def __init__(self, model: str, asked: ResponseAsked, *, endless: bool) -> None:
        super().__init__(model, top=asked.top, usage=True)
        self._endless = endless
        self._asked, self._item, self._number = asked, f"msg_{secrets.token_hex(16)}", 0
        self._text, self._logprobs = "", list[Object]()

    def whole(self, choices: Sequence[Choice], usage: Object) -> Object:
        (choice,) = choices
        self._take(choice)
        return self._response(self._state(choice), usage)

    def first(self, count: int) -> list[Object]:
        begun, place = self._response("in_progress", None), self._place()
        item = {**self._message("in_progress"), "content": []}
        return [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", **place, "part": _part("", [])},
        ]

    def chunk(self, choice: Choice) -> Object:
        text, logprobs = self._take(choice)
        return {"type": "response.output_text.delta", **self._place(), "delta": text, "logprobs": logprobs}

    def last(self, choices: Sequence[Choice], usage: Object) -> list[Object]:
        (choice,) = choices
        state, place, part = self._state(choice), self._place(), _part(self._text, self._logprobs)
        return [
            {"type": "response.output_text.done", **place, "text": self._text, "logprobs": self._logprobs},
            {"type": "response.content_part.done", **place, "part": part},
            {"type": "response.output_item.done", "output_index": 0, "item": self._message(state)},
            {"type": f"response.{state}", "response": self._response(state, usage)},
        ]

    def failed(self, error: ApiError) -> list[Object]:
        why = {"code": "server_error", "message": error.message}
        response = {**self._response("failed", None), "error": why}
        told = {"code": error.code, "message": error.message, "param": error.param}
        return [{"type": "error", **told, **error.content}, {"type": "response.failed", "response": response}]

    def line(self, content: Object) -> str:
        content = {**content, "sequence_number": self._number}
        self._number += 1
        return f"event: {content['type']}\ndata: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"

    def _take(self, choice: Choice) -> tuple[str, list[Object]]:
        """What is new, which is kept for the end."""
        text, tokens = choice.flush()
        names = choice.names
        logprobs = [logprob(names, token) for _, token, _ in tokens if token] if names else []
        self._text += text
        self._logprobs += logprobs
        return text, logprobs

    def _state(self, choice: Choice) -> str:
        whole = choice.why != "length" or (self._endless and self._asked.max_output_tokens is None)
        return "completed" if whole else "incomplete"

    def _place(self) -> Object:
        return {"item_id": self._item, "output_index": 0, "content_index": 0}

    def _message(self, state: str) -> Object:
        state = "incomplete" if state == "failed" else state
        content = [_part(self._text, self._logprobs)]
        return {"type": "message", "id": self._item, "role": "assistant", "status": state, "content": content}

    def _response(self, state: str, usage: Object | None) -> Object:
        asked, sampling, done = self._asked, self._asked.sampling, state != "in_progress"
        used = usage and {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["total_tokens"],
        }
        return {
            "id": self.base["id"].replace("-", "_"),
            "object": "response",
            "created_at": self.base["created"],
            "completed_at": int(time.time()) if state == "completed" else None,
            "status": state,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if state == "incomplete" else None,
            "model": self.base["model"],
            "output": [self._message(state)] if done else [],
            "usage": used,
            "instructions": asked.instructions,
            "max_output_tokens": asked.max_output_tokens,
            "metadata": asked.metadata or {},
            "previous_response_id": None,
            "background": False,
            "store": False,
            "parallel_tool_calls": False,
            "tool_choice": asked.tool_choice or "auto",
            "tools": [],
            "text": {"format": {"type": "text"}},
            "temperature": sampling.temperature,
            "top_p": 1.0 if asked.top_p is None else asked.top_p,
            "top_logprobs": self.top or 0,
            "truncation": "disabled",
            "reasoning": {"effort": None, "summary": None},
        }


def _part(text: str, logprobs: list[Object]) -> Object:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs}
