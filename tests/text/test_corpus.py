"""From files to ids on disk and back."""

import errno
import gc
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mebuki
from mebuki.errors import RecipeError, RunError, StorageError, TextError
from mebuki.text import BytePairs, Characters, Corpus, TextSettings, scanning
from mebuki.text import corpus as module

ENGLISH = "It rained all day, and the cat slept on the warm typewriter.\n" * 30
JAPANESE = "雨がやんだら、猫は窓をあけてくれと鳴いた。そして二歩で戻ってきた。\n" * 30
ENTRIES = [
    ("2026-02-01", "Ice?"),
    ("2026-03-02", "Mud;\n"),
    ("2026-01-05", "Snow."),
    ("2026-03-01", "Plum blossoms!\n"),
]


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def diary(path: Path, entries: Sequence[tuple[str | None, str]] = ENTRIES) -> Path:
    lines = [json.dumps({"date": date, "text": text} if date else {"text": text}) for date, text in entries]
    return put(path, "\n".join(lines))


def texts(corpus: Corpus) -> tuple[str, str]:
    return corpus.tokenizer.decode(corpus.train[:]), corpus.tokenizer.decode(corpus.validation[:])


@pytest.fixture
def english(tmp_path) -> Path:
    return put(tmp_path / "english.txt", ENGLISH)


@pytest.mark.parametrize("kind", ["characters", "byte-pairs"])
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, ENGLISH + JAPANESE])
def test_text_comes_back_from_disk(kind: str, text: str, tmp_path) -> None:
    corpus = Corpus.from_text(put(tmp_path / "a.txt", text), tokenizer=kind, vocabulary=300)
    border = int(len(text) * 0.9)
    assert texts(corpus) == (text[:border], text[border:])
    assert corpus.characters == len(text)
    assert corpus.train_characters == border
    assert corpus.letters == "".join(sorted(set(text)))
    assert corpus.sha256 == hashlib.sha256(text.encode()).hexdigest()
    if kind == "characters":
        assert len(corpus.train) == border
        assert corpus.train[:].max() < corpus.tokenizer.letters


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=3, max_size=80), st.integers(1, 9), st.sampled_from(["characters", "byte-pairs"]))
def test_ids_in_small_chunks_equal_ids_of_the_whole(text: str, piece: int, kind: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "_PIECE", piece)
        path = Path(folder, "a.txt")
        path.write_bytes(text.encode())
        text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        if len(text) < 2:
            return
        corpus = Corpus.from_text(path, encoding="utf-8", tokenizer=kind, vocabulary=270, split=0.5)
        border = len(text) // 2
        assert corpus.train[:].tolist() == corpus.tokenizer.encode(text[:border]).tolist()
        assert corpus.validation[:].tolist() == corpus.tokenizer.encode(text[border:]).tolist()
        assert corpus.sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert corpus.letters == "".join(sorted(set(text)))
        corpus.close()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932", "euc_jp"])
def test_equal_texts_have_equal_hashes_whatever_their_files_are(encoding: str, tmp_path) -> None:
    plain = Corpus.from_text(put(tmp_path / "a.txt", JAPANESE))
    other = Corpus.from_text(put(tmp_path / "b.txt", JAPANESE.replace("\n", "\r\n"), encoding))
    assert other.sha256 == plain.sha256
    assert other.train[:].tolist() == plain.train[:].tolist()
    assert other.sources[0].encoding == encoding


def test_many_files_are_joined_by_blank_lines(tmp_path) -> None:
    put(tmp_path / "a.txt", "one\n\n\n")
    put(tmp_path / "b.md", "two\n")
    put(tmp_path / "c.jsonl", '{"text": "three"}\n{"text": "four\\n"}\n')
    corpus = Corpus.from_text(tmp_path, split=0.5)
    assert "".join(texts(corpus)) == "one\n\ntwo\n\nthree\n\nfour\n"
    assert corpus.documents == 4
    assert corpus.description() == "3 files: 4 entries, 22 characters, 10 different, UTF-8"


def test_line_ends_as_spaces(tmp_path) -> None:
    corpus = Corpus.from_text(put(tmp_path / "a.txt", "one\r\ntwo\n\nthree"), line_ends="space", split=0.5)
    assert "".join(texts(corpus)) == "one two  three"
    assert "\n" not in corpus.letters


def test_description(english: Path) -> None:
    assert Corpus.from_text(english).description() == "english.txt: 1,830 characters, 21 different, UTF-8"


