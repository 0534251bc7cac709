"""Reading: line ends, marks, entries, and joining, at every place where a chunk may end."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mebuki.errors import TextError
from mebuki.text import encodings
from mebuki.text.documents import Document, join, read_documents
from mebuki.text.sources import Source, find_sources


def source(path: Path, data: bytes, encoding: str = "auto") -> Source:
    path.write_bytes(data)
    return find_sources([path], encoding)[0]


def text_of(source: Source) -> str:
    return "".join(join(read_documents(source)))


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "a.txt"


@pytest.fixture
def entries(tmp_path) -> Path:
    return tmp_path / "a.jsonl"


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp932", "euc_jp"])
def test_line_ends_at_chunk_borders(chunk: int, encoding: str, file: Path, monkeypatch) -> None:
    text = "猫\r\n\r\n犬\rあ\n\r\nい」\r\n、うえお。\r"
    found = source(file, text.encode(encoding))
    monkeypatch.setattr(encodings, "CHUNK", chunk)
    assert text_of(found) == "猫\n\n犬\nあ\n\nい」\n、うえお。\n"


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(list("a猫\r\n\n\r\u2028\x85")), min_size=1), st.integers(1, 8))
def test_one_file_is_kept_as_python_reads_it(text: str, chunk: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        found = source(Path(folder, "a.txt"), text.encode())
        patch.setattr(encodings, "CHUNK", chunk)
        assert text_of(found) == io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline=None).read()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8", "utf-16-be"])
@pytest.mark.parametrize("chunk", [1, 3, 6, 100])
def test_a_mark_at_the_head_is_no_letter(encoding: str, chunk: int, file: Path, monkeypatch) -> None:
    found = source(file, "\ufeff猫\ufeff犬".encode(encoding), encoding)
    monkeypatch.setattr(encodings, "CHUNK", chunk)
    assert text_of(found) == "猫\ufeff犬"


def rule(documents: list[str]) -> str:
    full = [text for text in documents if text.strip("\n")]
    if not full:
        return documents[0] if len(documents) == 1 else ""
    return "\n\n".join([text.rstrip("\n") for text in full[:-1]] + full[-1:])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.text(st.sampled_from("ab\n \n"), max_size=4), max_size=3), max_size=5))
@example([["\n"], ["a"]])
@example([["a\n"], ["\n"]])
@example([["\n"]])
def test_join_by_one_blank_line(documents: list[list[str]]) -> None:
    joined = "".join(join([Document(None, chunks) for chunks in documents]))
    whole = ["".join(chunks) for chunks in documents]
    if any(text.strip("\n") for text in whole) or len(whole) == 1:
        assert joined == rule(whole)
    else:
        assert not joined.strip("\n")


def test_entries(entries: Path) -> None:
    lines = [
        {"date": "2026-11-21", "text": "Rain\r\nagain\rand \u2028\x85again.\n"},
        {"date": "2026-11-22T08:30:00+09:00", "text": "猫"},
        {"text": "No day \ud83d, \U0001f408"},
        {"date": None, "text": "end"},
    ]
    data = "\n\n".join(json.dumps(line, ensure_ascii=bool(i % 2)) for i, line in enumerate(lines[:2]))
    data += "\r\n" + json.dumps(lines[2]) + "\r" + json.dumps(lines[3])
    found = source(entries, data.encode())
    read = [(document.date, "".join(document.chunks)) for document in read_documents(found)]
    assert read == [
        ("2026-11-21", "Rain\nagain\nand \u2028\x85again.\n"),
        ("2026-11-22", "猫"),
        (None, "No day \ufffd, 🐈"),
        (None, "end"),
    ]
    assert text_of(found).startswith("Rain\nagain\nand \u2028\x85again.\n\n猫\n\nNo day")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_entries_of_other_encodings(encoding: str, entries: Path) -> None:
    line = '{"date": "2026-11-21", "text": "けさは雨、のち曇り。"}\n'
    assert text_of(source(entries, line.encode(encoding))) == "けさは雨、のち曇り。"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("not json", "is not JSON"),
        ('{"text": "a"', "is not JSON"),
        ("[" * 99999, "is not JSON"),
        ('["text"]', 'has no "text"'),
        ('{"body": "a"}', 'has no "text"'),
        ('{"text": 3}', 'has no "text"'),
        ('{"text": "a", "date": "2026-02-30"}', "no day: '2026-02-30'"),
        ('{"text": "a", "date": "yesterday"}', "no day"),
        ('{"text": "a", "date": 20261121}', "no day"),
        ('{"text": "a", "date": ""}', "no day"),
    ],
)
def test_bad_lines_are_named(line: str, what: str, entries: Path) -> None:
    found = source(entries, f'{{"text": "good"}}\n\n{line}\n'.encode())
    with pytest.raises(TextError, match=rf'a\.jsonl, line 3 .*{what}(.|\n)*{{"date": "2026-11-21"'):
        text_of(found)


@pytest.mark.parametrize("before", [0, 3, encodings.CHUNK - 1, encodings.CHUNK])
def test_a_wrong_encoding_is_told_with_its_place(before: int, file: Path) -> None:
    found = source(file, b"a" * before + "é and more".encode("latin-1"), "utf-8")
    with pytest.raises(TextError, match=rf"not in the encoding UTF-8: at byte {before:,}\n"):
        text_of(found)
    with pytest.raises(TextError, match=rf"UTF-8: at byte {before:,}\n"):
        text_of(source(file, b"a" * before + "猫".encode()[:2], "utf-8"))
    with pytest.raises(TextError, match="not in the encoding UTF-16"):
        text_of(source(file, b"abcd", "utf-16"))


def test_a_file_that_changed(file: Path) -> None:
    found = source(file, b"one")
    file.write_bytes(b"two")
    assert "".join(join(read_documents(found, verify=False))) == "two"
    with pytest.raises(TextError, match=r"a\.txt has changed"):
        text_of(found)
    file.unlink()
    with pytest.raises(TextError, match=r"a\.txt cannot be read"):
        text_of(found)
