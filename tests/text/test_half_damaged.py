"""Folders and files that are almost as they should be: each is told, with what to try."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mebuki.errors import RecipeError, StorageError, TextError
from mebuki.text import Corpus
from mebuki.text.documents import read_documents
from mebuki.text.folders import new_folder
from mebuki.text.sources import find_sources


@pytest.mark.parametrize("date", ["{}", "[]", '["2026-11-21"]', "20261121", "true", '""', '"tomorrow"'])
def test_a_date_that_is_none_is_told_with_its_line(date: str, tmp_path) -> None:
    path = tmp_path / "diary.jsonl"
    path.write_text(f'{{"text": "Rain."}}\n{{"date": {date}, "text": "Sun."}}\n', encoding="utf-8")
    with pytest.raises(TextError, match=r'diary\.jsonl, line 2 has a "date" that is no day'):
        list(read_documents(find_sources([path])[0]))


def test_runs_in_a_folder_are_no_texts(tmp_path) -> None:
    """What Mebuki wrote itself, as runs/notes/metrics.jsonl, is not learned from."""
    for name in ("a.txt", "runs/notes/metrics.jsonl", "runs/notes/corpus/x.txt", "runs/notes/recipe.toml", "runs/b.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("words", encoding="utf-8")
    assert [s.path.relative_to(tmp_path).as_posix() for s in find_sources([tmp_path])] == ["a.txt", "runs/b.md"]


def test_a_folder_that_is_named_is_read_though_a_recipe_lies_in_it(tmp_path) -> None:
    for name in ("a.txt", "recipe.toml"):
        (tmp_path / name).write_text("words", encoding="utf-8")
    assert [source.path.name for source in find_sources([tmp_path])] == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_name_that_is_not_utf8_is_told_safely(place: str, tmp_path) -> None:
    strange = tmp_path / os.fsdecode(b"caf\xe9")
    if place == "folder":
        strange.mkdir()
        path = strange / "a.txt"
    else:
        path = strange.with_suffix(".txt")
    path.write_bytes(b"words")
    with pytest.raises(TextError, match=r"caf\\udce9.* is not UTF-8") as told:
        find_sources([tmp_path])
    str(told.value).encode()


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b'{"text": ""}\n'])
def test_a_text_without_a_letter_is_empty(content: bytes, tmp_path) -> None:
    path = tmp_path / ("a.jsonl" if content.startswith(b"{") else "a.txt")
    path.write_bytes(content)
    with pytest.raises(TextError, match=r"a\.\w+ is empty"):
        Corpus.from_text(path)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("ENOSPC", "free some space"),
        ("EDQUOT", "free some space"),
        ("ENAMETOOLONG", "a shorter name"),
        ("ENOTDIR", "no file"),
        ("EROFS", "that you may write"),
        ("EACCES", "that you may write"),
        ("EPERM", "that you may write"),
        ("EIO", "another folder"),
    ],
)
def test_the_hint_fits_the_misfortune(number: str, words: str, tmp_path) -> None:
    code = getattr(errno, number)
    with pytest.raises(StorageError) as told, new_folder(tmp_path / "a"):
        raise OSError(code, os.strerror(code))
    assert words in told.value.hint
    assert ("space" in told.value.hint) == (words == "free some space")


def test_real_misfortunes_have_fitting_hints(tmp_path) -> None:
    (tmp_path / "file").touch()
    for place, words in ((tmp_path / "file" / "run", "no file"), (tmp_path / ("a" * 300), "a shorter name")):
        with pytest.raises(StorageError) as told, new_folder(place):
            pass
        assert words in told.value.hint


def test_a_share_outside_its_range_has_the_nearest_one_as_a_hint() -> None:
    from mebuki.text import TextSettings

    with pytest.raises(RecipeError, match=r"split is 1\.5\n  allowed: 0\.01 to 0\.999\n  try: 0\.999"):
        TextSettings(split=1.5)
    with pytest.raises(RecipeError) as told:
        TextSettings(split="half")  # pyright: ignore[reportArgumentType]
    assert told.value.hint == ""


def test_settings_leave_numpy_out() -> None:
    code = "from mebuki.text.settings import TextSettings; import sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_front_door_of_the_room() -> None:
    import mebuki.text

    for name in mebuki.text.__all__:
        assert getattr(mebuki.text, name).__name__ in (name, "load")
    with pytest.raises(AttributeError, match="no attribute 'Corpse'"):
        _ = mebuki.text.Corpse  # pyright: ignore[reportAttributeAccessIssue]
    assert Path(mebuki.text.__file__).name == "__init__.py"
