"""Threads that work on one token together, and wait for each other."""

from __future__ import annotations

import os
from typing import Any

from llvmlite import ir
from numba import types

from .language import inner, intrinsic
from .vectors import LONG

LINE = 128  # bytes from one thread's counter to the next: two cache lines
PATIENCE = 4096  # looks at a counter before the processor is left to others


@intrinsic
def _counted(typing_context: Any, address: Any) -> Any:
    def make(context: Any, b: Any, signature: Any, given: Any) -> Any:
        return b.load_atomic(b.inttoptr(given[0], ir.PointerType()), "acquire", 8, typ=LONG)

    return types.int64(types.int64), make


@intrinsic
def _count(typing_context: Any, address: Any, number: Any) -> Any:
    def make(context: Any, b: Any, signature: Any, given: Any) -> Any:
        b.store_atomic(given[1], b.inttoptr(given[0], LONG.as_pointer()), "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), make


@intrinsic
def _leave(typing_context: Any) -> Any:
    """Leave the processor to whoever else waits for it."""

    def make(context: Any, b: Any, signature: Any, given: Any) -> Any:
        name = "SwitchToThread" if os.name == "nt" else "sched_yield"
        function = b.module.globals.get(name)
        b.call(function or ir.Function(b.module, ir.FunctionType(ir.IntType(32), []), name), [])
        return context.get_dummy_value()

    return types.void(), make


@inner
def meet(counters: int, me: int, threads: int) -> None:
    """Go on once all threads have come here. Each has a counter of its own, `LINE` bytes apart."""
    if threads > 1:
        times = _counted(counters + me * LINE) + 1
        _count(counters + me * LINE, times)
        for other in range(threads):
            looks = 0
            while _counted(counters + other * LINE) < times:
                looks += 1
                if looks > PATIENCE:
                    _leave()
