"""Talks on the disk: what was asked, and what was written, in one SQLite file. What was streamed is there, whatever ends the program.

A talk is a row of turns, each a question with one answer or several: further ones were gone on from a token of another. An answer's
tokens are kept in pieces as they come, each piece whole or not at all; so an answer that was cut off reads as far as it came.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TRASH = 30 * 86400  # seconds that a thrown away talk is kept
TITLE = 48  # letters
SCHEMA = """
CREATE TABLE IF NOT EXISTS talks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, model TEXT NOT NULL, checkpoint TEXT NOT NULL,
    created REAL NOT NULL, changed REAL NOT NULL, thrown REAL
) STRICT;
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, talk TEXT NOT NULL REFERENCES talks ON DELETE CASCADE, turn INTEGER NOT NULL,
    model TEXT NOT NULL, checkpoint TEXT NOT NULL, question TEXT NOT NULL, how TEXT NOT NULL,
    state TEXT NOT NULL, result TEXT NOT NULL DEFAULT 'null', created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS answers_of ON answers (talk, turn, id);
CREATE TABLE IF NOT EXISTS pieces (
    answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, number INTEGER NOT NULL, tokens TEXT NOT NULL,
    PRIMARY KEY (answer, number)
) STRICT, WITHOUT ROWID;
"""
Row = dict[str, Any]


class NoTalk(Exception):
    """There is no such talk, or it was thrown away."""


class Talks:
    """The file.

    Args:
        path: it is made with the first talk.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     talks = Talks(Path(home, "talks.db"))
    ...     talk, answer, _ = talks.ask(None, None, "calculator", "last", "1+2", {})
    ...     talks.add(answer, [{"text": "3"}])
    ...     talks.end(answer, "done", {"answer": "3"})
    ...     found = talks.read(talk)["answers"][0]
    ...     talks.close()
    ...     found["question"], found["tokens"], found["state"]
    ('1+2', [{'text': '3'}], 'done')
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def _open(self) -> Any:
        """The connection, within a transaction of this thread alone."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection as connection:
                yield connection

    def _connect(self) -> sqlite3.Connection:
        self.path.touch(0o600)
        found = sqlite3.connect(self.path, timeout=10, check_same_thread=False)
        found.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            found.execute(f"PRAGMA {pragma}")
        found.executescript(SCHEMA)
        with found:
            found.execute("DELETE FROM talks WHERE thrown < ?", (time.time() - TRASH,))
            found.execute("UPDATE answers SET state = 'cut' WHERE state = 'writing'")
        return found

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def ask(
        self,
        talk: str | None,
        turn: int | None,
        model: str,
        checkpoint: str,
        question: str,
        how: Row,
        before: Iterable[Row] = (),
        extends: int | None = None,
    ) -> tuple[str, int, int]:
        """Begin an answer: ids of the talk and the answer, and the number of the turn.

        Args:
            talk: None: a new one.
            turn: None: the next one; else a further answer in this turn.
            before: tokens that it begins with.
            extends: an answer that is a part of this one from now on.

        Raises:
            NoTalk: there is none.
        """
        now = time.time()
        with self._open() as db:
            if talk is None:
                talk, title = secrets.token_hex(6), _title(question)
                db.execute(
                    "INSERT INTO talks VALUES (?, ?, ?, ?, ?, ?, NULL)", (talk, title, model, checkpoint, now, now)
                )
            changed = db.execute(
                "UPDATE talks SET changed = ?, model = ?, checkpoint = ? WHERE id = ? AND thrown IS NULL",
                (now, model, checkpoint, talk),
            )
            if not changed.rowcount:
                raise NoTalk(talk)
            if turn is None:
                (turn,) = db.execute(
                    "SELECT coalesce(max(turn) + 1, 0) FROM answers WHERE talk = ?", (talk,)
                ).fetchone()
            answer = db.execute(
                "INSERT INTO answers (talk, turn, model, checkpoint, question, how, state, created) "
                "VALUES (?, ?, ?, ?, ?, ?, 'writing', ?)",
                (talk, turn, model, checkpoint, question, json.dumps(how), now),
            ).lastrowid
            if before := list(before):
                db.execute("INSERT INTO pieces VALUES (?, 0, ?)", (answer, _json(before)))
            if extends is not None:
                db.execute("DELETE FROM answers WHERE id = ? AND talk = ?", (extends, talk))
        assert answer is not None
        assert turn is not None
        return talk, answer, turn

    def add(self, answer: int, tokens: list[Row]) -> None:
        """More of an answer; when this returns, it is on the disk."""
        with self._open() as db:
            db.execute(
                "INSERT INTO pieces SELECT id, (SELECT coalesce(max(number) + 1, 0) FROM pieces WHERE answer = answers.id), ? "
                "FROM answers WHERE id = ?",
                (_json(tokens), answer),
            )

    def end(self, answer: int, state: str, result: Row | None) -> None:
        """Say how an answer ended: done, stopped, refused or failed."""
        with self._open() as db:
            db.execute("UPDATE answers SET state = ?, result = ? WHERE id = ?", (state, _json(result), answer))
            db.execute(
                "UPDATE talks SET changed = ? WHERE id = (SELECT talk FROM answers WHERE id = ?)", (time.time(), answer)
            )

    def list(self) -> list[Row]:
        """All talks, the latest first."""
        with self._open() as db:
            rows = db.execute(
                "SELECT id, title, model, checkpoint, created, changed, "
                "(SELECT count(DISTINCT turn) FROM answers WHERE talk = talks.id) AS turns "
                "FROM talks WHERE thrown IS NULL ORDER BY changed DESC, id"
            ).fetchall()
        return [dict(row) for row in rows]

    def read(self, talk: str) -> Row:
        """A talk with its answers, in the order of their turns.

        Raises:
            NoTalk: there is none.
        """
        with self._open() as db:
            found = db.execute(
                "SELECT id, title, model, checkpoint, created, changed FROM talks WHERE id = ? AND thrown IS NULL",
                (talk,),
            ).fetchone()
            if found is None:
                raise NoTalk(talk)
            rows = db.execute("SELECT * FROM answers WHERE talk = ? ORDER BY turn, id", (talk,)).fetchall()
            pieces = db.execute(
                "SELECT answer, tokens FROM pieces WHERE answer IN (SELECT id FROM answers WHERE talk = ?) "
                "ORDER BY answer, number",
                (talk,),
            ).fetchall()
        tokens: dict[int, list[Row]] = {}
        for piece in pieces:
            tokens.setdefault(piece["answer"], []).extend(json.loads(piece["tokens"]))
        answers = [
            {
                **{name: row[name] for name in ("id", "turn", "model", "checkpoint", "question", "state", "created")},
                "how": json.loads(row["how"]),
                "result": json.loads(row["result"]),
                "tokens": tokens.get(row["id"], []),
            }
            for row in rows
        ]
        return {**dict(found), "answers": answers}

    def tokens(self, answer: int) -> list[Row]:
        """What an answer holds so far; nothing if there is none."""
        with self._open() as db:
            rows = db.execute("SELECT tokens FROM pieces WHERE answer = ? ORDER BY number", (answer,)).fetchall()
        return [token for row in rows for token in json.loads(row["tokens"])]

    def state(self, talk: str) -> Row:
        """What tells whether a talk has changed: how many answers it has, the last one, and how many are being written."""
        with self._open() as db:
            row = db.execute(
                "SELECT thrown IS NOT NULL AS thrown, count(answers.id) AS answers, coalesce(max(answers.id), 0) AS last, "
                "coalesce(sum(state = 'writing'), 0) AS writing "
                "FROM talks LEFT JOIN answers ON answers.talk = talks.id WHERE talks.id = ? GROUP BY talks.id",
                (talk,),
            ).fetchone()
        return dict(row) if row else {"thrown": 1}

    def rename(self, talk: str, title: str) -> None:
        """Another title. NoTalk: there is none."""
        self._change("title = ?", talk, _title(title))

    def throw(self, talk: str) -> None:
        """Put it away; within 30 days it can be brought back. NoTalk: there is none."""
        self._change("thrown = ?", talk, time.time())

    def bring_back(self, talk: str) -> None:
        """The way back from `throw`. NoTalk: it was never there, or is gone for ever."""
        with self._open() as db:
            if not db.execute("UPDATE talks SET thrown = NULL WHERE id = ?", (talk,)).rowcount:
                raise NoTalk(talk)

    def _change(self, what: str, talk: str, value: Any) -> None:
        with self._open() as db:
            if not db.execute(f"UPDATE talks SET {what} WHERE id = ? AND thrown IS NULL", (value, talk)).rowcount:
                raise NoTalk(talk)


def _title(text: str) -> str:
    """The first line, shortened."""
    line = " ".join(text.split()) or "…"
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