@pytest.mark.parametrize("kind", ["characters", "byte-pairs"])
def test_written_and_opened(kind: str, english: Path, tmp_path) -> None:
    shares: list[float] = []
    corpus = Corpus.from_text(english, tokenizer=kind, vocabulary=300)
    assert corpus.write(tmp_path / "corpus", shares.append) is corpus
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    english.unlink()
    again = Corpus.open(tmp_path / "corpus")
    for name in ("settings", "sources", "characters", "train_characters", "documents", "dates", "letters", "sha256"):
        assert getattr(again, name) == getattr(corpus, name)
    assert again.vocabulary == corpus.vocabulary
    assert texts(again) == texts(corpus) == (ENGLISH[:1647], ENGLISH[1647:])
    assert sorted(os.listdir(tmp_path / "corpus")) == ["corpus.json", "tokenizer.json", "train.bin", "validation.bin"]
    assert os.listdir(tmp_path) == ["corpus"]
    content = json.loads((tmp_path / "corpus" / "corpus.json").read_text(encoding="utf-8"))
    raw = np.fromfile(tmp_path / "corpus" / "train.bin", dtype="<u2")
    assert content["dtype"] == "uint16"
    assert content["ids"]["train"] == len(raw) == len(again.train)
    assert again.tokenizer.decode(raw) == ENGLISH[:1647]
    again.write(tmp_path / "copy")
    assert Corpus.open(tmp_path / "copy").validation[:].tolist() == corpus.validation[:].tolist()


