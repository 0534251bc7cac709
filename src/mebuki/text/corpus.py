"""A corpus: files of text, the tokenizer they need, and their ids on disk, parted into training and validation."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebuki.errors import RecipeError, RunError, TextError, unknown
from mebuki.text.byte_pairs import BytePairs
from mebuki.text.characters import Characters
from mebuki.text.encodings import display_name
from mebuki.text.folders import TemporaryFolder, new_folder
from mebuki.text.ids import Ids
from mebuki.text.scanning import TRAIN, parts, scan
from mebuki.text.settings import TextSettings
from mebuki.text.sources import Source, find_sources
from mebuki.text.tokenizer import Tokenizer, load, visible

FORMAT = 1
_FILES = ("train.bin", "validation.bin", "corpus.json", "tokenizer.json")
_TRAINED_ON = 20_000_000  # letters that byte pairs are learned from, at most


@dataclass(eq=False)
class Corpus:
    """A text that a model grows on. Made by `from_text`, `from_settings` or `open`.

    Attributes:
        settings: what was asked for.
        sources: the files, each with its encoding and its sha256.
        tokenizer: strings <-> ids.
        characters: letters in the whole text.
        train_characters: letters of it to learn from; the others are validation.
        documents: files, or entries of .jsonl files.
        dates: the first day and the last, None if no document is dated.
        letters: the different letters, in the order of their code points.
        sha256: of the text as the model sees it, so that equal texts have equal ones whatever their files are.
    """

    settings: TextSettings
    sources: tuple[Source, ...]
    tokenizer: Tokenizer
    characters: int
    train_characters: int
    documents: int
    dates: tuple[str, str] | None
    letters: str
    sha256: str

    def __post_init__(self) -> None:
        self._folder: Path | None = None
        self._owner: TemporaryFolder | None = None
        self._ids: dict[str, Ids] = {}

    @classmethod
    def from_text(cls, *paths: str | os.PathLike[str], **settings: Any) -> Corpus:
        """Read files or folders. Nothing of it is kept in memory; the ids are written when they are asked for.

        Args:
            paths: files, and folders with .txt, .md and .jsonl files.
            settings: the fields of `TextSettings`.

        Raises:
            TextError: a file cannot be read, or the text is too short to be split.
            RecipeError: a setting does not exist or is out of range.

        >>> import tempfile; folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name, "rain.txt")
        >>> _ = path.write_text("Rain, rain, go away.\\n" * 10, encoding="utf-8")
        >>> corpus = Corpus.from_text(path)
        >>> corpus.description()
        'rain.txt: 210 characters, 13 different, UTF-8'
        >>> len(corpus.train), corpus.tokenizer.decode(corpus.validation[:])
        (189, 'Rain, rain, go away.\\n')
        >>> corpus.close(); folder.cleanup()
        """
        known = [field.name for field in dataclasses.fields(TextSettings)]
        for name in settings:
            if name not in known:
                raise unknown("setting", name, known)
        sources = tuple(os.fspath(path) for path in paths) or settings.pop("sources", ())
        return cls.from_settings(TextSettings(**{**settings, "sources": sources}))

    @classmethod
    def from_settings(cls, settings: TextSettings, tokenizer: Tokenizer | None = None) -> Corpus:
        """Read what the settings say.

        The letters of a tokenizer of characters are those of the whole text. Byte pairs are learned from the train part
        only, and from its first 20 million letters at most.

        Args:
            tokenizer: one to use instead of making one, as when a trained model goes on learning from another text.

        Raises:
            TextError: a file cannot be read, the text is too short to be split, or the tokenizer that was given lacks
                letters of it and byte fallback is off.
        """
        sources = find_sources(settings.sources, settings.encoding)
        found = scan(sources, settings)
        train, validation = found.characters
        if tokenizer is None and settings.tokenizer == "characters":
            tokenizer = Characters(found.letters)
        elif tokenizer is None:
            tokenizer = BytePairs.train(_train_text(sources, settings, train), settings.vocabulary)
        elif not settings.byte_fallback:
            _refuse_unknown(found.letters, tokenizer)
        return cls(
            settings=dataclasses.replace(settings, tokenizer=tokenizer.kind),
            sources=tuple(sources),
            tokenizer=tokenizer,
            characters=train + validation,
            train_characters=train,
            documents=found.documents,
            dates=found.dates,
            letters=found.letters,
            sha256=found.sha256,
        )

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Corpus:
        """Open what `write` wrote. The files of text need not exist any more.

        Raises:
            RunError: the folder holds no corpus, or a damaged one.
        """
        folder = Path(folder)
        path = folder / "corpus.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r}")
            fields = {field.name: content[field.name] for field in dataclasses.fields(cls) if field.name != "tokenizer"}
            fields["settings"] = TextSettings(**fields["settings"])
            fields["sources"] = tuple(Source(**{**s, "path": Path(s["path"])}) for s in fields["sources"])
            for name in ("characters", "train_characters", "documents"):
                fields[name] = int(fields[name])
            fields["dates"] = fields["dates"] and (fields["dates"][0], fields["dates"][1])
            dtype = content["dtype"]
            lengths = {name: int(content["ids"][name]) for name in ("train", "validation")}
        except OSError as error:
            raise RunError(
                f"{folder} holds no corpus that can be read: {error.strerror or error}",
                allowed=f"a folder with {', '.join(_FILES)}",
                hint="the folder that corpus.write was given",
            ) from error
        except (
            RecipeError,
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            raise _damaged(path, f"{type(error).__name__}: {error}") from error
        corpus = cls(**fields, tokenizer=load(folder / "tokenizer.json"))
        if dtype != corpus.tokenizer.dtype.name:
            raise _damaged(path, f"ids of {dtype} for a vocabulary of {corpus.tokenizer.vocabulary_size}")
        corpus._folder = folder
        for name, length in lengths.items():
            if len(corpus._part(name)) != length:
                raise _damaged(folder / f"{name}.bin", f"{len(corpus._part(name)):,} ids instead of {length:,}")
        return corpus

    @property
    def vocabulary(self) -> int:
        """How many ids a model of this text needs: all of the tokenizer's, or without byte fallback the letters."""
        return self.tokenizer.vocabulary_size if self.settings.byte_fallback else self.tokenizer.letters

    @property
    def train(self) -> Ids:
        """The ids to learn from."""
        return self._part("train")

    @property
    def validation(self) -> Ids:
        """The ids to test on."""
        return self._part("validation")

    def description(self) -> str:
        """One line for people: `sherlock.txt: 562,332 characters, 80 different, UTF-8`."""
        name = self.sources[0].path.name if len(self.sources) == 1 else f"{len(self.sources):,} files"
        entries = f"{self.documents:,} entries, " if self.documents > len(self.sources) else ""
        encodings = " and ".join(sorted({display_name(source.encoding) for source in self.sources}))
        return f"{name}: {entries}{self.characters:,} characters, {len(self.letters):,} different, {encodings}"

    def write(self, folder: str | os.PathLike[str], progress: Callable[[float], None] | None = None) -> Corpus:
        """Write the ids, the tokenizer and `corpus.json` into a new folder, which appears whole or not at all.

        `train.bin` and `validation.bin` are raw ids, little-endian, uint16 or uint32 as `corpus.json` says.

        Args:
            folder: it must not exist yet, or be empty.
            progress: called now and then with the share that is done, from 0 to 1.

        Returns:
            this corpus, which reads its ids from the folder from now on.

        Raises:
            TextError: a file has changed since it was read.
            StorageError: the folder holds something already, may not be written, or the disk is full.
        """
        with new_folder(folder) as unfinished:
            if self._folder is None:
                self._encode(unfinished, progress or (lambda share: None))
            else:
                for name in _FILES:
                    shutil.copyfile(self._folder / name, unfinished / name)
        self.close()
        self._folder = Path(folder)
        if progress:
            progress(1.0)
        return self

    def close(self) -> None:
        """Let go of the temporary folder, if there is one; it is removed when no `Ids` of it are in use any more."""
        self._ids.clear()
        if self._owner is not None:
            self._folder = self._owner = None

    def __copy__(self) -> Corpus:
        """The same text once more: what becomes of the one, `write` or `close`, leaves the other alone."""
        twin = dataclasses.replace(self)
        twin._folder, twin._owner = self._folder, self._owner
        return twin

    def _part(self, name: str) -> Ids:
        folder = self._folder
        if folder is None:
            owner = (
                TemporaryFolder()
            )  # others may not look into it; what `write` makes in it is as readable as any folder
            self.write(folder := owner.path / "corpus")
            self._owner = owner
        if name not in self._ids:
            self._ids[name] = Ids(folder / f"{name}.bin", self.tokenizer.dtype, self._owner)
        return self._ids[name]

    def _encode(self, folder: Path, progress: Callable[[float], None]) -> None:
        encoders = self.tokenizer.encoder(), self.tokenizer.encoder()
        dtype = self.tokenizer.dtype.newbyteorder("<")
        lengths, letters = [0, 0], [0, 0]
        with (folder / "train.bin").open("wb") as train, (folder / "validation.bin").open("wb") as validation:
            for part, text in parts(self.sources, self.settings, self.train_characters):
                ids = encoders[part].push(text)
                (train if part == TRAIN else validation).write(ids.astype(dtype, copy=False).data)
                lengths[part] += len(ids)
                letters[part] += len(text)
                progress(min(1.0, sum(letters) / self.characters))
            for part, file in enumerate((train, validation)):
                ids = encoders[part].finish()
                file.write(ids.astype(dtype, copy=False).data)
                lengths[part] += len(ids)
        if letters != [self.train_characters, self.characters - self.train_characters]:
            raise TextError("the text has changed since it was read", hint="begin again when nothing writes to it")
        content = {
            "format": FORMAT,
            **{f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "tokenizer"},
            "settings": dataclasses.asdict(self.settings),
            "sources": [{**dataclasses.asdict(source), "path": str(source.path)} for source in self.sources],
            "dtype": self.tokenizer.dtype.name,
            "ids": {"train": lengths[0], "validation": lengths[1]},
        }
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (folder / "corpus.json").write_text(text, encoding="utf-8", newline="\n")
        self.tokenizer.save(folder / "tokenizer.json")


def _train_text(sources: Sequence[Source], settings: TextSettings, train: int) -> Iterator[str]:
    left = _TRAINED_ON
    for part, text in parts(sources, settings, train):
        if part == TRAIN:
            yield text[:left]
            left -= len(text)
        if left <= 0:
            return


def _refuse_unknown(letters: str, tokenizer: Tokenizer) -> None:
    lacking = [letter for letter in letters if any(i >= tokenizer.letters for i in tokenizer.encode(letter))]
    if lacking:
        raise TextError(
            f"the tokenizer lacks {len(lacking):,} letters of the text: {' '.join(map(visible, lacking[:20]))}",
            hint="byte_fallback = true, or a tokenizer made from this text",
        )


def _damaged(path: Path, why: str) -> RunError:
    return RunError(f"{path} is damaged or of another version ({why})", hint="write the corpus again")
