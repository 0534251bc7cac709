"""Runs commands of Mebuki in a process that ends at once when anything in it reaches for a network.

    python cut_off.py python|kernel '[["diary", "list"], …]'

`python`: Python itself tells of every socket, by an audit hook, which nothing can take away or catch. `kernel`: Linux ends the process at
the system call that makes a socket, whatever code makes it, compiled libraries and child processes included.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys

CAUGHT = 97  # the exit code of the first way
SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # Linux's number of the machine, and of the call
ARCHITECTURE, NUMBER, FIRST = 4, 0, 16  # where they stand in what a filter looks at
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
UNIX = 1  # sockets between processes of one computer


def by_python() -> None:
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        within = (event == "socket.__new__" and arguments[1] == UNIX) or (
            event in ("socket.bind", "socket.connect") and isinstance(arguments[1], str | bytes)
        )
        if event.startswith("socket.") and not within:
            print(f"reached for the network: {event} {arguments}", file=sys.stderr, flush=True)
            os._exit(CAUGHT)

    sys.addaudithook(hook)


def by_kernel() -> None:
    architecture, number = SOCKET[platform.machine()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, 5, architecture),
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 0, 3, number),
        (LOAD, 0, 0, FIRST),
        (EQUAL, 1, 0, UNIX),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, filtered = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, filtered, program, 0, 0):
        raise OSError(ctypes.get_errno(), "this kernel takes no filter")


def main() -> int:
    (by_python if sys.argv[1] == "python" else by_kernel)()
    from mebuki.cli import main as commands

    for arguments in json.loads(sys.argv[2]):
        print("$ mebuki", *arguments, flush=True)
        print(f"ended with {commands.main(arguments)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
