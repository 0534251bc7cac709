"""A real studio in a process of its own, and pages of it in a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Running:
    """A studio that runs.

    Attributes:
        address: without the token.
        token: that requests must bring.
        home: folder with `runs`, `diary` and `data` in it.
    """

    home: Path
    port: int = 0
    address: str = ""
    token: str = ""
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        """Start it, at the port that it had before."""
        environment = {**os.environ, "MEBUKI_STUDIO": str(self.home / "data"), "MEBUKI_DIARY": str(self.home / "diary")}
        command = [
            sys.executable,
            "-m",
            "mebuki",
            "studio",
            "--no-browser",
            "--runs",
            str(self.home / "runs"),
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=self.home
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"(http://127\.0\.0\.1:(\d+))/\?token=(\S+)", line):
                self.address, self.port, self.token = found[1], int(found[2]), found[3]
                return
        raise AssertionError("the studio did not start")

    def stop(self, how: int = signal.SIGINT) -> int:
        """End it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(30)
        assert self.process.stdout
        self.process.stdout.close()
        return code

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass
class Seen:
    """What a page did that nobody asked for.

    Attributes:
        elsewhere: addresses of other hosts that it asked.
        errors: of its script, and what it wrote to the console as an error.
    """

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def opened(
    browser: Any, running: Running, path: str = "/", *, language: str = "en", theme: str = "light", width: int = 1280
) -> Any:
    """A page of the studio in a fresh profile; its `seen` says what it did."""
    context = browser.new_context(
        locale="ja-JP" if language == "ja" else "en-GB",
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        timezone_id="Asia/Tokyo",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.seen = Seen()
    page.on(
        "request",
        lambda asked: (
            page.seen.elsewhere.append(asked.url) if not asked.url.startswith((running.address, "blob:")) else None
        ),
    )
    page.on("pageerror", lambda error: page.seen.errors.append(str(error)))
    page.on("console", lambda said: page.seen.errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{running.address}{path}{'&' if '?' in path else '?'}token={running.token}")
    page.wait_for_selector("main h1")
    return page


@dataclass
class Served:
    """A `mebuki serve` that runs.

    Attributes:
        address: that clients are given, with `/v1`.
    """

    models: list[str]
    options: list[str] = field(default_factory=list)
    port: int = 0
    address: str = ""
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "mebuki", "serve", *self.models, "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/v1", line):
                self.address, self.port = found[0], int(found[1])
            if "Ctrl-C" in line:
                return
        raise AssertionError("the server did not start")

    def stop(self) -> int:
        """End it as Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        assert self.process.stdout
        self.process.stdout.close()
        return code
