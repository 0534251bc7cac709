"""A recovery key, as it is written on paper: eight groups of four signs and one more, by which each group checks itself.

Signs are Crockford's thirty-two, without I, L, O and U; whoever writes or reads these for 1, 0 and V is understood, and so are small
letters, full-width ones, and any spaces or lines between.
"""

from __future__ import annotations

import unicodedata

from .entries import DiaryError

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIKE = str.maketrans("OILU", "011V")
GROUPS, FOUR = 8, 4
BYTES = GROUPS * FOUR * 5 // 8  # 20, 160 bits of chance
WEIGHTS = (1, 3, 5, 7)  # odd, so that one wrong sign is always seen


def written(secret: bytes) -> str:
    """A key as it is shown.

    >>> written(bytes(range(20)))
    '000GS-40R4A-0M306-E209Q-185GF-R38E1-1W813-24GKB'
    """
    assert len(secret) == BYTES, len(secret)
    bits = int.from_bytes(secret, "big")
    values = [bits >> 5 * place & 31 for place in reversed(range(GROUPS * FOUR))]
    groups = [values[first : first + FOUR] for first in range(0, len(values), FOUR)]
    return "-".join(
        "".join(SIGNS[value] for value in [*group, _check(place, group)]) for place, group in enumerate(groups)
    )


def read(said: str) -> bytes:
    """The key that was written.

    Raises:
        DiaryError: a sign is wrong; the message names its group.

    >>> read("ooogs 40r4a om306 e2o9q i85gf r38el lw8i3 24gkb") == bytes(range(20))
    True
    """
    plain = unicodedata.normalize("NFKC", said).upper()
    signs = "".join(c for c in plain if c.isalnum()).translate(ALIKE)
    if len(signs) != GROUPS * (FOUR + 1):
        raise DiaryError(
            f"a recovery key of {len(signs)} signs", allowed=f"{GROUPS} groups of {FOUR + 1} letters and digits"
        )
    bits = 0
    for place in range(GROUPS):
        group = signs[place * (FOUR + 1) :][: FOUR + 1]
        values = [SIGNS.find(sign) for sign in group]
        if -1 in values or _check(place, values[:FOUR]) != values[FOUR]:
            raise DiaryError(
                f"group {place + 1} of the recovery key, {group}, holds a wrong sign", hint="reading it again"
            )
        for value in values[:FOUR]:
            bits = bits << 5 | value
    return bits.to_bytes(BYTES, "big")


def _check(place: int, values: list[int]) -> int:
    return (9 * (place + 1) + sum(weight * value for weight, value in zip(WEIGHTS, values, strict=True))) % 32
