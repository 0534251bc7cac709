"""Compiled kernels on disk: made once, whole or not at all, and missed without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mebuki.kernels import LIBRARIES, address, load, loading, warm

pytest.importorskip("numba", reason="nothing can be compiled without it")
pytestmark = pytest.mark.skipif(os.environ.get("MEBUKI_KERNELS") == "off", reason="kernels are switched off")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of its own, in which nothing is compiled yet."""
    monkeypatch.setattr(loading, "folder", lambda: tmp_path)
    monkeypatch.setattr(loading, "_found", {})
    monkeypatch.setattr(loading, "_makers", {})
    path = loading.object_file
    path.cache_clear()
    yield tmp_path
    path.cache_clear()


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_library_compiles(name: str) -> None:
    """The others leave their tests out where there are no kernels: here that would be seen."""
    assert load(name) is not None


def test_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEBUKI_KERNELS", "off")
    assert load("passes") is None
    assert warm("passes") is None


def test_without_numba_there_are_none(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_can_compile", lambda: False)
    assert load("passes") is None


def test_what_is_kept_is_opened_without_numba() -> None:
    load("passes")
    code = (
        "from mebuki.kernels import load; load('passes').weigh_float32; import sys; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_damaged_library_is_not_run(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = room / "whole.o"
    whole.write_bytes(b"no code at all")
    monkeypatch.setattr(loading, "object_file", lambda name: whole)
    whole.with_suffix(".json").write_text(json.dumps({"sha256": "0" * 64, "kernels": {}}))
    assert loading._open("passes") is None
    assert not whole.with_suffix(".json").exists()  # so that it is made again
    whole.with_suffix(".json").write_text("{")
    assert loading._open("passes") is None


def test_keeping_removes_what_is_old(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        path = room / f"passes-{number}.o"
        monkeypatch.setattr(loading, "object_file", lambda name, path=path: path)
        loading.keep("passes", b"code", {"weigh": ["int64"]})
    kept = {path.name for path in room.iterdir()}
    assert len(kept) == 16
    assert {"passes-11.o", "passes-11.json"} <= kept


def test_a_name_that_is_no_kernel() -> None:
    kernels = load("passes")
    assert kernels is not None
    with pytest.raises(AttributeError, match="no kernel 'fly'"):
        _ = kernels.fly


def test_norm_in_both_kinds_of_numbers() -> None:
    kernels = load("passes")
    assert kernels is not None
    rng = np.random.default_rng(0)
    h, weight = rng.standard_normal((3, 37), np.float32), rng.standard_normal(37, np.float32)
    y = np.empty_like(h)
    kernels.weigh_float32(address(h), address(weight), address(y), 3, 37)
    assert np.array_equal(y, h * weight)
    bits = (h.view(np.uint32) >> 16).astype(np.uint16)
    exact = (bits.astype(np.uint32) << 16).view(np.float32) * weight
    out = np.empty_like(bits)
    kernels.weigh_bfloat16(address(bits), address(weight), address(out), 3, 37)
    found = (out.astype(np.uint32) << 16).view(np.float32)
    assert (abs(found - exact) <= abs(exact) / 256).all()


NUMBAS = """
declare void @NRT_MemInfo_call_dtor(ptr) local_unnamed_addr
declare ptr @NRT_Allocate(i64) local_unnamed_addr
define i32 @compiled(ptr %r, ptr %e, i64 %n) {{
  {body}
  ret i32 0
}}
"""


def test_what_numba_gives_back_is_linked_and_what_takes_memory_is_refused() -> None:
    """With newer Pythons its code asks for memory to be given back that arrays from pointers never have."""
    from mebuki.kernels.making import _alone

    gives = NUMBAS.format(body="call void @NRT_MemInfo_call_dtor(ptr %r)")
    assert "declare" not in str(_alone("gives", gives, "compiled", ("int64",)))
    takes = NUMBAS.format(body="%m = call ptr @NRT_Allocate(i64 %n)")
    with pytest.raises(RuntimeError, match="NRT_Allocate, which only Numba has"):
        _alone("takes", takes, "compiled", ("int64",))
