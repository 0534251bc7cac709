"""A first hour with the wheel, as somebody has it who never saw this folder: python release/fresh.py [WHEEL [PYTHON]]

In an environment of its own, a home of its own and an empty folder: every command's help, a model trained, read, exported and served, a
diary, the studio's page, what is told where an extra is missing, and in the end uninstalling. Whatever warns, fails, writes
where the guide (docs/getting-started.md) does not say so, or stays behind, ends it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archives import wheel

WRITTEN = (  # below the home, where programs of this user keep what is theirs
    "home/.cache/mebuki/",
    "home/.cache/matplotlib/",
    "home/.config/matplotlib/",
    "home/.local/share/mebuki/",
    "work/",
)
TOLD = re.compile(r"\n*\(seed \d+\)\n")  # what `generate` says beside the text that it writes
EXTRAS = {
    "encrypted": "diary encrypt",
    "export": "export runs/words-transformer out --to gguf",
    "ja": "diary words --sample ja",
    "tune": "tune words.txt",
}


class Reader:
    """Somebody with a new computer.

    Attributes:
        home: folder with `home`, `work` and `venv` in it.
    """

    def __init__(self, home: Path, python: str) -> None:
        self.home, self.work = home, home / "work"
        for folder in ("home", "work"):
            (home / folder).mkdir()
        subprocess.run([python, "-m", "venv", str(home / "venv")], check=True)
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG", "SSL_"))}
        path = os.pathsep.join([str(home / "venv/bin"), "/usr/bin", "/bin"])
        self.environment = {**kept, "HOME": str(home / "home"), "PATH": path, "COLUMNS": "100"}

    def run(self, command: str, says: str = "", *, code: int = 0, err: str = "") -> str:
        """What a command prints: `says` among it; it ends with `code`, and tells `err` or nothing beside it."""
        print(f"$ {command}", flush=True)
        done = subprocess.run(
            command, shell=True, cwd=self.work, env=self.environment, capture_output=True, text=True, encoding="utf-8"
        )
        beside = TOLD.sub("", done.stderr)
        if done.returncode != code or says not in done.stdout or (err not in beside if err else beside):
            sys.exit(f"it ended with {done.returncode}; wanted: {code} {says!r} {err!r}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def files(self) -> set[str]:
        return {path.relative_to(self.home).as_posix() for path in self.home.rglob("*") if path.is_file()}

    @contextmanager
    def serving(self, command: str) -> Iterator[str]:
        """The address that a server prints."""
        print(f"$ mebuki {command}", flush=True)
        process = subprocess.Popen(
            [self.home / "venv/bin/mebuki", *command.split()],
            cwd=self.work,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        try:
            yield next(line.strip() for line in process.stdout if "http://" in line)
        finally:
            process.terminate()
            process.wait(20)


browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def asked(address: str, body: str = "") -> str:
    request = urllib.request.Request(address, body.encode() or None, {"content-type": "application/json"})
    with browser.open(request, timeout=60) as answer:
        return answer.read().decode()


def use(reader: Reader) -> None:
    """All that a reader does in a first hour."""
    (reader.work / "words.txt").write_text(
        "The rain sang to the pond, and the pond sang back.\n" * 300, encoding="utf-8"
    )
    reader.run("mebuki --version", "mebuki ")
    for group in ("mebuki", "mebuki diary"):
        for name in re.findall(
            r"^  (?!mebuki |--)(\S+) +\S", reader.run(f"{group} --help", f"usage: {group} COMMAND"), re.M
        ):
            reader.run(f"{group} {name} --help", f"usage: {group} {name}")
    reader.run('mebuki answer "3*(4+5)-6/2"', "= 27-3")
    reader.run("mebuki demo --minutes 0.1", "The model is in runs/demo-")
    reader.run("mebuki train words.txt --size tiny --steps 60", "kept in runs/words-transformer")
    reader.run('mebuki generate runs/words-transformer "The rain" --tokens 40', "The rain")
    reader.run("mebuki evaluate runs/words-transformer", "as if choosing")
    reader.run("mebuki plot runs/words-transformer -o curve.svg", "curve.svg")
    reader.run("mebuki export runs/words-transformer model --to huggingface", "100.00% the same")
    reader.run("mebuki import model --out runs/back", "runs/back")
    reader.run('mebuki diary write --text "Rain at the pond. 雨の池。"', "written")
    reader.run("mebuki diary search 池", "雨の池")
    reader.run("mebuki diary associate loaf --sample en", "━")
    for extra, command in EXTRAS.items():
        reader.run(f"mebuki {command}", code=0 if extra == "ja" else 2, err=f'pip install "mebuki[{extra}]"')
    with reader.serving("studio --no-browser --port 0") as address:
        assert "<title>Mebuki" in asked(address)
        base = address.partition("?")[0]
        assert "words-transformer" in asked(f"{base}api/runs")
    with reader.serving("serve runs/words-transformer calculator") as address:
        question = {"model": "calculator", "messages": [{"role": "user", "content": "12*13"}]}
        assert "156" in asked(f"{address}/chat/completions", json.dumps(question))


def main(file: Path, python: str = sys.executable) -> None:
    with tempfile.TemporaryDirectory() as place:
        reader = Reader(Path(place).resolve(), python)
        empty = reader.files()
        reader.run(f"pip install --quiet --no-warn-script-location '{file.resolve()}' 2> pip.log")
        installed = reader.files()
        use(reader)
        strange = {path for path in reader.files() - installed if not path.startswith(WRITTEN)}
        if strange:
            sys.exit(f"written where no guide says so: {sorted(strange)[:10]}")
        reader.run("pip uninstall --quiet --yes mebuki")
        left = {path for path in reader.files() - empty if re.search(r"^venv/.*mebuki", path)}
        if left:
            sys.exit(f"left behind: {sorted(left)[:10]}")
        print("installed, used and uninstalled: nothing failed, nothing warned, nothing is left")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else wheel(), *sys.argv[2:3])
