"""Vectors of the processor's width, written in LLVM's own words, for loops that must keep their sums in registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from .packing import LANES

FLOAT, WORD, LONG, BYTE = ir.FloatType(), ir.IntType(32), ir.IntType(64), ir.IntType(8)
FLOATS, WORDS = ir.VectorType(FLOAT, LANES), ir.VectorType(WORD, LANES)


class Writer:
    """LLVM's words for addresses, vectors and loops."""

    def __init__(self, b: Any) -> None:
        self.b = b

    def at(self, address: Any, offset: Any) -> Any:
        """A pointer `offset` bytes (a number, or a value) after an address."""
        offset = LONG(offset) if isinstance(offset, int) else offset
        return self.b.inttoptr(self.b.add(address, offset), ir.PointerType())

    def load(self, kind: Any, address: Any, offset: Any = 0) -> Any:
        return self.b.load(self.at(address, offset), align=4, typ=kind)

    def store(self, value: Any, address: Any, offset: Any = 0) -> None:
        self.b.store(value, self.at(address, offset), align=4)

    def spread(self, scalar: Any) -> Any:
        """A vector with the same number in all lanes."""
        kind = ir.VectorType(scalar.type, LANES)
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), scalar, WORD(0))
        return self.b.shuffle_vector(one, one, ir.Constant(ir.VectorType(WORD, LANES), [0] * LANES))

    def call(self, name: str, kind: Any, *arguments: Any) -> Any:
        """One of LLVM's own functions; sums over lanes in any order."""
        known = self.b.module.globals.get(name)
        function = known or ir.Function(self.b.module, ir.FunctionType(kind, [a.type for a in arguments]), name)
        return self.b.call(
            function, arguments, fastmath=("reassoc",) if name.startswith("llvm.vector.reduce.f") else ()
        )

    def fused(self, x: Any, y: Any, z: Any) -> Any:
        """x y + z."""
        return self.call(f"llvm.fmuladd.v{LANES}f32", FLOATS, x, y, z)

    def prefetch(self, address: Any, offset: Any, locality: int = 3) -> None:
        self.call("llvm.prefetch.p0", ir.VoidType(), self.at(address, offset), WORD(0), WORD(locality), WORD(1))

    def repeat(self, times: Any, carried: list[Any], body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
        """carried = body(i, carried), for i below `times` (at least once)."""
        b, before = self.b, self.b.block
        loop = b.append_basic_block("loop")
        b.branch(loop)
        b.position_at_end(loop)
        i = b.phi(LONG)
        i.add_incoming(LONG(0), before)
        phis = [b.phi(value.type) for value in carried]
        for phi, value in zip(phis, carried, strict=True):
            phi.add_incoming(value, before)
        results, following = body(i, phis), b.add(i, LONG(1))
        i.add_incoming(following, b.block)
        for phi, value in zip(phis, results, strict=True):
            phi.add_incoming(value, b.block)
        done = b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", following, times), loop, done)
        b.position_at_end(done)
        return results

    def largest(self, *numbers: Any) -> Any:
        """Lane by lane the largest of a few vectors."""
        found = numbers[0]
        for other in numbers[1:]:
            found = self.b.select(self.b.fcmp_ordered(">", found, other), found, other)
        return found

    def across(self, name: str, vector: Any, *start: Any) -> Any:
        """One number of all lanes: their fmax, fadd (with a start) or add."""
        kind = "i32" if vector.type == WORDS else "f32"
        return self.call(f"llvm.vector.reduce.{name}.v{LANES}{kind}", vector.type.element, *start, vector)

    def exp(self, x: Any) -> Any:
        """`language.exp` of a vector of numbers ≤ 0; those below -87 are held there, NaN stays."""
        b, c = self.b, lambda number: self.spread(FLOAT(number))
        x = b.select(b.fcmp_ordered("<", x, c(-87.0)), c(-87.0), x)
        power = b.fptosi(self.fused(x, c(1.44269504), c(127.5)), WORDS)
        whole = b.sitofp(b.sub(power, self.spread(WORD(127))), FLOATS)
        rest = self.fused(whole, c(-0.693359375), x)
        rest = self.fused(whole, c(2.12194440e-4), rest)
        p = c(1.9875691500e-4)
        for term in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
            p = self.fused(p, rest, c(term))
        p = self.fused(b.fmul(p, rest), rest, b.fadd(rest, c(1.0)))
        return b.fmul(p, b.bitcast(b.shl(power, self.spread(WORD(23))), FLOATS))
