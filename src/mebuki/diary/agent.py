"""A diary stays unlocked for some minutes: a process of its own holds the key in memory, tells it to programs of the same person, and ends.

    start(keys, 15 * 60)
    ask(keys.id)             # the key, until then
    forget(keys.id)          # at once

It listens on a socket in a folder that nobody else may enter. The key is on no disk, but where the system swaps memory out.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ..errors import StorageError
from .entries import DiaryError
from .vault import Keys

TELL, FORGET, DONE = b"tell\n", b"forget\n", b"done\n"
KNOWN = hasattr(socket, "AF_UNIX") and hasattr(os, "getuid")  # what Windows has not
BYTES = 32  # of a key
LONGEST = 24 * 60  # minutes
TURN = 5.0  # seconds after which the clock is looked at again, since a computer may sleep


def start(keys: Keys, seconds: float) -> None:
    """Keep the keys for so long, in the place of any time before.

    Raises:
        DiaryError: this system knows no such sockets.
        StorageError: there is no safe place for one, or the process did not start.
    """
    if not KNOWN:
        raise DiaryError("this system cannot keep a diary unlocked", hint="--passphrase-file FILE")
    path = _place() / keys.id
    forget(keys.id)
    environment = {name: value for name, value in os.environ.items() if name != "MEBUKI_PASSPHRASE"}
    environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(place) for place in sys.path if place)
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(path), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=path.parent,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout, contextlib.suppress(BrokenPipeError):
        process.stdin.write(keys.data)
        process.stdin.close()
        if process.stdout.readline() == DONE:
            process.returncode = 0  # it lives on, and is not waited for
            return
    process.wait()
    raise StorageError(f"nothing can keep the key: no socket could be made at {path}")


def ask(id: str) -> Keys | None:
    """The keys of a diary that is unlocked; None: it is not."""
    told = _said(id, TELL)
    return Keys(id, told) if told and len(told) == BYTES else None


def forget(id: str) -> bool:
    """Lock a diary; whether it was unlocked."""
    return _said(id, FORGET) == DONE


def _said(id: str, request: bytes) -> bytes | None:
    if not KNOWN:
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(TURN)
            line.connect(str(_place() / id))
            line.sendall(request)
            found = b""
            while part := line.recv(BYTES):
                found += part
            return found
    except (OSError, StorageError):
        return None


def _place() -> Path:
    """A folder that only its owner may enter.

    Raises:
        StorageError: there is none, or somebody else has made it.
    """
    said = os.environ.get("XDG_RUNTIME_DIR", "")
    place = (
        Path(said, "mebuki") if said and Path(said).is_dir() else Path(tempfile.gettempdir(), f"mebuki-{os.getuid()}")
    )
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        raise StorageError(f"{place} cannot be made: {error.strerror}", hint="setting XDG_RUNTIME_DIR") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StorageError(f"{place} can be entered by others", hint="setting XDG_RUNTIME_DIR")
    return place


def serve(path: Path, seconds: float, key: bytes) -> None:
    """Tell the key to whoever asks, until the time is over or somebody asks to forget it."""
    end, end_by_clock = time.monotonic() + seconds, time.time() + seconds
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.bind(str(path))
        line.listen()
        mine = path.lstat().st_ino
        try:
            print(DONE.decode(), end="", flush=True)
            sys.stdout.close()
            while (left := min(end - time.monotonic(), end_by_clock - time.time())) > 0:
                line.settimeout(min(left, TURN))
                with contextlib.suppress(OSError):
                    caller, _ = line.accept()
                    with caller:
                        caller.settimeout(1.0)
                        asked = caller.recv(16)
                        if asked == FORGET:
                            path.unlink(missing_ok=True)
                            caller.sendall(DONE)
                            return
                        if asked == TELL:
                            caller.sendall(key)
        finally:
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == mine:
                    path.unlink()


def main() -> None:
    """The process itself: `python -m mebuki.diary.agent SOCKET SECONDS`, with the key on standard input."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash writes no memory to the disk
    serve(Path(sys.argv[1]), float(sys.argv[2]), sys.stdin.buffer.read(BYTES))


if __name__ == "__main__":
    main()
