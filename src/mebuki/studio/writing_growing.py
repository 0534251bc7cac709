"""A diary's model, grown by a process of its own: the pages start it, are told how far it is, and may stop it.

    python -m mebuki.studio.writing_growing FOLDER < keys.json

The keys of an encrypted diary go to it through a pipe; they stand on no disk and in no list of processes. If the studio ends, so does the
process, and what was learned is kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..diary.vault import Keys
from ..errors import MebukiError
from .problems import Problem, code_of

MINUTES = 3.0


class Growth:
    """The process that grows the model of one diary, if one runs.

    Args:
        folder: of the diary.
        keys: gives what it is read with.
    """

    def __init__(self, folder: Path, keys: Callable[[], Keys | None]) -> None:
        self._folder, self._keys = folder, keys
        self._process: subprocess.Popen[str] | None = None
        self._state: dict[str, Any] = {"state": "none"}
        self._gate = threading.Lock()

    def state(self) -> dict[str, Any]:
        """none; growing, with what is done and its share; done, with what came of it; failed, with a code."""
        return self._state

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, minutes: float = MINUTES, anew: bool = False) -> None:
        """Begin, or go on with the model that is there.

        Raises:
            Problem: `growing_already`.
        """
        with self._gate:
            if self.runs:
                raise Problem("growing_already", 409)
            command = [sys.executable, "-m", __name__, str(self._folder)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
            assert self._process.stdin
            keys = self._keys()
            said = {"minutes": minutes, "anew": anew, "id": keys and keys.id, "data": keys and keys.data.hex()}
            self._process.stdin.write(json.dumps(said) + "\n")
            self._process.stdin.flush()  # and it stays open: its end tells that the studio is gone
            self._state = {"state": "growing", "share": 0.0, "loss": None, "sample": ""}
            threading.Thread(target=self._listen, args=(self._process,), name="growing", daemon=True).start()

    def stop(self) -> None:
        """Ask it to end; what was learned is kept."""
        if self.runs and self._process:
            with contextlib.suppress(OSError):
                self._process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            with contextlib.suppress(ValueError):
                self._state = {**self._state, **json.loads(line)}
        process.wait()
        if self._state["state"] == "growing":
            self._state = {"state": "failed", "code": "stopped", "detail": ""}


def grown(folder: Path, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Grow it; what pages are told meanwhile."""
    from ..diary.growing import Growing
    from ..diary.journal import Journal
    from ..runs.events import Evaluated, Sampled, Stepped

    keys = Keys(said["id"], bytes.fromhex(said["data"])) if said["data"] else None
    with Journal(folder, create=False, keys=keys) as journal:
        growing = Growing(journal, minutes=said["minutes"], anew=said["anew"])
        for event in growing.events():
            match event:
                case Stepped():
                    yield {"share": event.share}
                case Evaluated():
                    yield {"loss": event.loss}
                case Sampled():
                    yield {"sample": event.text[:400]}
                case _:
                    pass
        yield {"state": "done", "growth": growing.growth.to_dict()}


def main(folder: str) -> int:
    """Read what is wanted from standard input, and tell of it on standard output, a line of JSON each."""
    said = json.loads(sys.stdin.readline())
    _end_with_the_studio()
    try:
        for state in grown(Path(folder), said):
            print(json.dumps(state), flush=True)
    except MebukiError as error:
        print(json.dumps({"state": "failed", "code": code_of(error), "detail": error.given}), flush=True)
        return 2
    return 0


def _end_with_the_studio() -> None:
    """Ask this process to stop when the pipe from the studio is closed."""

    def wait() -> None:
        sys.stdin.read()
        signal.raise_signal(signal.SIGINT) if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
