"""Which encoding is a file in? Byte order marks first, then UTF-8, then the Japanese encodings of the years before it.

Shift_JIS and EUC-JP share most byte pairs, so several encodings may decode one file without an error. The one whose
letters look most like Japanese as people write it is taken; if none does, the reader is asked.
"""

from __future__ import annotations

import codecs
import difflib
import encodings.aliases
import functools
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mebuki.errors import TextError

CHUNK = 1 << 20  # bytes read at once
SAMPLE = 1 << 18  # letters that are looked at to tell encodings apart

_MARKS = (  # longest first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
_SHIFT_OUT = re.compile(rb"\x1b\$[@B]")  # how ISO-2022-JP, of old letters, begins a run of kanji
_BEYOND = re.compile("[^\0-\x7f]")
_CARRIAGE = re.compile("\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "cp932": "Shift_JIS (cp932)",
    "euc_jp": "EUC-JP",
    "iso2022_jp": "ISO-2022-JP",
}


def known_encoding(name: str) -> str:
    """Python's name of an encoding that a person gave; Shift_JIS is read as cp932, its everyday extension.

    Raises:
        TextError: Python knows no such encoding of text.

    >>> known_encoding("Shift-JIS"), known_encoding("UTF8"), known_encoding("auto")
    ('cp932', 'utf-8', 'auto')
    """
    if name == "auto":
        return name
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses what encodes no text, as base64
        codecs.getincrementaldecoder(found)
    except (LookupError, UnicodeError, ValueError) as error:
        known = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})
        near = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1)
        raise TextError(
            f"encoding {name!r} is unknown",
            allowed="auto, utf-8, cp932, euc_jp, utf-16 or any other text encoding of Python",
            hint=f"--encoding {near[0] if near else 'auto'}",
        ) from error
    return "cp932" if found == "shift_jis" else found


def display_name(encoding: str) -> str:
    """The name of an encoding for people.

    >>> display_name("euc_jp")
    'EUC-JP'
    """
    return _NAMES.get(encoding, encoding)


def plain_ends(text: str) -> str:
    """The text with \\n at the end of lines, whatever stood there.

    >>> plain_ends("a\\r\\nb\\rc")
    'a\\nb\\nc'
    """
    return _CARRIAGE.sub("\n", text) if "\r" in text else text


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which no encoding can write.

    >>> without_surrogates("a\\ud800")
    'a�'
    """
    return _SURROGATE.sub("\ufffd", text)


def examine(path: Path, encoding: str = "auto") -> tuple[str, int, str]:
    """Read a file once, in small memory: its encoding, its size in bytes and its sha256.

    Args:
        path: a file that can be opened; an OSError is the caller's to explain.
        encoding: `auto`, or a name from `known_encoding`, which is then taken on trust.

    Raises:
        TextError: with `auto`, the file is no text, or in an encoding that is not recognised.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    fault, zero, escape = "", False, False
    for chunk in read_chunks(path):
        head = head or chunk[:4]
        if encoding == "auto":
            zero = zero or b"\0" in chunk
            escape = escape or (b"\x1b" in chunk and _SHIFT_OUT.search(chunk) is not None)
            fault = fault or _decode_fault(utf8, chunk, size)
        digest.update(chunk)
        size += len(chunk)
    if encoding == "auto":
        fault = fault or _decode_fault(utf8, b"", size, final=True)
        encoding = _detect(path, head, zero=zero, escape=escape, fault=fault)
    return encoding, size, digest.hexdigest()


