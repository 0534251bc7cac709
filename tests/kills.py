"""A program that keeps a diary and is killed at random moments, again and again: what it had acknowledged is there each time.

    python tests/kills.py FOLDER KILLS SEED

The one that is killed announces each thing that it does, and says when it is done. What was announced and not done may have happened or
not; nothing else may differ. Prints what it saw as JSON: acknowledged, the kills by what they struck, and failures.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mebuki.diary import driver, store
from mebuki.diary.encryption import decrypt, encrypt
from mebuki.diary.entries import DiaryError
from mebuki.diary.importing import import_into
from mebuki.diary.index import catch_up
from mebuki.diary.journal import Journal
from mebuki.diary.unlocking import change_passphrase
from mebuki.diary.vault import Cost
from mebuki.errors import MebukiError

WEAK = Cost(memory=64, passes=1, lanes=1)
DAY = date(2026, 11, 21)
MARK = "Zwiebelfisch"  # in every text: a file that holds it is plain
WORDS = [f"Quillfoot{letter}" for letter in "abcdef"]  # that are forgotten at times
RARE = ["encrypt", "decrypt", "passphrase", "forget", "backup", "import"]  # every second kill waits for one of these
MANY = 120  # entries, before the oldest are thrown away

Step = tuple[str, dict[str, Any]]
try:
    driver.sqlcipher()
    ENCRYPTED = True
except DiaryError:
    ENCRYPTED = False


@dataclass
class State:
    """What the diary must hold.

    Attributes:
        texts: sentences, by id.
        trash: ids.
        passphrase: None: it is plain.
        forgotten: words that stand nowhere.
        kept: what lies on the shelf.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    trash: set[str] = field(default_factory=set)
    passphrase: str | None = None
    forgotten: set[str] = field(default_factory=set)
    kept: str = ""

    def after(self, step: Step) -> State:
        """The state after a step, as a reader would expect it."""
        name, given = step
        state = deepcopy(self)
        match name:
            case "write" | "edit":
                state.texts[given["id"]] = given["said"]
            case "import":
                state.texts |= given["entries"]
            case "delete":
                state.trash |= set(given["ids"])
            case "restore":
                state.trash.discard(given["id"])
            case "empty":
                state.texts = {id: said for id, said in state.texts.items() if id not in state.trash}
                state.trash = set()
            case "forget":
                for id, said in list(state.texts.items()):
                    state.texts[id] = [one for one in said if given["word"] not in one]
                    if not state.texts[id]:
                        del state.texts[id]
                        state.trash.discard(id)
                state.forgotten.add(given["word"])
                state.kept = ""
            case "encrypt" | "passphrase":
                state.passphrase = given["to"]
            case "decrypt":
                state.passphrase = None
            case "shelf":
                state.kept = given["content"]
            case _:
                assert name in ("index", "backup", "read")
        for words in ("said", "entries"):
            state.forgotten -= {word for word in WORDS if word in json.dumps(given.get(words, ""))}
        return state


