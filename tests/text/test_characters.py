"""Characters: whatever goes in comes out, and the `tokenizers` library reads the file as we do."""

import json

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RunError
from mebuki.text import Characters, load_tokenizer
from mebuki.text.characters import code_points

MIXED = "吾輩は猫である。 It's 12+34=46\n\n▁ 🐈‍⬛ ½ é\u3000“<eos>” <0x41>\ttab\r\0\x7f\x80\u2028"
LETTERS = st.text(max_size=30)
ANY = st.text(st.characters(), max_size=60)  # halves of surrogate pairs too


@settings(max_examples=200, deadline=None)
@given(LETTERS, ANY)
def test_any_string_comes_back(letters: str, text: str) -> None:
    tokenizer = Characters(letters)
    ids = tokenizer.encode(text)
    assert ids.ndim == 1
    assert ids.dtype == np.uint16
    assert tokenizer.decode(ids, errors="surrogatepass") == text


@settings(max_examples=200, deadline=None)
@given(LETTERS, st.text(max_size=60))
def test_ids_and_text_equal_the_library_s(letters: str, text: str) -> None:
    ours = Characters(letters)
    theirs = tokenizers.Tokenizer.from_str(ours.to_json())
    theirs.encode_special_tokens = True
    assert theirs.encode(text).ids == ours.encode(text).tolist()
    assert theirs.decode(ours.encode(text).tolist(), skip_special_tokens=False) == text


@pytest.mark.parametrize("letters", [MIXED, "", "abc", "猫", "\U0010ffff"])
def test_mixed_text_equals_the_library_s(letters: str, tmp_path) -> None:
    ours = Characters(letters)
    ours.save(tmp_path / "tokenizer.json")
    theirs = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    theirs.encode_special_tokens = True
    assert theirs.get_vocab_size() == ours.vocabulary_size == len(set(letters)) + 260
    assert theirs.encode(MIXED).ids == ours.encode(MIXED).tolist()
    assert theirs.decode(ours.encode(MIXED).tolist()) == MIXED == ours.decode(ours.encode(MIXED))


def test_order_of_ids() -> None:
    tokenizer = Characters("banana 猫")
    assert tokenizer.alphabet == " abn猫"
    assert tokenizer.letters == 5
    assert tokenizer.vocabulary_size == 265
    assert tokenizer.special == {"<pad>": 261, "<bos>": 262, "<eos>": 263, "<unk>": 264}
    assert tokenizer.token_bytes[4] == "猫".encode()
    assert tokenizer.token_bytes[5 + 0x41] == b"A"
    assert tokenizer.token_bytes[261:] == [b""] * 4
    assert [tokenizer.token(i) for i in (0, 1, 4, 5 + 0xE3, 5 + 0x0A, 263)] == ["␣", "a", "猫", "<0xE3>", "⏎", "<eos>"]


def test_typed_special_tokens_are_letters() -> None:
    tokenizer = Characters("<eos>padbunk")
    text = "<eos><pad><bos><unk>"
    assert len(tokenizer.encode(text)) == len(text)
    assert tokenizer.encode(text).max() < tokenizer.letters
    assert tokenizer.decode([*tokenizer.encode("end"), tokenizer.special["<eos>"]]) == "end"


def test_letters_in_any_order_and_halves_of_pairs_left_out() -> None:
    assert Characters("cba").to_json() == Characters(["a", "bc", "a\ud800"]).to_json()
    assert Characters.from_counts(np.bincount(code_points("cab\ud800"))).alphabet == "abc"


def test_large_vocabulary_needs_uint32() -> None:
    many = "".join(map(chr, range(0x20000, 0x20000 + 0x10000)))
    tokenizer = Characters(many)
    assert tokenizer.encode(many[-2:]).dtype == np.uint32
    assert tokenizer.decode(tokenizer.encode(many + "x")) == many + "x"


def test_saved_and_loaded(tmp_path) -> None:
    path = tmp_path / "tokenizer.json"
    tokenizer = Characters(MIXED)
    tokenizer.save(path)
    again = load_tokenizer(path)
    assert isinstance(again, Characters)
    assert again.token_bytes == tokenizer.token_bytes
    assert again.to_json() == tokenizer.to_json() == path.read_bytes().decode()


def _damage(content: dict, where: str) -> object:
    vocab = content["model"]["vocab"]
    if where == "vocabulary":
        vocab["a"], vocab["b"] = vocab["b"], vocab["a"]
    elif where == "merges":
        content["model"]["merges"] = [["a", "b"]]
    elif where == "letter lost":
        del vocab["a"]
    elif where == "model":
        content["model"] = {"type": "WordLevel"}
    else:
        return [content]
    return content


@pytest.mark.parametrize("where", ["vocabulary", "merges", "letter lost", "model", "list"])
def test_damaged_files_are_refused_by_name(where: str, tmp_path) -> None:
    path = tmp_path / "tokenizer.json"
    content = json.loads(Characters("ab").to_json())
    path.write_text(json.dumps(_damage(content, where)), encoding="utf-8")
    with pytest.raises(RunError, match=r"tokenizer\.json"):
        load_tokenizer(path)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"null", b'{"model": {"byte_fallback": false}}', b"[" * 99999]
)
def test_no_tokenizer_at_all(data: bytes, tmp_path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"tokenizer\.json"):
        load_tokenizer(path)
    with pytest.raises(RunError, match=r"elsewhere\.json"):
        load_tokenizer(tmp_path / "elsewhere.json")