def read_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file in chunks of 1 MiB."""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _decode_fault(decoder: codecs.IncrementalDecoder, chunk: bytes, position: int, *, final: bool = False) -> str:
    """Where decoding fails, in words; `""` if it does not. After a fault the decoder must not be used again."""
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        return f"byte 0x{error.object[error.start]:02X} at position {position - held + error.start:,}"
    return ""


def _detect(path: Path, head: bytes, *, zero: bool, escape: bool, fault: str) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            if _sample(path, name) is None:
                raise TextError(
                    f"{path} begins with the mark of {display_name(name)}, but is not valid {display_name(name)}",
                    hint="--encoding with the name of its real encoding, or save it again as UTF-8",
                )
            return name
    if zero:
        raise TextError(
            f"{path} is not a text file: it holds NUL bytes",
            allowed="plain text (.txt, .md) or .jsonl",
            hint="save it as plain text; if it is UTF-16 without a mark, --encoding utf-16-le",
        )
    if not fault:
        return "iso2022_jp" if escape and _sample(path, "iso2022_jp") is not None else "utf-8"
    samples = {name: text for name in _JAPANESE if (text := _sample(path, name)) is not None}
    best = max(samples, key=lambda name: japanese_score(samples[name]), default="")
    if best and japanese_score(samples[best]) > 0:
        return best
    tried = f", nor Japanese in {', '.join(display_name(n) for n in samples)}" if samples else ""
    raise TextError(
        f"the encoding of {path} is not recognised: it is not UTF-8 ({fault}){tried}",
        allowed="UTF-8, UTF-16 with a mark, Shift_JIS (cp932), EUC-JP are recognised",
        hint="--encoding with its name, as cp932, euc_jp or cp1252; or save it again as UTF-8",
    )


def _sample(path: Path, encoding: str) -> str | None:
    """Some of the file's text, from the first letter beyond ASCII on, if the whole file decodes; else None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    sample = ""
    try:
        for chunk in itertools.chain(read_chunks(path), [b""]):
            text = decoder.decode(chunk, not chunk)
            if not sample and (beyond := _BEYOND.search(text)):
                text = text[max(0, beyond.start() - 1) :]  # with the letter before it, which tells about a kanji alone
            if not text.isascii() and len(sample) < SAMPLE:
                sample += text[:SAMPLE]
    except UnicodeDecodeError:
        return None
    return sample


def japanese_score(text: str) -> float:
    """How much the letters beyond ASCII look like Japanese: from -1 to 1, by the letter; a text of ASCII alone has 0.

    Kana and Japanese stops count for it, the 2,965 frequent kanji of JIS X 0208 a little less. Rare kanji, half-width
    katakana and private letters count against it, most of all a kanji alone among Latin letters (what an accent of
    another encoding becomes). More than a few words without any kana are Chinese or Korean: -1.

    >>> japanese_score("吾輩は猫である。") > 0.5 > 0 > japanese_score("ｱ｣､ｦ") > japanese_score("don痴 ca馥s")
    True
    """
    letters = Counter(re.sub("[\0-\x7f]+", "", text))
    total = letters.total()
    if not total:
        return 0.0
    kana = sum(n for c, n in letters.items() if "ぁ" <= c <= "ヺ")
    if total > 12 and kana < 0.05 * total:
        return -1.0
    alone = len(re.findall("(?<=[A-Za-z])[一-龥](?![^\0-\x7f])", text))
    return max(-1.0, (sum(_weight(c) * n for c, n in letters.items()) - 2 * alone) / total)


def _weight(letter: str) -> float:
    if "\u3000" <= letter <= "ヿ":
        return 1.0
    if "一" <= letter <= "龥":
        return 0.8 if letter in _frequent_kanji() else -0.3
    if "｡" <= letter <= "ﾟ" or "\ue000" <= letter <= "\uf8ff":
        return -0.5
    return 0.5 if "！" <= letter <= "～" else 0.0


@functools.cache
def _frequent_kanji() -> frozenset[str]:
    """The kanji of the first level of JIS X 0208: rows 16 to 47."""
    pairs = (bytes([0xA0 + row, 0xA0 + cell]) for row in range(16, 48) for cell in range(1, 95))
    return frozenset(pair.decode("euc_jp", "ignore") for pair in pairs) - {""}
