"""What clients of OpenAI send: the fields that mean something here. All others are ignored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema, field_validator

from ..generation.sampler import Sampling
from .openai_errors import ApiError

CHOICES = 128  # texts of one request
TOKENS = 32_768  # that one text may have
PROMPT = 65_536  # tokens of a prompt
CHAT = 200  # tokens of an answer, where none are said
SIGNED = 2**63
LIKELIEST = 1e-9  # top_p 0
STOPS, STOP = 64, 4000  # stop strings, and the letters of all: each is looked for after every token

PROMPTS = {  # what a prompt may be; looked at by hand, for it may be long
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "integer", "minimum": 0}},
        {"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}}},
        {"type": "null"},
    ]
}
LETTERS = {"type": "string", "minLength": 1, "maxLength": STOP}
STOP_STRINGS = {"anyOf": [LETTERS, {"type": "array", "items": LETTERS, "maxItems": STOPS}, {"type": "null"}]}
Number = Annotated[float, Field(allow_inf_nan=False)]


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class Asked(BaseModel):
    """What both endpoints understand."""

    model: str = Field(max_length=500)
    n: int | None = Field(None, ge=1, le=CHOICES)
    stop: Annotated[str | list[str] | None, WithJsonSchema(STOP_STRINGS)] = None
    seed: int | None = Field(None, ge=-SIGNED, lt=SIGNED)
    temperature: Number | None = Field(None, ge=0, le=2)
    top_p: Number | None = Field(None, ge=0, le=1)
    frequency_penalty: Number | None = Field(None, ge=-2, le=2)
    presence_penalty: Number | None = Field(None, ge=-2, le=2)
    top_k: int | None = Field(
        None, ge=-1, le=TOKENS
    )  # this and the next two: not of OpenAI, but of many that have its endpoints
    min_p: Number | None = Field(None, ge=0, le=1)
    repetition_penalty: Number | None = Field(None, ge=1, le=100)
    logit_bias: dict[str, Annotated[Number, Field(ge=-100, le=100)]] | None = Field(None, max_length=1024)
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @field_validator("stop")
    @classmethod
    def _few(cls, stop: str | list[str] | None) -> str | list[str] | None:
        found = [stop] if isinstance(stop, str) else stop or []
        if len(found) > STOPS or not all(found) or sum(map(len, found)) > STOP:
            raise ValueError(f"1 to {STOPS} strings of at least one letter, {STOP} letters in all")
        return stop

    @property
    def stops(self) -> tuple[str, ...]:
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def sampling(self) -> Sampling:
        return Sampling(
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=max(1.0 if self.top_p is None else self.top_p, LIKELIEST),
            top_k=max(self.top_k or 0, 0),
            min_p=self.min_p or 0.0,
            repetition_penalty=self.repetition_penalty or 1.0,
        )

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)

    def bias(self, vocabulary: int) -> dict[int, float]:
        """ApiError: a key is no id of the model."""
        found = {}
        for key, value in (self.logit_bias or {}).items():
            if not (key.isascii() and key.isdigit() and len(key) < 10 and int(key) < vocabulary):
                raise ApiError(400, f"logit_bias: {key[:20]!r} is no id from 0 to {vocabulary - 1}", param="logit_bias")
            found[int(key)] = value
        return found


class CompletionAsked(Asked):
    """`POST /v1/completions`."""

    prompt: Annotated[Any, WithJsonSchema(PROMPTS)] = None
    max_tokens: int | None = Field(None, ge=0, le=TOKENS)
    echo: bool | None = None
    logprobs: int | None = Field(None, ge=0, le=20)
    best_of: int | None = None
    suffix: Annotated[str | None, WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 0}, {"type": "null"}]})] = (
        None
    )

    def prompts(self) -> list[str | list[int]]:
        """Texts, or ids ≥ 0. ApiError: there is none, it is something else, or one too many."""
        given = "" if self.prompt is None else self.prompt
        found = given if isinstance(given, list) and not (given and type(given[0]) is int) else [given]
        if not found or not all(_is_prompt(one) for one in found):
            why = "prompt: a text, texts, ids or lists of ids, none of them empty"
            raise ApiError(400, why, param="prompt", code="invalid_value")
        if len(found) * (self.n or 1) > CHOICES:
            raise ApiError(
                400, f"prompt: more than {CHOICES} texts are asked for", param="prompt", code="invalid_value"
            )
        return found

    def refuse(self) -> None:
        """ApiError: something that is not done here, and that must not be passed over in silence."""
        if self.suffix:
            raise ApiError(400, "suffix: no model here fills gaps", param="suffix", code="unsupported_value")
        if self.best_of is not None and self.best_of != (self.n or 1):
            raise ApiError(400, "best_of: only as many as n", param="best_of", code="unsupported_value")


def _is_prompt(given: Any) -> bool:
    if isinstance(given, str):
        return given.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in given)
    return isinstance(given, list) and bool(given) and all(type(id) is int and id >= 0 for id in given)


class Part(BaseModel):
    type: str
    text: str | None = None
    refusal: str | None = None  # what a model said in place of an answer


def worded(given: str | list[Part] | None, field: str) -> str:
    """ApiError: a part is no text."""
    if not isinstance(given, list):
        return given or ""
    texts = [part.refusal if part.text is None else part.text for part in given]
    for part, text in zip(given, texts, strict=True):
        if text is None:
            raise ApiError(400, f"{field}: models here read no {part.type[:40]}", param=field)
    return "".join(filter(None, texts))


class Kind(BaseModel):
    type: Literal["text"]


class Message(BaseModel):
    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """ApiError: a part is no text."""
        return worded(self.content, "messages")


class ChatAsked(Asked):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1, max_length=10_000)
    max_tokens: int | None = Field(None, ge=0, le=TOKENS)
    max_completion_tokens: int | None = Field(None, ge=0, le=TOKENS)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: Kind | None = None  # no model here was taught another form of answer than text
    tool_choice: Literal["none", "auto"] | None = None  # a tool that may be called is not called
    function_call: Literal["none", "auto"] | None = None
    modalities: list[Literal["text"]] | None = None

    @property
    def limit(self) -> int | None:
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens

    @property
    def top(self) -> int | None:
        """ApiError: likeliest tokens without log-probabilities."""
        if self.top_logprobs and not self.logprobs:
            raise ApiError(400, "top_logprobs: logprobs must be true", param="top_logprobs", code="invalid_value")
        return (self.top_logprobs or 0) if self.logprobs else None

    @property
    def flat(self) -> str:
        """The messages as one text: what they say, one after another, with a line end between; the model goes on after the last."""
        return "\n".join(message.text for message in self.messages)