def steps(state: State, chance: random.Random, number: int) -> Iterator[Step]:
    """What a diary is used for, in no order."""
    while True:
        number += 1
        names = (
            ["write"] * 8
            + ["edit"] * 4
            + ["index"] * 2
            + ["import", "delete", "restore", "shelf", "backup", "read", "forget"]
        )
        if ENCRYPTED:
            names += ["encrypt"] * 2 if state.passphrase is None else ["passphrase"] * 2 + ["decrypt"]
        name, ids, given = chance.choice(names), sorted(set(state.texts) - state.trash), dict[str, Any]()
        if len(state.texts) > MANY:
            name = "empty" if len(state.trash) > MANY // 2 else "delete"
        if name in ("edit", "delete"):
            if not ids:
                continue
            given["id"] = chance.choice(ids)
            if name == "delete":
                given = {"ids": ids[: MANY // 2 + 1 if len(state.texts) > MANY else 1]}
        if name == "restore":
            if not state.trash:
                continue
            given["id"] = min(state.trash)
        match name:
            case "write" | "edit":
                given = {"id": f"e{number:06d}", **given, "said": said(chance, number)}
            case "import":
                given["entries"] = {f"i{number:06d}-{place}": said(chance, number)[:1] for place in range(20)}
            case "forget":
                given["word"] = chance.choice(WORDS)
            case "encrypt" | "passphrase":
                given["to"] = f"passphrase number {number}"
            case "shelf":
                given["content"] = f"{MARK} {number} " * 500
            case "backup":
                given["day"] = (DAY + timedelta(chance.randrange(3))).isoformat()
        step = name, given
        yield step
        state = state.after(step)


def said(chance: random.Random, number: int) -> list[str]:
    """The sentences of an entry."""
    word = [f"{chance.choice(WORDS)} came by {number}."] if chance.random() < 0.3 else []
    long = ["Long walk by the pond." * 200] if chance.random() < 0.1 else []
    return [f"{MARK} 雨の日 {number}.", *word, *long]


def do(step: Step, journal: Journal, folder: Path, passphrase: str | None) -> Journal:
    """Do it; when this returns, it has happened for good."""
    name, given = step
    match name:
        case "write":
            journal.write(" ".join(given["said"]), DAY, id=given["id"])
        case "edit":
            journal.edit(given["id"], text=" ".join(given["said"]))
        case "import":
            path = folder.parent / "import.jsonl"
            rows = [{"id": id, "date": str(DAY), "text": " ".join(said)} for id, said in given["entries"].items()]
            path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
            report = import_into(journal, path)
            assert len(report.new) == len(rows), report
        case "delete":
            journal.delete(*given["ids"])
        case "restore":
            journal.restore(given["id"])
        case "empty":
            journal.empty_trash()
        case "index":
            catch_up(journal)
        case "backup":
            journal.back_up(date.fromisoformat(given["day"]))
        case "read":
            journal.search(MARK)
        case "forget":
            journal.forget(given["word"])
        case "shelf":
            journal.shelf.write("model.bin", given["content"].encode())
        case _:
            journal.close()
            if name == "encrypt":
                encrypt(folder, given["to"], cost=WEAK)
            elif name == "decrypt":
                decrypt(folder, passphrase)
            else:
                assert passphrase
                change_passphrase(folder, passphrase, given["to"], cost=WEAK)
            return Journal(folder, passphrase=given.get("to"))
    return journal


def live(folder: Path, state: State, chance: random.Random, number: int, tell: Callable[[Any], None]) -> None:
    """The program that is killed."""
    journal = Journal(folder, passphrase=state.passphrase)
    tell("open")
    for step in steps(state, chance, number):
        tell(step)
        journal = do(step, journal, folder, state.passphrase)
        state = state.after(step)
        tell("done")
        if step[0] == "forget" and not state.passphrase:
            assert not (found := traces(folder, step[1]["word"])), f"{step[1]['word']} in {found} once it was forgotten"
        if step[0] == "encrypt":
            assert not (found := traces(folder, MARK)), f"plain in {found} once it was encrypted"


def killed(folder: Path, state: State, chance: random.Random, number: int) -> tuple[list[Step], Step | None]:
    """Let it live for some steps and milliseconds; what it has acknowledged, and what it was doing."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(ours)
            live(
                folder, state, chance, number, lambda said: os.write(theirs, json.dumps(said).encode() + b"\n") and None
            )
        except BaseException:
            os.write(theirs, json.dumps({"failed": traceback.format_exc()}).encode() + b"\n")
        finally:
            os._exit(1)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as said:
        first, wanted = "", chance.choice(["", "", *RARE])
        for _ in range(24 if wanted else chance.choice([0, 1, 2, 3, 5, 8])):
            first += (line := said.readline())
            if wanted and line.startswith(f'["{wanted}"'):
                break
        time.sleep(chance.choice([10 ** chance.uniform(-3.5, -0.5), chance.uniform(0, 0.4)]))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = [
            json.loads(line) for line in (first + said.read()).split("\n")[:-1]
        ]  # behind the last end is half a line
    if failures := [line["failed"] for line in lines if isinstance(line, dict)]:
        raise RuntimeError(failures[0])
    done, doing = list[Step](), None
    for line in lines:
        if line == "done":
            assert doing
            done.append(doing)
            doing = None
        elif line != "open":
            doing = line[0], line[1]
    return done, doing


def looked_at(folder: Path, state: State, doing: Step | None, *, closely: bool) -> State:
    """Open the diary after a kill; which of the two states it is in that it may be in.

    Raises:
        AssertionError: neither.
    """
    name = doing[0] if doing else ""
    if state.passphrase and name != "decrypt":
        assert not traces(folder, MARK), f"plain in {traces(folder, MARK)}, before it was opened"
    may_be = [state, *([state.after(doing)] if doing else [])]
    for which in may_be:
        try:
            journal = Journal(folder, passphrase=which.passphrase)
            break
        except DiaryError as error:
            told = error
    else:
        raise AssertionError(f"it does not open: {told}")
    with journal:
        found = {entry.id: entry.text for trash in (False, True) for entry in journal.entries(trash=trash)}
        trash = {entry.id for entry in journal.entries(trash=True)}
        same = [one for one in may_be if one.passphrase == which.passphrase]
        fits = [one for one in same if {id: " ".join(s) for id, s in one.texts.items()} == found and one.trash == trash]
        assert fits, f"while it did {name}: {difference(same[0], found)}"
        assert journal.check() == "ok"
        kept = (journal.shelf.read("model.bin") or b"").decode(errors="replace")
        fits = [one for one in fits if one.kept == kept] or (fits if name == "forget" and not kept else [])
        assert fits, f"while it did {name}: the shelf holds {kept[:40]!r}"
        now = deepcopy(fits[0])
        now.kept = kept
        if closely:
            search(journal, now)
            key = journal._key
            for backup in store.backups(folder):
                copy = driver.opened(backup, key)
                assert store.check(copy) == "ok", backup
                copy.close()
    if now.passphrase:
        assert not traces(folder, MARK), f"plain in {traces(folder, MARK)}"
    elif name != "forget":
        for word in now.forgotten:
            assert not traces(folder, word), f"{word} in {traces(folder, word)}"
    left = [path.name for path in folder.rglob("*") if path.name.endswith(".turning")]
    assert not left, left
    return now


def search(journal: Journal, state: State) -> None:
    """The index finds what stands in the texts, and the words are cut."""
    alive = {id: " ".join(said) for id, said in state.texts.items() if id not in state.trash}
    for word in (*WORDS[:2], "雨の"):
        found = {match.entry.id for match in journal.search(word, limit=10**6)}
        assert found == {id for id, text in alive.items() if word in text}, word
    catch_up(journal)


def difference(state: State, found: dict[str, str]) -> str:
    wanted = {id: " ".join(said) for id, said in state.texts.items()}
    lost, new = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    other = [(id, wanted[id][:60], found[id][:60]) for id in wanted if id in found and wanted[id] != found[id]]
    return f"lost {lost[:5]}, new {new[:5]}, different {other[:3]}"


def traces(folder: Path, word: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    wanted = [word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    return [path.name for path in files if any(one in path.read_bytes() for one in wanted)]


def trial(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill it so often; what was seen."""
    chance, state, struck, done = random.Random(seed), State(), Counter[str](), Counter[str]()
    failures, number, start = list[str](), 0, time.monotonic()
    for kill in range(kills):
        number += 10_000
        try:
            acknowledged, doing = killed(folder, state, random.Random(chance.random()), number)
            for step in acknowledged:
                state = state.after(step)
                done[step[0]] += 1
            struck[doing[0] if doing else "opening"] += 1
            state = looked_at(folder, state, doing, closely=kill % 10 == 9)
        except (AssertionError, RuntimeError, MebukiError) as error:
            failures.append(f"kill {kill + 1}: {error}")
            break
    return {
        "kills": sum(struck.values()),
        "encryption": ENCRYPTED,
        "seconds": round(time.monotonic() - start, 1),
        "acknowledged": dict(done.most_common()),
        "struck": dict(struck.most_common()),
        "entries": len(state.texts),
        "failures": failures,
    }


if __name__ == "__main__":
    print(json.dumps(trial(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
