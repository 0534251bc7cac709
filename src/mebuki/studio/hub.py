"""What pages are told without asking: one stream of server-sent events a tab, for all topics that it looks at.

A topic is a text as `runs` or `run:rain`; a source gives its state as something JSON can hold. While anybody looks at a topic its state
is read twice a second, and sent when it has changed. A stream begins with every state, so a page that was away has missed nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

Source = Callable[[str], Any]
EVERY = 0.5  # seconds
HEARTBEAT = 15.0  # seconds


class Hub:
    """Sources of topics, and who listens."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self._bells: set[asyncio.Event] = set()
        self._sources: dict[str, Source] = {}
        self._states: dict[str, str] = {}
        self._readers: dict[str, tuple[asyncio.Task[None], set[asyncio.Event]]] = {}

    def source(self, kind: str, source: Source) -> None:
        """Where the states of `kind`, and of `kind:NAME`, come from; called with NAME in a thread."""
        self._sources[kind] = source

    def known(self, topic: str) -> bool:
        return topic.partition(":")[0] in self._sources

    async def stream(self, topics: list[str]) -> AsyncIterator[str]:
        """Server-sent events, until the listener leaves or the server stops."""
        bell = asyncio.Event()
        sent: dict[str, str] = {}
        self._bells.add(bell)
        for topic in topics:
            self._listen(topic, bell)
        number = 0
        try:
            yield "retry: 1000\n\n"
            while not self.closing.is_set():
                for topic in topics:
                    state = self._states.get(topic)
                    if state is not None and sent.get(topic) != state:
                        sent[topic] = state
                        number += 1
                        yield f"id: {number}\nevent: {topic}\ndata: {state}\n\n"
                try:
                    await asyncio.wait_for(bell.wait(), HEARTBEAT)
                    bell.clear()
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._bells.discard(bell)
            for topic in topics:
                self._leave(topic, bell)

    def close(self) -> None:
        """End every stream."""
        self.closing.set()
        for task, _ in self._readers.values():
            task.cancel()
        for bell in self._bells:
            bell.set()

    def _listen(self, topic: str, bell: asyncio.Event) -> None:
        if topic not in self._readers:
            self._readers[topic] = (asyncio.create_task(self._read(topic)), set())
        self._readers[topic][1].add(bell)

    def _leave(self, topic: str, bell: asyncio.Event) -> None:
        task, bells = self._readers[topic]
        bells.discard(bell)
        if not bells:
            task.cancel()
            del self._readers[topic]
            self._states.pop(topic, None)

    async def _read(self, topic: str) -> None:
        kind, _, name = topic.partition(":")
        while True:
            try:
                state = await run_in_threadpool(self._sources[kind], name)
            except Exception as error:  # a folder that went away: the page is told, the stream goes on
                state = {"gone": type(error).__name__}
            text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
            if self._states.get(topic) != text:
                self._states[topic] = text
                for bell in self._readers[topic][1]:
                    bell.set()
            await asyncio.sleep(EVERY)
