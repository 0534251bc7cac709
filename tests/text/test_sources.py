"""Files and folders: what is found, in which order, and what is said when it is not."""

import hashlib
import os
from pathlib import Path

import pytest

from mebuki.errors import TextError
from mebuki.text.sources import find_sources


def put(path: Path, text: str = "words") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_may_have_any_suffix(tmp_path) -> None:
    path = put(tmp_path / "novel.aozora", "吾輩は")
    (source,) = find_sources([path])
    assert source.path == path
    assert source.encoding == "utf-8"
    assert source.size == 9
    assert source.sha256 == hashlib.sha256("吾輩は".encode()).hexdigest()


def test_folders_are_read_in_order(tmp_path) -> None:
    for name in ("b.txt", "a.md", "a/z.TXT", "c/d/e.jsonl", "c/a.txt", "x.py", ".hidden.txt", ".git/a.txt"):
        put(tmp_path / name)
    (tmp_path / "empty.txt").touch()
    found = [source.path.relative_to(tmp_path).as_posix() for source in find_sources([tmp_path])]
    assert found == ["a/z.TXT", "a.md", "b.txt", "c/a.txt", "c/d/e.jsonl"]


def test_order_given_is_kept_and_nothing_is_read_twice(tmp_path, monkeypatch) -> None:
    a, b = put(tmp_path / "a.txt"), put(tmp_path / "b.txt")
    assert [source.path for source in find_sources([b, tmp_path, str(a)])] == [b, a]
    monkeypatch.chdir(tmp_path)
    assert [source.path for source in find_sources(["a.txt", tmp_path])] == [Path("a.txt"), b]


def test_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    put(tmp_path / "a.txt")
    assert find_sources(["~/a.txt"])[0].size == 5


def test_a_path_that_does_not_exist_with_a_near_one(tmp_path) -> None:
    put(tmp_path / "sherlock.txt")
    with pytest.raises(TextError, match=r"sherlok\.txt does not exist(.|\n)*try: .*sherlock\.txt"):
        find_sources([tmp_path / "sherlok.txt"])
    with pytest.raises(TextError, match="does not exist"):
        find_sources([tmp_path / "nowhere" / "a.txt"])
    with pytest.raises(TextError, match="does not exist"):
        find_sources([tmp_path / "sherlock.txt" / "a.txt"])


@pytest.mark.parametrize("text", ["It was a dark and stormy night. " * 200, "a\0b"])
def test_a_text_in_place_of_a_path(text: str) -> None:
    with pytest.raises(TextError) as caught:
        find_sources([text])
    assert len(str(caught.value)) < 300


def test_a_home_that_does_not_exist() -> None:
    with pytest.raises(TextError, match=r"~nobody-of-this-name.a\.txt does not exist"):
        find_sources(["~nobody-of-this-name/a.txt"])


def test_empty_things(tmp_path) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(TextError, match=r"empty\.txt is empty"):
        find_sources([tmp_path / "empty.txt"])
    with pytest.raises(TextError, match="holds no text"):
        find_sources([tmp_path])
    with pytest.raises(TextError, match="no text was given"):
        find_sources([])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TextError, match="neither a file nor a folder"):
        find_sources([tmp_path / "pipe"])


def test_no_permission(tmp_path) -> None:
    path = put(tmp_path / "secret.txt")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(TextError, match=r"secret\.txt cannot be read"):
        find_sources([path])


def test_a_file_that_the_system_fails_to_read(tmp_path, monkeypatch) -> None:
    path = put(tmp_path / "a.txt")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(TextError, match=r"a\.txt cannot be read: Permission denied"):
        find_sources([path])


def test_unknown_encoding(tmp_path) -> None:
    with pytest.raises(TextError, match="'utf-88' is unknown"):
        find_sources([put(tmp_path / "a.txt")], encoding="utf-88")
