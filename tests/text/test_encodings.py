"""Files in the encodings that Japanese has been written in, long texts and very short ones."""

import codecs
from pathlib import Path

import pytest

from mebuki.errors import TextError
from mebuki.text.encodings import CHUNK, SAMPLE, display_name, examine, japanese_score, known_encoding
from mebuki.text.sources import find_sources

LONG = (
    "けさは庭の梅が三輪咲いていた。となりの猫が塀の上から見ている。\n「まだ寒いね」と言うと、返事のかわりに欠伸をした。"
)
SHORT = [
    "きょうは雨だった。",
    "猫が好き",
    "東京都千代田区",
    "ラーメンがうまい",
    "日記",
    "鬱蒼とした森",
    "2026年11月21日 晴れ",
    "「はい」",
    "あ",
    "薔薇の薔",
    "醤油",
    "Windows 95を買った",
    "X線とT字路",
    "ﾊﾛｰです",
    "お茶を飲んで、本を読んで、少し眠った。",
]
WESTERN = [
    "café",
    "Das Mädchen läuft über die Straße. Größe öffnen",
    "Él está aquí, señor. ¿Qué pasó?",
    "don\u2019t do it\u2019s",
    "Ça va très bien, merci à tous; l\u2019été où j\u2019étais",
]
OTHER = [
    ("我们今天去公园散步，天气很好。他说他不喜欢下雨。", "gbk"),
    ("오늘은 비가 왔다. 나는 책을 읽었다.", "euc_kr"),
    ("我們今天去公園散步，天氣很好。", "big5"),
    ("Сегодня идёт дождь, я читаю книгу.", "cp1251"),
]


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "text.txt"


@pytest.mark.parametrize("text", [LONG, LONG * 500, *SHORT])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp932", "shift_jis", "euc_jp"])
def test_japanese_is_recognised(text: str, encoding: str, file: Path) -> None:
    file.write_bytes(text.encode(encoding))
    found, size, _ = examine(file)
    assert file.read_bytes().decode(found) == text
    assert size == file.stat().st_size


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_of_both_orders(mark: bytes, file: Path) -> None:
    file.write_bytes(mark + LONG.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"))
    assert examine(file)[0] == "utf-16"
    assert file.read_bytes().decode("utf-16") == LONG


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("①番目の髙橋さん", "cp932", "cp932"),
        ("①番目のお店", "euc_jis_2004", "euc_jis_2004"),
        (LONG, "iso2022_jp", "iso2022_jp"),
        ("plain words", "ascii", "utf-8"),
    ],
)
def test_their_relatives(text: str, encoding: str, found: str, file: Path) -> None:
    file.write_bytes(text.encode(encoding))
    assert examine(file)[0] == found
    assert text.encode(encoding).decode(found) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [*((t, "cp1252") for t in WESTERN), *((t, "latin-1") for t in WESTERN[:3]), *OTHER]
)
def test_other_encodings_are_asked_for_and_never_guessed(text: str, encoding: str, file: Path) -> None:
    file.write_bytes(text.encode(encoding))
    with pytest.raises(TextError, match=r"text\.txt is not recognised(.|\n)*--encoding"):
        examine(file)
    assert find_sources([file], encoding)[0].encoding == codecs.lookup(encoding).name


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_letter_across_the_chunk_border(cut: int, file: Path) -> None:
    file.write_bytes(b"a" * (CHUNK - cut) + "🐈".encode())
    assert examine(file)[0] == "utf-8"


@pytest.mark.parametrize("before", [CHUNK - 1, SAMPLE, 2 * SAMPLE + 3, 2 * CHUNK])
def test_japanese_after_much_ascii(before: int, file: Path) -> None:
    file.write_bytes(b"a" * before + "あいうえお、猫。".encode("cp932"))
    assert examine(file)[0] == "cp932"
    file.write_bytes(b"a" * before + "ca馥 ".encode("cp932") * 20)
    with pytest.raises(TextError, match="not recognised"):
        examine(file)


@pytest.mark.parametrize("before", [0, 10, CHUNK - 2, CHUNK, CHUNK + 3])
def test_the_place_of_a_fault_is_told(before: int, file: Path) -> None:
    file.write_bytes(b"a" * before + b"\xe3\x81" + b"\xff\xff ")
    with pytest.raises(TextError, match=rf"byte 0xE3 at position {before:,}\)"):
        examine(file)
    file.write_bytes(b"a" * before + b"\xe3\x81")
    with pytest.raises(TextError, match=rf"byte 0xE3 at position {before:,}\)"):
        examine(file)


def test_no_text_at_all(file: Path) -> None:
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff")
    with pytest.raises(TextError, match="is not a text file: it holds NUL bytes"):
        examine(file)
    for data in (b"words" * CHUNK + b"\0", b"\0" + b"words" * CHUNK):
        file.write_bytes(data)
        with pytest.raises(TextError, match="NUL"):
            examine(file)


def test_a_mark_that_lies(file: Path) -> None:
    file.write_bytes(codecs.BOM_UTF8 + b"\xff\xff")
    with pytest.raises(TextError, match="not valid UTF-8 with a mark"):
        examine(file)
    file.write_bytes(codecs.BOM_UTF16_LE + b"a")
    with pytest.raises(TextError, match="not valid UTF-16"):
        examine(file)


def test_names() -> None:
    assert known_encoding("Shift_JIS") == known_encoding("sjis") == known_encoding("MS932") == "cp932"
    assert known_encoding("EUC-JP") == "euc_jp"
    assert display_name("utf-8") == "UTF-8"
    assert display_name("cp1252") == "cp1252"


@pytest.mark.parametrize(("name", "near"), [("utf-9", "utf"), ("shift-jus", "shift_jis"), ("base64", ""), ("a\0b", "")])
def test_unknown_encodings(name: str, near: str) -> None:
    with pytest.raises(TextError, match=f"is unknown(.|\n)*--encoding {near}"):
        known_encoding(name)


def test_score() -> None:
    assert japanese_score("plain") == 0
    assert japanese_score(LONG) > 0.8
    assert -1 <= japanese_score("a馥 b鰡 c鱧") < 0
