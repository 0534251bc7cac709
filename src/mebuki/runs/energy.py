"""Energy that the processors of this machine take, where it tells: Linux with Intel's or AMD's RAPL counters."""

from __future__ import annotations

from pathlib import Path

COUNTERS = Path("/sys/class/powercap")


class Energy:
    """Joules since this object was made, of the whole machine's processor packages.

    Attributes:
        told: whether the machine tells; the counters are often readable by root alone.
    """

    def __init__(self, counters: Path = COUNTERS) -> None:
        self._last: dict[Path, int] = {}
        self._span: dict[Path, int] = {}
        self._joules = 0.0
        for package in sorted(counters.glob("*-rapl:*")):
            if package.name.count(":") != 1:
                continue  # a part of a package, counted with it
            try:
                self._span[package] = int((package / "max_energy_range_uj").read_text())
                self._last[package] = int((package / "energy_uj").read_text())
            except (OSError, ValueError):
                continue
        self.told = bool(self._last)

    def joules(self) -> float | None:
        """Spent so far; None where the machine does not tell. To be asked at least every few minutes: counters run over."""
        if not self.told:
            return None
        for package, last in self._last.items():
            try:
                now = int((package / "energy_uj").read_text())
            except (OSError, ValueError):
                continue
            self._joules += ((now - last) if now >= last else now + self._span[package] - last) / 1e6
            self._last[package] = now
        return round(self._joules, 1)
