"""The endpoints that clients of OpenAI know: /v1/models, /v1/completions, /v1/chat/completions, /v1/responses.

They parse, wait and tell; texts are written by `generation.scheduling`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from ..generation.batching import Ended, Scored, Text, TextBatch, Wanted
from ..generation.generate import readable
from ..generation.scheduling import Closed, Full, Scheduler, Told
from ..runs.calculator_batch import CalculatorBatch
from .openai_asked import CHAT, PROMPT, Asked, ChatAsked, CompletionAsked
from .openai_errors import ANSWERS, ApiError, Route, shaped
from .openai_models import Models
from .openai_responses import Answer, ResponseAsked
from .openai_told import Chat, Choice, Completion, Form, Names, Prompt

KNOWN = {"models": "GET, HEAD", "completions": "POST", "chat/completions": "POST", "responses": "POST"}  # and models/…
WRITTEN: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass
class Order:
    """A request that was understood: the texts it wants, and a choice for each.

    Attributes:
        read: tokens of all prompts.
    """

    form: Form
    read: int
    texts: list[Text] = field(default_factory=list)
    choices: dict[Text, Choice] = field(default_factory=dict)

    def add(self, text: Text, echo: Prompt | None, names: Names | None) -> None:
        self.choices[text] = Choice(len(self.texts), echo, names)
        self.texts.append(text)

    @property
    def usage(self) -> dict[str, int]:
        drawn = sum(choice.drawn for choice in self.choices.values())
        return {"prompt_tokens": self.read, "completion_tokens": drawn, "total_tokens": self.read + drawn}


class Serving:
    """What the requests share.

    Args:
        refuse_long: prompts that are longer than the model looks back are refused; else what stands too far back has no effect.
    """

    def __init__(self, models: Models, *, refuse_long: bool = False) -> None:
        self.models, self.scheduler, self.refuse_long = models, Scheduler(), refuse_long

    def stop(self) -> None:
        """Ctrl-C was pressed."""
        self.scheduler.stop()

    def close(self) -> None:
        self.scheduler.close()

    def completion(self, asked: CompletionAsked) -> Order:
        """ApiError, MebukiError: it cannot be done."""
        asked.refuse()
        batch = self.models.open(asked.model)
        form = Completion(asked.model, top=asked.logprobs, usage=asked.wants_usage)
        if isinstance(batch, CalculatorBatch):
            return self._calculation(batch, asked, asked.prompts(), asked.max_tokens, form, bool(asked.echo))
        tokens = 16 if asked.max_tokens is None else asked.max_tokens
        prompts = [self._prompt(batch, one) for one in asked.prompts()]
        return self._order(batch, asked, prompts, tokens, form, bool(asked.echo))

    def chat(self, asked: ChatAsked) -> Order:
        """ApiError, MebukiError: it cannot be done."""
        form = Chat(asked.model, top=asked.top, usage=asked.wants_usage)
        batch = self.models.open(asked.model)
        if isinstance(batch, CalculatorBatch):
            return self._calculation(batch, asked, [asked.messages[-1].text], asked.limit, form, False)
        tokens = CHAT if asked.limit is None else asked.limit
        return self._order(batch, asked, [self._prompt(batch, asked.flat, "messages")], tokens, form, False)

    def response(self, asked: ResponseAsked) -> Order:
        """ApiError, MebukiError: it cannot be done."""
        texts, batch = asked.texts, self.models.open(asked.model)
        form = Answer(asked.model, asked, endless=not isinstance(batch, CalculatorBatch))
        if isinstance(batch, CalculatorBatch):
            return self._calculation(batch, asked, [texts[-1]], asked.max_output_tokens, form, False)
        tokens = CHAT if asked.max_output_tokens is None else asked.max_output_tokens
        return self._order(batch, asked, [self._prompt(batch, "\n".join(texts), "input")], tokens, form, False)

    def _prompt(self, batch: TextBatch, given: str | list[int], field: str = "prompt") -> Prompt:
        """ApiError: an id that is none, or too many; it stands in this field."""
        tokenizer, V = batch.tokenizer, batch.vocabulary
        if isinstance(given, str):
            ids = tokenizer.encode(given).tolist()
            prompt = Prompt(given, ids, readable(tokenizer, V, given))
        else:
            if max(given) >= tokenizer.vocabulary_size:
                allowed = f"ids are 0 to {tokenizer.vocabulary_size - 1}"
                raise ApiError(400, f"prompt: {max(given)} is no id, {allowed}", param="prompt", code="invalid_value")
            known = [id for id in given if id < V]
            begun = known[:1] != given[:1]
            prompt = Prompt(
                tokenizer.decode(given), given, [*(readable(tokenizer, V, "") if begun else []), *known], begun
            )
        most = batch.context if self.refuse_long and batch.context else PROMPT
        if len(prompt.read) > most:
            why = f"{field}: it has {len(prompt.read)} tokens, {most} are allowed"
            raise ApiError(400, why, param=field, code="context_length_exceeded")
        return prompt

    def _order(
        self, batch: TextBatch, asked: Asked, prompts: list[Prompt], tokens: int, form: Form, echo: bool
    ) -> Order:
        order = Order(form, sum(len(prompt.read) for prompt in prompts))
        seed = secrets.randbits(62) if asked.seed is None else asked.seed
        names = Names(batch.tokenizer) if form.top is not None else None
        for prompt in prompts:
            for stream in range(asked.n or 1):
                wanted = Wanted(
                    prompt.read,
                    tokens,
                    asked.sampling,
                    seed,
                    stream,
                    asked.stops,
                    asked.bias(batch.vocabulary),
                    asked.frequency_penalty or 0.0,
                    asked.presence_penalty or 0.0,
                    form.top,
                    echo and names is not None,
                )
                order.add(Text(batch, wanted), prompt if echo else None, names)
        return order

    def _calculation(
        self,
        batch: CalculatorBatch,
        asked: Asked,
        questions: list[str | list[int]] | list[str],
        tokens: int | None,
        form: Form,
        echo: bool,
    ) -> Order:
        if form.top is not None:
            raise ApiError(400, "logprobs: a calculator tells none", param="logprobs", code="unsupported_value")
        order = Order(form, 0)
        for question in questions:
            if not isinstance(question, str):
                raise ApiError(400, "prompt: a calculator reads text", param="prompt", code="unsupported_value")
            wanted = batch.wanted(question, tokens=tokens, stop=asked.stops)
            order.read += len(wanted.posed)
            for _ in range(asked.n or 1):
                order.add(Text(batch, wanted), Prompt(question, (), ()) if echo else None, None)
        return order

    async def answer(self, request: Request, asked: Asked, order: Order) -> Response:
        """Write, until it is done or the client goes away. ApiError: there is no room, or it failed."""
        loop, told = asyncio.get_running_loop(), asyncio.Queue[Told | None]()

        def receive(found: Told) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(told.put_nowait, found)

        for text in order.texts:
            text.receiver = receive
        try:
            self.scheduler.submit(order.texts)
        except Full:
            why = f"{self.scheduler.waiting} texts wait already; ask again in a moment"
            raise ApiError(429, why, code="rate_limit_exceeded") from None
        except Closed:
            raise ApiError(503, "the server is stopping", code="stopping") from None
        watch = asyncio.create_task(_gone(request, told))
        if asked.stream:
            return StreamingResponse(self._lines(order, told, watch), media_type="text/event-stream")
        try:
            while not all(choice.why for choice in order.choices.values()):
                found = await _all(told)
                if found is None:
                    return Response(status_code=499)
                for text, event in found:
                    order.choices[text].take(event)
            for choice in order.choices.values():
                _refuse_broken(choice)
        finally:
            watch.cancel()
            self.scheduler.leave(order.texts)
        return await run_in_threadpool(
            lambda: JSONResponse(order.form.whole(list(order.choices.values()), order.usage))
        )

    async def _lines(
        self, order: Order, told: asyncio.Queue[Told | None], watch: asyncio.Task[None]
    ) -> AsyncIterator[str]:
        """Server-sent events."""
        open, form = len(order.texts), order.form
        try:
            for chunk in form.first(len(order.texts)):
                yield form.line(chunk)
            while open:
                found = await _all(told)
                if found is None:
                    return
                for text, event in found:
                    order.choices[text].take(event)
                    open -= isinstance(event, Ended)
                for text in dict.fromkeys(text for text, event in found if not isinstance(event, Scored)):
                    choice = order.choices[text]
                    _refuse_broken(choice)
                    if choice.echo:  # a long prompt with its log-probabilities takes a while to tell
                        yield await run_in_threadpool(lambda choice=choice: form.line(form.chunk(choice)))
                    else:
                        yield form.line(form.chunk(choice))
            for chunk in form.last(list(order.choices.values()), order.usage):
                yield await run_in_threadpool(form.line, chunk)
        except ApiError as error:
            for chunk in form.failed(error):
                yield form.line(chunk)
        finally:
            watch.cancel()
            self.scheduler.leave(order.texts)
        yield form.end


async def _all(told: asyncio.Queue[Told | None]) -> Told | None:
    """What has become known: the longer nobody looked, the more. None: the client has gone."""
    found = await told.get()
    while found is not None and not told.empty():
        more = told.get_nowait()
        found = None if more is None else [*found, *more]
    return found


async def _gone(request: Request, told: asyncio.Queue[Told | None]) -> None:
    """Say None once the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    told.put_nowait(None)


