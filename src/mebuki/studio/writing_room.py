"""A diary that the pages have open: one thread for what is written and read, another for what is counted, each with a connection of its own.

So a draft never waits for an analysis. What was counted is remembered until the diary changes. Keys of an encrypted diary are in this
process's memory alone, and are forgotten by `lock`.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ..diary import driver, shelf, store
from ..diary.associations import Associations
from ..diary.drafts import Drafts
from ..diary.index import catch_up
from ..diary.journal import Journal
from ..diary.model import NAME as MODEL
from ..diary.unlocking import unlock
from ..diary.vault import Keys, LockedError
from .problems import Problem

T = TypeVar("T")
REMEMBERED = 60  # answers of analyses


class Worker:
    """A thread with a journal that it alone uses, opened when it is first wanted."""

    def __init__(self, name: str, opened: Callable[[], Journal]) -> None:
        self._opened, self._journal = opened, None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def do(self, work: Callable[[Journal], T]) -> T:
        """What the work gives, done in the thread, after all that was asked of it before."""
        return await asyncio.wrap_future(self._thread.submit(self._done, work))

    def _done(self, work: Callable[[Journal], T]) -> T:
        try:
            if self._journal is None:
                self._journal = self._opened()
            return work(self._journal)
        except LockedError:
            raise Problem("locked", 423) from None
        except driver.errors() as error:
            raise store.told(error, self._journal.path if self._journal else Path()) from error

    def later(self, work: Callable[[Journal], object]) -> None:
        """Something that nobody waits for."""
        self._thread.submit(self._done, work)

    async def leave(self) -> None:
        """Close the journal; the next work opens it again."""
        await asyncio.wrap_future(self._thread.submit(self._close))

    def leave_soon(self) -> None:
        self._thread.submit(self._close)

    def _close(self) -> None:
        if self._journal:
            self._journal.close()
            self._journal = None

    def close(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True, cancel_futures=False)


class Room:
    """One diary, for all pages.

    Args:
        folder: of the diary.
        begin: what is done before it is opened first.
        read_only: whether nobody may write in it.

    Attributes:
        entries, analyses: the two threads.
        drafts: who wrote what last.
        revision: grows whenever something in it was changed here.
        reading: entries whose words were read, and how many there are, while they are; None: all are.
        keys: of an encrypted diary that is unlocked.
        backed_up: the day of the last backup that was begun here.
    """

    def __init__(self, folder: Path, *, begin: Callable[[], None] = lambda: None, read_only: bool = False) -> None:
        self.folder, self.read_only = folder, read_only
        self.keys: Keys | None = None
        self.drafts, self.revision = Drafts(), 0
        self.backed_up: date | None = None
        self.reading: tuple[int, int] | None = None
        self._begin, self._begun, self._gate = begin, False, threading.Lock()
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._associations: tuple[int, Associations] | None = None
        self._ending = False
        self._opening = 0  # changes with every lock: what was asked before is not told after
        self.entries, self.analyses = Worker("diary", self._open), Worker("analyses", self._open)

    def _open(self) -> Journal:
        with self._gate:
            if not self._begun:
                self._begin()
                self._begun = True
        return Journal(self.folder, keys=self.keys)

    @property
    def encrypted(self) -> bool:
        return store.is_encrypted(self.folder / store.NAME)

    @property
    def grown(self) -> float:
        """When its model was written last; 0: there is none."""
        try:
            return (self.folder / shelf.PLACE / MODEL).stat().st_mtime
        except OSError:
            return 0.0

    @property
    def locked(self) -> bool:
        return self.encrypted and self.keys is None

    async def read(self, work: Callable[[Journal], T]) -> T:
        """Something about entries, at once.

        Raises:
            Problem: `locked`.
        """
        return await self._told(self.entries, work)

    async def write(self, work: Callable[[Journal], T]) -> T:
        """Change something.

        Raises:
            Problem: `locked`, `read_only`.
        """
        self._writable()
        try:
            return await self._told(self.entries, work)
        finally:
            self.revision += 1

    async def ask(self, name: Hashable, work: Callable[[Associations], T]) -> T:
        """What an analysis finds, or has found since the diary was changed last.

        Args:
            name: of what is asked, with all that it depends on.

        Raises:
            Problem: `locked`.
        """

        def asked(journal: Journal) -> T:
            associations = self._caught_up(journal)
            if name not in self._known:
                self._known[name] = work(associations)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[name]

        return await self._told(self.analyses, asked)

    async def work(self, work: Callable[[Journal], T]) -> T:
        """Something long, beside the analyses."""
        return await self._told(self.analyses, work)

    async def _told(self, worker: Worker, work: Callable[[Journal], T]) -> T:
        opening = self._opening
        if self.locked:
            raise Problem("locked", 423)
        found = await worker.do(work)
        if opening != self._opening:
            raise Problem("locked", 423)
        return found

    def _writable(self) -> None:
        if self.read_only:
            raise Problem("read_only", 403)

    def _caught_up(self, journal: Journal) -> Associations:
        def watch(done: int, all: int) -> None:
            self.go_on()
            self.reading = (done, all) if done < all else None

        (waiting,) = journal.database.execute("SELECT count(*) FROM waiting").fetchone()
        self.reading = (0, waiting) if waiting > 1 else None
        try:
            catch_up(journal, watch)
            (stamp,) = journal.database.execute("SELECT count FROM changes").fetchone()
            if (
                self._associations is None
                or self._associations[0] != stamp
                or self._associations[1].index.journal is not journal
            ):
                self._known.clear()
                self._associations = stamp, Associations(journal)
            return self._associations[1]
        finally:
            self.reading = None

    async def unlock(self, passphrase: str) -> None:
        """Keep the keys.

        Raises:
            Problem: `wrong_passphrase`.
            DiaryError: it is plain.
        """
        try:
            self.keys = await asyncio.to_thread(unlock, self.folder, passphrase)
        except LockedError:
            raise Problem("wrong_passphrase", 403) from None

    def lock(self) -> None:
        """Forget the keys and all that was found with them."""
        self._opening += 1
        self.keys = None
        self.entries.leave_soon()
        self.analyses.leave_soon()
        self._known.clear()
        self._associations = None
        self.drafts = Drafts()

    async def alone(self, work: Callable[[], T]) -> T:
        """Something that nobody else may have the diary open for."""
        self._writable()
        self._known.clear()
        self._associations = None
        await self.entries.leave()
        await self.analyses.leave()
        try:
            return await asyncio.to_thread(work)
        finally:
            self.revision += 1

    def go_on(self, *_: object) -> None:
        """Asked now and then by what takes long.

        Raises:
            Problem: `ending`: the studio ends, and nobody waits for it any more.
        """
        if self._ending:
            raise Problem("ending", 503)

    def close(self) -> None:
        self._ending = True
        self.entries.close()
        self.analyses.close()
