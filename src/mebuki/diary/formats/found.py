"""What a file of another program holds: entries, and what was passed over and why. And the files themselves, read with care."""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ...errors import TextError
from ...text.encodings import display_name, examine, known_encoding, plain_ends
from ...text.sources import cannot_read
from ..entries import LONGEST_ID, DiaryError, Entry, id_of

LARGEST_FILE = 2 << 30  # bytes of one file, unpacked
LARGEST_ARCHIVE = 8 << 30  # bytes of all its texts, unpacked
MANY_PARTS = 1_000_000  # of a head or a month
DENSEST = 200  # times smaller than its content: no diary packs so well


HASHTAG = re.compile(r"(?<![\w#&/\\])#([\w/-]*[^\W\d_][\w/-]*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Found:
    """An entry, and where it stands.

    Attributes:
        entry: its id is empty if the file brings none; `known` gives it one.
        place: what stays the same when the entry is changed there and imported again, as the name of a note; empty: nothing does.
    """

    entry: Entry
    where: str
    place: str = ""

    @property
    def known(self) -> Entry:
        e = self.entry
        if e.id and len(e.id) <= LONGEST_ID and e.id.isprintable() and e.id == e.id.strip():
            return e
        return replace(e, id=id_of(e.date, None, self.place) if self.place else id_of(e.date, e.time, e.text))


@dataclass(frozen=True)
class Passed:
    """Something that was not taken, and why."""

    where: str
    why: str


Item = Found | Passed


def text_of(path: Path, encoding: str = "auto") -> str:
    """A file's text; lines end with \\n.

    Raises:
        TextError: it is no text, or in an unknown encoding.
        DiaryError: it is too large.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DiaryError(f"{path} has {size:,} bytes", allowed=f"up to {LARGEST_FILE:,}")
        name = examine(path, known_encoding(encoding))[0]
        return plain_ends(path.read_bytes().decode(name))
    except OSError as error:
        raise cannot_read(path, error) from error
    except UnicodeDecodeError as error:
        raise TextError(
            f"{path} is no {display_name(error.encoding)} text: {error.reason}", hint="--encoding auto"
        ) from error


def json_of(text: str, where: object) -> Any:
    """
    Raises:
        DiaryError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DiaryError(f"{where} is no JSON: {error}", hint="exporting it again") from None


def tame(content: Any) -> Any:
    """What was read as YAML, if it is no larger than it looks: references in it can multiply each other.

    Raises:
        ValueError: written out, it has more than a million parts, or no end.

    >>> tame({"tags": ["rain"]})
    {'tags': ['rain']}
    """
    sizes: dict[int, int] = {}

    def size(part: Any) -> int:
        if not isinstance(part, dict | list | tuple | set):
            return 1
        if id(part) not in sizes:
            sizes[id(part)] = MANY_PARTS  # for one that holds itself
            inside = [*part.keys(), *part.values()] if isinstance(part, dict) else part
            sizes[id(part)] = 1 + sum(size(each) for each in inside)
        return sizes[id(part)]

    if size(content) > MANY_PARTS:
        raise ValueError("references in it multiply without measure")
    return content


def texts_in(path: Path, *suffixes: str) -> Iterator[tuple[str, str | Passed]]:
    """Names and texts of the files of a zip with these endings, in the order of their names; hidden ones are left out.

    Raises:
        DiaryError: it is no whole zip, is encrypted, or unpacks to more than any diary holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                m for m in archive.infolist() if m.filename.lower().endswith(suffixes) and not _hidden(m.filename)
            ]
            whole = sum(member.file_size for member in members)
            packed = sum(member.compress_size for member in members)
            largest = max((member.file_size for member in members), default=0)
            if whole > LARGEST_ARCHIVE or largest > LARGEST_FILE or (whole > 100 << 20 and whole > DENSEST * packed):
                raise DiaryError(
                    f"{path} unpacks from {packed:,} to {whole:,} bytes: no diary does", hint="another copy of it"
                )
            for member in sorted(members, key=lambda member: member.filename):
                if member.flag_bits & 1:
                    raise DiaryError(
                        f"{member.filename} in {path} is encrypted", hint="exporting it without a password"
                    )
                with archive.open(member) as file:
                    content = file.read(member.file_size + 1)
                try:
                    yield member.filename, content.decode("utf-8-sig")
                except UnicodeDecodeError:
                    yield (
                        member.filename,
                        Passed(member.filename, "no UTF-8 text; unpack the zip, and import the folder"),
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise DiaryError(f"{path} is no whole zip file: {error}", hint="exporting or copying it again") from None
    except OSError as error:
        raise cannot_read(path, error) from error


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def zone(name: Any) -> tzinfo | None:
    """A time zone by its name; None: it is not known."""
    try:
        return ZoneInfo(str(name)) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local(moment: datetime, name: Any) -> tuple[date, time]:
    """Day and time where it was written; where the zone is not known, as they are given."""
    there = zone(name)
    if there and moment.tzinfo:
        with contextlib.suppress(OverflowError):
            moment = moment.astimezone(there)
    return moment.date(), moment.time().replace(microsecond=0)


def instant(value: Any) -> datetime | None:
    """A moment from ISO text, or milliseconds since 1970; in UTC. None: it is none.

    >>> instant("2020-06-28T18:22:13Z"), instant(1593368533000)
    (datetime.datetime(2020, 6, 28, 18, 22, 13, tzinfo=datetime.timezone.utc), datetime.datetime(2020, 6, 28, 18, 22, 13, tzinfo=datetime.timezone.utc))
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
        moment = datetime.fromisoformat(str(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def words(value: Any) -> tuple[str, ...]:
    """Tags from a list, an object's keys, or a text with commas or spaces between them.

    >>> words("#rain, the garden"), words(["a", None]), words({"@x": 1})
    (('rain', 'the garden'), ('a',), ('x',))
    """
    if isinstance(value, str):
        value = value.split(",") if "," in value else value.split()
    if isinstance(value, Mapping):
        value = list(value)
    if not isinstance(value, list | tuple):
        return ()
    said = (
        _CONTROL.sub(" ", str(tag)).strip().lstrip("#＃@").strip()
        for tag in value
        if isinstance(tag, str | int | float)
    )
    return tuple(dict.fromkeys(tag[:100].strip() for tag in said if tag))


def stamps(entry: Entry) -> dict[str, str]:
    """When an entry was made and changed, as far as it is known, as ISO text."""
    moments = {"created": entry.created, "edited": entry.edited}
    return {name: moment.isoformat() for name, moment in moments.items() if moment}


def stamped(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """The same, read."""
    created, edited = (instant(row[name]) if row.get(name) else None for name in ("created", "edited"))
    return created, edited


def mood_of(value: Any) -> int | None:
    """1 to 5 as it is; None for all else."""
    try:
        mood = int(str(value))
    except ValueError:
        return None
    return mood if 1 <= mood <= 5 else None


def truth(value: Any) -> bool:
    """Whether something is said to be so.

    >>> truth("true"), truth("no"), truth(1), truth(None)
    (True, False, True, False)
    """
    return str(value).strip().lower() in ("true", "1", "yes", "*", "★", "☆", "x", "1.0")
