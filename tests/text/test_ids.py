"""Ids on disk equal the array they were written from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RunError, TextError
from mebuki.text import Ids

ARRAY = np.random.default_rng(0).integers(0, 60000, 1000)


@pytest.fixture(params=[np.uint16, np.uint32], scope="module")
def ids(request, tmp_path_factory) -> Ids:
    path = tmp_path_factory.mktemp("ids") / "train.bin"
    path.write_bytes(ARRAY.astype(np.dtype(request.param).newbyteorder("<")).tobytes())
    return Ids(path, request.param)


ends = st.none() | st.integers(-1100, 1100)


@settings(deadline=None)
@given(start=ends, stop=ends, step=st.none() | st.sampled_from([1, 2, 7, -1, -3]))
def test_slices(ids: Ids, start: int | None, stop: int | None, step: int | None) -> None:
    part = ids[start:stop:step]
    assert part.dtype == np.int64
    assert part.tolist() == ARRAY[start:stop:step].tolist()


def test_windows(ids: Ids) -> None:
    assert len(ids) == 1000
    starts = np.array([0, 5, 5, 990])
    windows = ids.windows(starts, 10)
    assert windows.dtype == np.int64
    assert windows.tolist() == [ARRAY[s : s + 10].tolist() for s in starts]
    assert ids.windows(np.array([0]), 1000)[0].tolist() == ARRAY.tolist()
    assert ids.windows(np.array([], dtype=np.int64), 10).shape == (0, 10)
    windows[0, 0] = -1
    assert ids[:1].tolist() == ARRAY[:1].tolist()


@pytest.mark.parametrize(("start", "length"), [(-1, 10), (991, 10), (0, 1001), (0, 0), (2**40, 1)])
def test_windows_beyond_the_text(ids: Ids, start: int, length: int) -> None:
    with pytest.raises(TextError, match="which has 1,000"):
        ids.windows(np.array([3, start]), length)


def test_single_numbers_are_no_places(ids: Ids) -> None:
    with pytest.raises(TypeError, match=r"ids\[0:64\]"):
        ids[3]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("data", [b"", b"abc"])
def test_damaged_files(data: bytes, tmp_path) -> None:
    path = tmp_path / "train.bin"
    with pytest.raises(RunError, match="cannot be read"):
        Ids(path, np.uint16)
    path.write_bytes(data)
    with pytest.raises(RunError, match="damaged"):
        Ids(path, np.uint16)


def test_a_file_that_was_cut_or_deleted_later(tmp_path) -> None:
    path = tmp_path / "train.bin"
    path.write_bytes(bytes(100))
    ids = Ids(path, np.uint16)
    path.write_bytes(bytes(50))
    with pytest.raises(RunError, match="have been cut"):
        ids[:]
    path.unlink()
    with pytest.raises(RunError, match="any more"):
        ids[:]
