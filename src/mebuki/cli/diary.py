"""`mebuki diary`: finds the command, and the diary it is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diary.place import home
from ..errors import unknown
from ..extras import install
from .main import Parser

if TYPE_CHECKING:
    from ..diary.entries import Entry
    from ..diary.journal import Journal

COMMANDS = {  # where each stands, and what it does
    "write": ("diary_entries", "write an entry, in your editor or as text"),
    "show": ("diary_entries", "read a day, or an entry"),
    "edit": ("diary_entries", "change an entry; what it was is kept"),
    "list": ("diary_entries", "entries by date, tag, star, mood"),
    "search": ("diary_entries", "find entries by anything that stands in them"),
    "associate": ("diary_words", "what a word is tied to in your life, with the days that prove it"),
    "words": ("diary_counts", "your words: frequent ones, those of each month, rising and fading"),
    "alias": ("diary_own_words", "count several words as one"),
    "stop": ("diary_own_words", "leave words out of all that is counted"),
    "interests": ("diary_interests", "what you write about over time, and how one interest led to the next"),
    "explore": ("diary_explore", "what lies around a word outside, and which of it lives in your diary"),
    "grow": ("diary_growing", "grow a language model on your diary, and let it grow on"),
    "chain": ("diary_chain", "walk from word to word along ties that are proven"),
    "dream": ("diary_chain", "let the model write on from a word, in your voice"),
    "delete": ("diary_entries", "put entries into the trash"),
    "restore": ("diary_entries", "fetch entries back from the trash"),
    "history": ("diary_entries", "what an entry was before its changes"),
    "on-this-day": ("diary_entries", "the same day in other years"),
    "stats": ("diary_files", "how much you have written"),
    "import": ("diary_files", "take over another program's diary"),
    "export": ("diary_files", "write all of it into a file or folder"),
    "backup": ("diary_files", "copy the diary, and read the copy back"),
    "check": ("diary_files", "look whether the diary is whole"),
    "encrypt": ("diary_privacy", "encrypt the diary with a passphrase"),
    "decrypt": ("diary_privacy", "make it plain again"),
    "passphrase": ("diary_privacy", "change the passphrase"),
    "recover": ("diary_privacy", "set a new passphrase with the recovery key"),
    "unlock": ("diary_privacy", "ask for no passphrase for some minutes"),
    "lock": ("diary_privacy", "ask for it again"),
    "forget": ("diary_forget", "let a word, a person or a day be gone for good"),
}

_PYTHON = {"list": "list_", "import": "import_"}  # names that Python needs for itself


def run(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    given = parser().parse_args(arguments)
    return given.run(given)


class Commands:
    """The parsers of all commands behind `mebuki diary`, as one."""

    def parse_args(self, arguments: Sequence[str]) -> Any:
        name = arguments[0]
        if name not in COMMANDS:
            raise unknown("diary command", name, COMMANDS)
        module, python = import_module(f".{COMMANDS[name][0]}", __package__), name.replace("-", "_")
        given = getattr(module, f"{python}_parser")().parse_args(arguments[1:])
        given.run = getattr(module, _PYTHON.get(name, python))
        return given


def parser() -> Commands:
    return Commands()


def overview() -> str:
    """What `mebuki diary --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    rows = "\n".join(f"  {name:<{width}}{about}" for name, (_, about) in COMMANDS.items())
    return f"""usage: mebuki diary COMMAND [...]

A diary of your own, in one file on this computer. Nothing leaves it, but for the word of `explore`, once you allow it.

{rows}

  --diary DIR is another diary than your own, --sample the sample that comes with the program.
  mebuki diary COMMAND --help tells more, with an example.

example:
  mebuki diary write
  mebuki diary write yesterday --text "Rain again." --tag garden
  mebuki diary list --sample -n 5"""


def command_parser(name: str, about: str, example: str, *, sample: bool = True) -> Parser:
    """A parser with what every command of the diary takes.

    Args:
        sample: whether it can be about the sample.
    """
    p = Parser(name=f"diary {name}", about=about, example=example)
    p.add_argument("--diary", metavar="DIR", help=f"folder of the diary (default $MEBUKI_DIARY, or {home()})")
    p.add_argument("--passphrase-file", metavar="FILE", help="of an encrypted one: its passphrase, in the first line")
    if sample:
        p.add_argument("--sample", nargs="?", const="", metavar="ja|en", help="a copy of the sample diary instead")
    p.add_argument("--json", action="store_true", help="print JSON")
    return p


def folder_of(given: Any) -> Path:
    """The folder of the diary that was asked for, which is no sample."""
    return Path(given.diary).expanduser() if given.diary else home()


@contextmanager
def opened(given: Any, *, create: bool = False, words: bool = False) -> Iterator[Journal]:
    """The diary that was asked for; a sample is a copy that is thrown away afterwards.

    Args:
        words: whether its words are counted: then it is told if Japanese ones are only cut roughly.
    """
    from ..diary.journal import Journal

    if given.sample is not None:
        from ..diary.importing import import_into
        from ..samples import diary
        from ..text.folders import TemporaryFolder

        language = given.sample or ("ja" if os.environ.get("LANG", "").startswith("ja") else "en")
        source, folder = diary(language), TemporaryFolder()
        with Journal(folder.path) as journal:
            import_into(journal, source)
            yield journal
            if words:
                _tell_rough_words(journal)
        return
    from ..diary import driver
    from ..diary.store import told
    from .passphrases import unlocked

    folder = folder_of(given)
    with Journal(folder, create=create, **unlocked(given, folder, create=create)) as journal:
        try:
            yield journal
            if words:
                _tell_rough_words(journal)
        except driver.errors() as error:
            raise told(error, journal.path) from error


def _tell_rough_words(journal: Journal) -> None:
    from ..diary.words import finely

    japanese = "SELECT 1 FROM keys WHERE key GLOB '*[ぁ-ヿ一-鿿]*' LIMIT 1"
    if not finely() and journal.database.execute(japanese).fetchone():
        print(f"\n(Japanese words are cut roughly without SudachiPy; to add it: {install('ja')})", file=sys.stderr)


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON holds it."""
    return {
        "id": entry.id,
        "date": entry.date.isoformat(),
        "time": entry.time.isoformat() if entry.time else None,
        "text": entry.text,
        "tags": list(entry.tags),
        "star": entry.star,
        "mood": entry.mood,
    }
