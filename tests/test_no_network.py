"""The law of the house: nothing leaves this computer, but for a word that is explored, once that is allowed."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cut_off
import pytest
from test_house import HOUSE, MODULES, imports
from wiki import pond

from mebuki.cli.diary import COMMANDS
from mebuki.diary.exploring import explore
from mebuki.diary.journal import Journal
from mebuki.samples import diary

DOOR = "diary/fetching.py"
INSIDE = "diary/agent.py"  # sockets between processes of one user
SERVER = ("studio/", "cli/studio.py", "cli/serve.py")  # it listens, and opens a page in the browser
LISTENING = re.compile(r"asyncio|http\.cookies|socket$|webbrowser$")
NETWORK = re.compile(  # what reaches a network
    r"(aiohttp|anyio|asyncio|ftplib|h11|http|httpcore|httpx|huggingface_hub|imaplib|nntplib|poplib|requests|smtplib|socket"
    r"|socketserver|ssl|telnetlib|tornado|urllib|urllib3|webbrowser|websockets|wsgiref|xmlrpc|zmq)\b(?!\.parse)"
)
LINUX = sys.platform == "linux" and platform.machine() in cut_off.SOCKET
WAYS = ["python", pytest.param("kernel", marks=pytest.mark.skipif(not LINUX, reason="another kernel"))]
DIARY = (  # every command of the diary, with what it ends
    ("import FILE", 0),
    ("write 2024-05-01 --text 池の水。 --tag garden", 0),
    ("show 2024-05-01", 0),
    ("edit 2024-05-01 --text 池と水。 --star", 0),
    ("history 2024-05-01", 0),
    ("list -n 3", 0),
    ("search 池", 0),
    ("associate 亮太", 0),
    ("associate 将棋 --hops 2", 0),
    ("words", 0),
    ("words 将棋", 0),
    ("words --rising", 0),
    ("alias スマホ 電話", 0),
    ("stop はず", 0),
    ("interests --svg FOLDER/interests.svg", 0),
    ("grow --steps 2 --minutes 1", 0),
    ("chain ばあちゃん --steps 2 --seed 1", 0),
    ("dream 池 --letters 20 --seed 1", 0),
    ("forget 鉛筆 --dry-run", 0),
    ("explore 水", 2),
    ("explore 池", 0),  # kept from before
    ("explore --allow", 0),
    ("explore --forbid", 0),
    ("on-this-day 2025-05-01", 0),
    ("stats", 0),
    ("delete 2024-05-01", 0),
    ("list --trash", 0),
    ("restore 2024-05-01-", 0),
    ("export FOLDER/out", 0),
    ("export FOLDER/out.jsonl", 0),
    ("export FOLDER/out.json", 0),
    ("export FOLDER/out.txt", 0),
    ("backup", 0),
    ("check", 0),
    ("encrypt --passphrase-file SECRET", 0),
    ("associate 将棋 --passphrase-file SECRET", 0),
    ("passphrase --passphrase-file SECRET --new-passphrase-file OTHER", 0),
    ("unlock --minutes 1 --passphrase-file OTHER", 0),
    ("list -n 1", 0),
    ("lock", 0),
    ("recover", 2),
    ("decrypt --passphrase-file OTHER", 0),
)
ANSWER = ("answer 3*(4+5)-6/2", 0)
OTHERS = (
    ("train BOOK --model bigram --steps 2 --sample-tokens 0 --precision float32 --out FOLDER/run", 0),
    ("generate FOLDER/run R --tokens 3 --seed 1", 0),
    ("evaluate FOLDER/run", 0),
    ("runs FOLDER/run", 0),
    ("runs FOLDER/run --export tensorboard FOLDER/events", 0),
    ("plot FOLDER/run -o FOLDER/curve.svg", 0),
    ("tune BOOK --model bigram --steps 2 --precision float32 --trials 2 --out FOLDER/tuned", 0),
    ("estimate BOOK --model bigram --measure 0.1", 0),
    ("train BOOK --size tiny --context 8 --steps 2 --sample-tokens 0 --precision float32 --out FOLDER/tiny", 0),
    ("export FOLDER/tiny --to huggingface FOLDER/there", 0),
    ("export FOLDER/tiny --to gguf FOLDER/file", 0),
    ("import FOLDER/there --out FOLDER/back", 0),
)


def cut(way: str, lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, cut_off.__file__, way, json.dumps([line.split() for line in lines])],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "MEBUKI_DIARY": str(folder / "diary")},
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )


def test_there_is_one_door() -> None:
    """No module but one imports what reaches a network, and one what reaches another process. The server only listens."""
    found = {}
    for path in MODULES:
        names = {name for name in imports(path) if NETWORK.match(name)}
        place = path.as_posix().split("/mebuki/")[1]
        if place.startswith(SERVER):
            names = {name for name in names if not LISTENING.match(name)}
        if names:
            found[place] = names
    assert set(found) == {DOOR, INSIDE}
    assert found[INSIDE] == {"socket"}
    assert "AF_INET" not in (HOUSE / INSIDE).read_text(encoding="utf-8")


def test_every_command_of_the_diary_is_run_below() -> None:
    """A new one says here how it is run, so that it is looked at."""
    assert {line.split()[0] for line, _ in DIARY} == set(COMMANDS)


def ended(way: str, wanted: Sequence[tuple[str, int]], folder: Path, book: Path) -> str:
    """Run all these, look how each ended; what was printed."""
    lines = [line for line, _ in wanted]
    secrets = {"SECRET": folder / "secret.txt", "OTHER": folder / "other.txt"}
    for name, path in secrets.items():
        path.write_text(f"a long passphrase, {name.lower()}", encoding="utf-8")
    for name, path in {"FILE": diary("ja"), "FOLDER": folder, "BOOK": book, **secrets}.items():
        lines = [line.replace(name, str(path)) for line in lines]
    done = cut(way, lines, folder)
    assert done.returncode == 0, done.stderr[-2000:]
    codes = re.findall(r"^ended with (\d+)$", done.stdout, flags=re.M)
    assert list(map(int, codes)) == [code for _, code in wanted], done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("way", WAYS)
def test_no_command_of_the_diary_reaches_for_a_network(way: str, tmp_path: Path, book: Path) -> None:
    with Journal(tmp_path / "diary") as journal, pond() as wiki:
        explore(journal, "池", ask=lambda question: True, fetch=wiki.instead("https://ja.wikipedia.org"))
    shown = ended(way, [(f"diary {line}", code) for line, code in DIARY] + [ANSWER], tmp_path, book)
    assert "池（いけ）は" in shown  # what was looked up before


def test_nor_do_the_others(tmp_path: Path, book: Path) -> None:
    ended("kernel" if LINUX else "python", OTHERS, tmp_path, book)


@pytest.mark.parametrize("way", WAYS)
def test_what_reaches_for_a_network_is_caught(way: str, tmp_path: Path) -> None:
    Journal(tmp_path / "diary").close()
    done = cut(way, ["diary stats", "diary explore 池 --endpoint http://127.0.0.1:9 --yes", "diary stats"], tmp_path)
    assert done.returncode == (cut_off.CAUGHT if way == "python" else -31)
    assert done.stdout.count("$ mebuki") == 2
