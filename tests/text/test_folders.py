"""A folder appears whole or not at all."""

import errno
import gc
import os
from pathlib import Path

import pytest

from mebuki.errors import StorageError
from mebuki.text import folders
from mebuki.text.folders import TemporaryFolder, new_folder


def fill(folder: Path) -> None:
    with new_folder(folder) as unfinished:
        assert unfinished.parent == folder.parent
        (unfinished / "a.bin").write_bytes(b"1")
        (unfinished / "sub").mkdir()
        (unfinished / "sub" / "b.bin").write_bytes(b"2")


def test_new_and_empty_folders(tmp_path) -> None:
    fill(tmp_path / "deep" / "new")
    assert (tmp_path / "deep" / "new" / "sub" / "b.bin").read_bytes() == b"2"
    assert os.listdir(tmp_path / "deep") == ["new"]
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty")
    assert (tmp_path / "empty" / "a.bin").read_bytes() == b"1"


def test_what_exists_is_not_touched(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").touch()
    (tmp_path / "b").touch()
    for name in ("a", "b"):
        with pytest.raises(StorageError, match="exists already"):
            fill(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert os.listdir(tmp_path / "a") == ["mine"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_a_failure_leaves_nothing(error: BaseException, tmp_path) -> None:
    expected = StorageError if isinstance(error, OSError) else type(error)

    def half() -> None:
        with new_folder(tmp_path / "new") as unfinished:
            (unfinished / "a.bin").write_bytes(b"1")
            raise error

    with pytest.raises(expected):
        half()
    assert os.listdir(tmp_path) == []


def test_a_failure_while_flushing_leaves_nothing(tmp_path, monkeypatch) -> None:
    def fail(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(folders, "_flush", fail)
    with pytest.raises(StorageError, match="new cannot be written: Input/output error"):
        fill(tmp_path / "new")
    assert os.listdir(tmp_path) == []


def test_no_permission(tmp_path) -> None:
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(StorageError, match="new cannot be written"):
            fill(tmp_path / "new")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_a_folder_should_be(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        fill(tmp_path / "file" / "new")


def test_temporary_folders_go_with_their_owners() -> None:
    folder = TemporaryFolder()
    path = folder.path
    (path / "a").touch()
    del folder
    gc.collect()
    assert not path.exists()