def _refuse_broken(choice: Choice) -> None:
    if isinstance(choice.error, Closed):
        raise ApiError(503, "the server is stopping", code="stopping")
    if choice.error is not None:
        raise ApiError(500, f"the model broke: {type(choice.error).__name__}", code="model_broke")


def router(serving: Serving) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["openai"], route_class=Route, responses=ANSWERS)

    @routes.head("/models", include_in_schema=False)
    @routes.get("/models")
    def models() -> dict[str, Any]:
        """All models."""
        return {"object": "list", "data": [card.to_dict() for card in serving.models.cards()]}

    @routes.head("/models/{id:path}", include_in_schema=False)
    @routes.get("/models/{id:path}")
    def model(id: str) -> dict[str, Any]:
        """One of them."""
        return serving.models.card(name).to_dict() if (name := id.rstrip("/")) else models()

    @routes.post("/completions/", include_in_schema=False)
    @routes.post("/completions", responses=WRITTEN)
    async def completions(request: Request, asked: CompletionAsked) -> Response:
        """Go on from a prompt."""
        return await serving.answer(request, asked, await run_in_threadpool(serving.completion, asked))

    @routes.post("/chat/completions/", include_in_schema=False)
    @routes.post("/chat/completions", responses=WRITTEN)
    async def chat(request: Request, asked: ChatAsked) -> Response:
        """Go on from messages."""
        return await serving.answer(request, asked, await run_in_threadpool(serving.chat, asked))

    @routes.post("/responses/", include_in_schema=False)
    @routes.post("/responses", responses=WRITTEN)
    async def responses(request: Request, asked: ResponseAsked) -> Response:
        """Go on from what was said."""
        return await serving.answer(request, asked, await run_in_threadpool(serving.response, asked))

    @routes.api_route("/{rest:path}", methods=METHODS, include_in_schema=False)
    def nothing(rest: str) -> Response:
        """Whatever else is asked for."""
        if method := KNOWN.get("models" if rest.startswith("models/") else rest.rstrip("/")):
            return JSONResponse(shaped(405, f"{method} is meant", None, "method_not_allowed"), 405, {"allow": method})
        if rest.startswith("responses/"):
            raise ApiError(404, "answers are not kept here", code="not_kept")
        raise ApiError(404, f"there is no /v1/{rest[:100]} here", code="unknown_url")

    return routes
