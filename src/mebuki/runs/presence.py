"""What a training process leaves in its run's folder for those who watch, and what it looks for there.

.lock       held while the process lives: who holds it trains (a calculator's is called .training)
.now.json   where it stands, replaced whole about every half second
.stop       somebody's wish that it end after the step, everything saved: "pause" or "stop"

The wish stays after the end, and says how it was meant; whoever goes on takes it away. A file serves every system
alike, and needs no id of a process, which may belong to another one by now.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MebukiError, RunError, StorageError
from .energy import Energy
from .events import Evaluated, Evaluating, Event, Finished, Sampled, Saved, Started, Stepped

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK, NOW, STOP = ".lock", ".now.json", ".stop"
PREPARING = ".preparing.json"  # in a folder that is being written: how far that is
PART = 0.5  # seconds between two writes of .now.json
LOOK = 0.1  # seconds between two looks for .stop
PATIENCE = 1.0  # seconds in which a look at the lock by somebody else is over


class Presence:
    """While entered: the run is held, `.now.json` tells where it stands, and `asked` whether it shall stop.

    Args:
        folder: of the run.
        lock: the name of the file that is held.

    Raises:
        RunError: another process holds it.
        StorageError: the folder cannot be written.
    """

    def __init__(self, folder: Path, lock: str = LOCK) -> None:
        self.folder, self._name = folder, lock
        self._lock: BaseFileLock | None = None
        self._energy = Energy()
        self._written, self._looked, self._asked = 0.0, 0.0, False
        self._now: dict[str, Any] = {"pid": os.getpid(), "doing": "opening", "began": round(time.time(), 3)}

    def __enter__(self) -> Presence:
        import filelock

        lock = filelock.FileLock(self.folder / self._name)
        try:
            lock.acquire(timeout=PATIENCE, poll_interval=0.02)
        except filelock.Timeout:
            raise RunError(
                f"another process is training {self.folder}", hint="wait for it, or stop it with Ctrl-C"
            ) from None
        except OSError as error:
            raise StorageError(
                f"{self.folder} cannot be written: {error.strerror or error}", hint="a folder you may write"
            ) from error
        self._lock = lock
        with contextlib.suppress(OSError):
            if (self.folder / STOP).stat().st_mtime < self._now["began"]:  # a newer wish is meant for this one
                (self.folder / STOP).unlink()
        self._write()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._now["doing"] = "ended"
        if isinstance(error, Exception):
            self._now |= {"why": "failed", "error": told(error)}
        else:
            self._now.setdefault("why", "stopped")
        self._write()
        assert self._lock
        self._lock.release()

    @property
    def asked(self) -> bool:
        """Whether somebody wishes that it stop; looked at no more than ten times a second."""
        if not self._asked and (now := time.monotonic()) - self._looked > LOOK:
            self._looked, self._asked = now, (self.folder / STOP).exists()
        return self._asked

    def tell(self, **facts: Any) -> None:
        """Note where it stands. What is done (`doing`) is written at once when it changes, the rest with the next write."""
        changed = facts.get("doing", self._now["doing"]) != self._now["doing"]
        self._now.update(facts)
        if changed or time.monotonic() - self._written > PART:
            self._write()

    def see(self, event: Event) -> None:
        """Note an event of a training on text."""
        if isinstance(event, Stepped):
            if time.monotonic() - self._written > PART or self._now["doing"] != "training":
                facts = ("step", "loss", "rate", "tokens_per_second", "total", "left", "share")
                self.tell(doing="training", **{name: getattr(event, name) for name in facts})
        elif isinstance(event, Started):
            self.tell(step=event.step, warnings=list(event.warnings))
        elif isinstance(event, Evaluating):
            self.tell(step=event.step, doing="evaluating")
        elif isinstance(event, Evaluated):
            self.tell(step=event.step, doing="writing", perplexity=event.perplexity)
        elif isinstance(event, (Sampled, Saved)):
            self.tell(step=event.step, doing="saving" if isinstance(event, Sampled) else "training")
        elif isinstance(event, Finished):
            self.tell(step=event.step, why=event.why)

    def _write(self) -> None:
        """Replace `.now.json`; training goes on if it cannot be."""
        self._written = time.monotonic()
        self._now |= {"time": round(time.time(), 3), "joules": self._energy.joules()}
        with contextlib.suppress(OSError):
            replace_json(self.folder / NOW, self._now)


def told(error: BaseException) -> dict[str, str]:
    """An error as what was given, what is allowed, what to try."""
    if isinstance(error, MebukiError):
        return {"given": error.given, "allowed": error.allowed, "hint": error.hint}
    return {"given": f"{type(error).__name__}: {error}", "allowed": "", "hint": ""}


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a small file whole, so that who reads sees the old or the new one. It is not flushed to the disk."""
    unfinished = path.with_name(f"{path.name}-{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(content), encoding="ascii")  # names of files need not be UTF-8
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """What a small file says; nothing where it is missing or damaged."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def is_held(path: Path) -> bool:
    """Whether a living process holds this lock. The look lasts microseconds, for which `Presence` waits."""
    try:
        import fcntl
    except ImportError:
        return _is_held_elsewhere(path)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_held_elsewhere(path: Path) -> bool:
    """The same on Windows."""
    import filelock

    if not path.exists():
        return False
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (filelock.Timeout, OSError):
        return True
    lock.release()
    return False