def test_writing_twice_gives_the_same_bytes(english: Path, tmp_path) -> None:
    for name in ("a", "b"):
        Corpus.from_text(english, tokenizer="byte-pairs", vocabulary=300).write(tmp_path / name)
    for file in ("corpus.json", "tokenizer.json", "train.bin", "validation.bin"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_temporary_folder_goes_with_its_last_user(english: Path) -> None:
    corpus = Corpus.from_text(english)
    ids = corpus.train
    folder = ids.path.parent
    assert folder.exists()
    if os.name == "posix":
        assert folder.parent.stat().st_mode & 0o077 == 0  # a diary is nobody else's to read
    assert corpus.validation.path.parent == folder
    del corpus
    gc.collect()
    assert len(ids[:]) == 1647
    del ids
    gc.collect()
    assert not folder.parent.exists()


def test_written_after_it_was_used(english: Path, tmp_path) -> None:
    corpus = Corpus.from_text(english)
    folder = corpus.train.path.parent
    corpus.write(tmp_path / "corpus")
    assert not folder.parent.exists()
    assert corpus.train.path.parent == tmp_path / "corpus"


@pytest.mark.parametrize(
    ("given", "border"),
    [({}, 1647), ({"split": 0.8}, 1464), ({"split_at": 1000}, 1000), ({"split_at": 1829, "split": 0.5}, 1829)],
)
def test_splits_by_letters(given: dict, border: int, english: Path) -> None:
    corpus = Corpus.from_text(english, **given)
    assert (len(corpus.train), len(corpus.validation)) == (border, 1830 - border)


def test_split_by_date(tmp_path) -> None:
    corpus = Corpus.from_text(diary(tmp_path / "a.jsonl"), split_date="2026-03-01")
    assert texts(corpus) == ("Ice?\n\nSnow.", "Mud;\n\nPlum blossoms!\n")
    assert corpus.characters == 32
    assert corpus.dates == ("2026-01-05", "2026-03-02")
    assert set("S!") < set(corpus.letters)
    byte_pairs = Corpus.from_text(tmp_path / "a.jsonl", split_date="2026-03-01", tokenizer="byte-pairs", vocabulary=270)
    assert texts(byte_pairs) == texts(corpus)


def test_split_by_date_needs_dates(tmp_path) -> None:
    path = diary(tmp_path / "a.jsonl", [*ENTRIES, (None, "When?")])
    with pytest.raises(TextError, match=r"1 of 5 documents have no date"):
        Corpus.from_text(path, split_date="2026-03-01")
    with pytest.raises(TextError, match=r"1 of 1 documents"):
        Corpus.from_text(put(tmp_path / "a.txt", ENGLISH), split_date="2026-03-01")


@pytest.mark.parametrize(("date", "which"), [("2026-03-03", "for validation"), ("2026-01-05", "to learn from")])
def test_split_by_a_date_outside(date: str, which: str, tmp_path) -> None:
    with pytest.raises(TextError, match=rf"leaves nothing {which}(.|\n)*after 2026-01-05, not after 2026-03-02"):
        Corpus.from_text(diary(tmp_path / "a.jsonl"), split_date=date)


@pytest.mark.parametrize("given", [{"split_at": 1830}, {"split_at": 99999}])
def test_splits_that_leave_nothing(given: dict, english: Path) -> None:
    with pytest.raises(TextError, match=r"nothing for validation: the text has 1,830 letters(.|\n)*1 to 1,829"):
        Corpus.from_text(english, **given)


def test_a_text_of_one_letter(tmp_path) -> None:
    with pytest.raises(TextError, match="leaves nothing to learn from"):
        Corpus.from_text(put(tmp_path / "a.txt", "a"))


def test_settings(english: Path) -> None:
    with pytest.raises(RecipeError, match=r"setting 'lines' is unknown"):
        Corpus.from_text(english, lines="space")
    corpus = Corpus.from_settings(TextSettings(sources=(str(english),), byte_fallback=False))
    assert corpus.vocabulary == corpus.tokenizer.letters == 21
    assert Corpus.from_text(english).vocabulary == 21 + 260
    assert Corpus.from_text(sources=[english]).settings.sources == (str(english),)


def test_byte_pairs_learn_from_the_train_part_only(tmp_path, monkeypatch) -> None:
    path = put(tmp_path / "a.txt", "low lower lowest " * 20 + "zip zipper " * 20)
    corpus = Corpus.from_text(path, tokenizer="byte-pairs", vocabulary=300, split_at=340)
    expected = BytePairs.train(["low lower lowest " * 20], 300)
    assert corpus.tokenizer.to_json() == expected.to_json()
    monkeypatch.setattr(module, "_TRAINED_ON", 17)
    monkeypatch.setattr(scanning, "_PIECE", 8)
    limited = Corpus.from_text(path, tokenizer="byte-pairs", vocabulary=300, split_at=340)
    assert limited.tokenizer.to_json() == BytePairs.train(["low lower lowest "], 300).to_json()


def test_another_tokenizer_may_be_given(english: Path) -> None:
    given = TextSettings(sources=(str(english),))
    corpus = Corpus.from_settings(given, Characters("It rained"))
    assert "".join(texts(corpus)) == ENGLISH
    assert Corpus.from_settings(given, BytePairs.train([ENGLISH], 280)).settings.tokenizer == "byte-pairs"
    strict = TextSettings(sources=(str(english),), byte_fallback=False)
    with pytest.raises(TextError, match=r"lacks 12 letters of the text: ⏎ , \. c h"):
        Corpus.from_settings(strict, Characters("It rained"))


def test_a_source_that_changes_before_it_is_written(english: Path, tmp_path) -> None:
    corpus = Corpus.from_text(english)
    put(english, ENGLISH.replace("cat", "dog"))
    with pytest.raises(TextError, match=r"english\.txt has changed"):
        corpus.write(tmp_path / "corpus")
    assert os.listdir(tmp_path) == ["english.txt"]


def test_a_count_that_is_no_longer_true(english: Path, tmp_path) -> None:
    corpus = Corpus.from_text(english)
    corpus.characters += 1
    with pytest.raises(TextError, match="the text has changed"):
        corpus.write(tmp_path / "corpus")


def test_halves_of_surrogate_pairs_in_a_file(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ab+2AA-cd")
    with pytest.raises(TextError, match="halves of surrogate pairs"):
        Corpus.from_text(tmp_path / "a.txt", encoding="utf-7")


@pytest.mark.parametrize("when", ["encoding", "flushing"])
def test_a_full_disk_leaves_nothing(when: str, english: Path, tmp_path, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    corpus = Corpus.from_text(english)
    monkeypatch.setattr(*{"encoding": (Characters, "save"), "flushing": (os, "fsync")}[when], fail)
    with pytest.raises(StorageError, match="No space left on device"):
        corpus.write(tmp_path / "corpus")
    assert os.listdir(tmp_path) == ["english.txt"]
    monkeypatch.undo()
    assert Corpus.open(corpus.write(tmp_path / "corpus").train.path.parent).characters == 1830


def test_existing_folders_are_not_overwritten(english: Path, tmp_path) -> None:
    corpus = Corpus.from_text(english).write(tmp_path / "corpus")
    with pytest.raises(StorageError, match="exists already"):
        corpus.write(tmp_path / "corpus")
    assert len(corpus.train) == 1647


def _damage(folder: Path, what: str) -> None:
    path = folder / "corpus.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    if what == "no json":
        path.write_text("{", encoding="utf-8")
        return
    if what.endswith((".bin", ".json")):
        (folder / what).unlink()
        return
    if what == "cut ids":
        (folder / "train.bin").write_bytes((folder / "train.bin").read_bytes()[:100])
        return
    change: dict = {
        "format": {"format": 2},
        "count": {"characters": float("inf")},
        "settings": {"settings": {"split": 7}},
        "unknown setting": {"settings": {"spilt": 0.9}},
        "dtype": {"dtype": "uint32"},
        "pickle": {"dtype": "O"},
        "dates": {"dates": 3},
    }[what]
    path.write_text(json.dumps(content | change), encoding="utf-8")


@pytest.mark.parametrize(
    "what",
    [
        *["no json", "cut ids", "format", "count", "settings", "unknown setting", "dtype", "pickle", "dates"],
        *["corpus.json", "tokenizer.json", "train.bin", "validation.bin"],
    ],
)
def test_damaged_folders(what: str, english: Path, tmp_path) -> None:
    Corpus.from_text(english).write(tmp_path / "corpus")
    Corpus.open(tmp_path / "corpus")
    _damage(tmp_path / "corpus", what)
    with pytest.raises(RunError):
        Corpus.open(tmp_path / "corpus")


def test_no_folder(tmp_path) -> None:
    with pytest.raises(RunError, match="holds no corpus"):
        Corpus.open(tmp_path / "nowhere")


def test_importing_is_light() -> None:
    code = "import sys, mebuki.text; print({'torch', 'tokenizers', 'hypothesis'} & set(sys.modules))"
    home = str(Path(mebuki.__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": home}, check=True
    )
    assert done.stdout.strip() == "set()"
