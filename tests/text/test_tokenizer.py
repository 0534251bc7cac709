"""What holds for every tokenizer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import MebukiError
from mebuki.text import BytePairs, Characters, Tokenizer, load_tokenizer

TEXT = "The cat sat on the mat. 猫が好き。犬も好き。12 + 34 = 46\n" * 20
TOKENIZERS = {"characters": Characters("The cat猫"), "byte-pairs": BytePairs.train([TEXT], 300)}
every = pytest.mark.parametrize("kind", list(TOKENIZERS))


def made(kind: str) -> Tokenizer:
    return TOKENIZERS[kind]


@every
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_stream_joins_to_decode(kind: str, data: st.DataObject) -> None:
    tokenizer = made(kind)
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocabulary_size - 1), max_size=20))
    ids += tokenizer.encode(data.draw(st.text(max_size=10))).tolist()
    stream = tokenizer.stream()
    pieces = [stream.push(i) for i in ids] + [stream.finish()]
    assert "".join(pieces) == tokenizer.decode(ids)


@every
def test_stream_gives_whole_letters_only(kind: str) -> None:
    tokenizer = made(kind)
    stream = tokenizer.stream()
    pieces = [stream.push(i) for i in tokenizer.encode("🐈")]
    assert "".join(pieces) == "🐈"
    assert pieces[:-1] == [""] * (len(pieces) - 1)
    assert len(pieces) > 1
    assert stream.finish() == ""
    stream = tokenizer.stream()
    assert stream.push(tokenizer.encode("🐈")[0]) == ""
    assert stream.finish() == "\ufffd"


@every
def test_decode_takes_lists_and_arrays(kind: str) -> None:
    tokenizer = made(kind)
    ids = tokenizer.encode("cat")
    assert tokenizer.decode(ids) == tokenizer.decode(list(ids)) == tokenizer.decode(ids.astype(np.int64)) == "cat"
    assert tokenizer.decode([]) == tokenizer.decode(tokenizer.encode("")) == ""


@every
@pytest.mark.parametrize("wrong", [-1, 99999])
def test_ids_out_of_range(kind: str, wrong: int) -> None:
    tokenizer = made(kind)
    with pytest.raises(MebukiError, match=f"id {wrong} is not in the vocabulary"):
        tokenizer.decode([wrong])
    with pytest.raises(MebukiError, match=f"id {wrong}"):
        tokenizer.stream().push(wrong)
    with pytest.raises(MebukiError, match=f"id {wrong}"):
        tokenizer.token(wrong)


@every
def test_token_names_print(kind: str) -> None:
    tokenizer = made(kind)
    names = [tokenizer.token(i) for i in range(tokenizer.vocabulary_size)]
    assert all(name and name.isprintable() for name in names)
    assert {"<pad>", "<bos>", "<eos>", "<unk>"} < set(names)


@every
def test_saved_and_loaded(kind: str, tmp_path) -> None:
    tokenizer = made(kind)
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert again.kind == kind
    assert again.letters == tokenizer.letters
    assert again.vocabulary_size == tokenizer.vocabulary_size
    assert again.special == tokenizer.special
    assert again.token_bytes == tokenizer.token_bytes
    assert again.encode(TEXT).tolist() == tokenizer.encode(TEXT).tolist()
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()
