"""A run's numbers as event files of TensorBoard, written without it.

An event file is a row of TFRecords, each framed as

    length (8 bytes, little endian) · masked CRC-32C of the length · data · masked CRC-32C of the data

and each data is one `Event` of Protocol Buffers: a time, a step, and scalars with their tags; or that a session starts,
after which what was told of its step and later ones counts no more.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

VARINT, DOUBLE, BYTES, FLOAT = 0, 1, 2, 5  # wire types
START = 1  # of a SessionLog


@dataclass(frozen=True)
class Scalars:
    """Numbers of one step: `time` in seconds since 1970, `values` by their tags. Without any: here it starts anew with this
    step."""

    time: float
    step: int
    values: dict[str, float]


def event_file(rows: Iterable[Scalars], began: float) -> bytes:
    """The content of an event file.

    >>> len(event_file([Scalars(0.0, 1, {"loss/train": 2.5})], began=0.0))
    88
    """
    first = _double(1, began) + _bytes(3, b"brain.Event:2")
    return record(first) + b"".join(record(_event(row)) for row in rows)


def _event(row: Scalars) -> bytes:
    values = (_bytes(1, tag.encode()) + _key(2, FLOAT) + struct.pack("<f", value) for tag, value in row.values.items())
    summary = b"".join(_bytes(1, value) for value in values)
    told = _bytes(5, summary) if row.values else _bytes(7, _key(1, VARINT) + _varint(START))
    return _double(1, row.time) + _key(2, VARINT) + _varint(row.step) + told


def record(data: bytes) -> bytes:
    """Data in the frame of a TFRecord."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def crc32c(data: bytes) -> int:
    """The checksum of Castagnoli.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _row(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_TABLE = [_row(byte) for byte in range(256)]


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(number: int) -> bytes:
    """A whole number, not negative, in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, BYTES) + _varint(len(content)) + content


def _double(field: int, number: float) -> bytes:
    return _key(field, DOUBLE) + struct.pack("<d", number)
