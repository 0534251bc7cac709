"""Byte pairs: lossless, deterministic, and the same ids however the text comes."""

import json
import random

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RecipeError, RunError
from mebuki.text import BytePairs, load_tokenizer
from mebuki.text import byte_pairs as module

TEXT = (
    "The cat sat on the mat, didn't it?  Two  spaces.\n\n  Indented 2026-11-21.\n猫が好き。犬も好き、鳥も。\t12 + 34\n"
    * 20
)
TOKENIZER = BytePairs.train([TEXT], 310)
# Texts of the letters at which cutting could go wrong: blanks, apostrophes, digits, stops.
LETTERS = list("ab's tl  \n\n\t1²猫か。、・ー　\u00a0\u2028\x1c\x85.")
TRICKY = st.text(st.sampled_from(LETTERS), min_size=20, max_size=80)
# Learned from the same letters, so that any two neighbours that the pre-tokenizer leaves together are one token.
TRICKY_TOKENIZER = BytePairs.train(["".join(random.Random(0).choices(LETTERS, k=50_000))], 3000)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_halves_of_surrogate_pairs_become_replacement_letters() -> None:
    assert TOKENIZER.decode(TOKENIZER.encode("a\ud800b")) == "a\ufffdb"


@settings(max_examples=300, deadline=None)
@given(TRICKY | st.text(max_size=60), st.integers(1, 7), st.integers(1, 12), st.integers(1, 12))
def test_ids_in_chunks_equal_ids_of_the_whole(text: str, size: int, batch: int, piece: int) -> None:
    whole = TRICKY_TOKENIZER._library.encode(text).ids
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE", piece)
        encoder = TRICKY_TOKENIZER.encoder()
        encoder._cutter._batch = batch  # pyright: ignore[reportAttributeAccessIssue]
        parts = [encoder.push(text[i : i + size]) for i in range(0, len(text), size)]
        assert np.concatenate([*parts, encoder.finish()]).tolist() == whole
        assert TRICKY_TOKENIZER.encode(text).tolist() == whole


@settings(max_examples=150, deadline=None)
@given(TRICKY, st.integers(1, 9))
def test_the_last_cut_is_the_last_of_all_cuts(text: str, window: int) -> None:
    cuts = [match.start() for match in module._CUT.finditer(text)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW", window)
        assert module._last_cut(text) == (cuts[-1] if cuts else 0)


def test_text_without_any_place_to_cut_is_cut_at_last(monkeypatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 50)
    encoder = TOKENIZER.encoder()
    encoder._cutter._batch = 10  # pyright: ignore[reportAttributeAccessIssue]
    parts = [encoder.push("aaaaaaa") for _ in range(30)]
    assert sum(map(len, parts)) > 0
    assert TOKENIZER.decode(np.concatenate([*parts, encoder.finish()])) == "a" * 210


def test_training_is_deterministic_however_the_text_comes(monkeypatch) -> None:
    monkeypatch.setattr(module, "_PIECE", 64)
    monkeypatch.setattr(module, "_BATCH", 100)
    again = BytePairs.train((TEXT[i : i + 7] for i in range(0, len(TEXT), 7)), 310)
    assert again.to_json() == TOKENIZER.to_json()


def test_what_is_learned() -> None:
    assert TOKENIZER.vocabulary_size == TOKENIZER.letters == 310
    assert TOKENIZER.special == {"<pad>": 0, "<bos>": 1, "<eos>": 2, "<unk>": 3}
    assert sorted(TOKENIZER.token_bytes[4:260]) == [bytes([b]) for b in range(256)]
    assert [TOKENIZER.token(i) for i in TOKENIZER.encode("1234")] == ["1", "2", "3", "4"]
    assert len(TOKENIZER.encode(TEXT)) < len(TEXT.encode()) / 2
    assert BytePairs.train(["too short to repeat"], 400).vocabulary_size < 400
    assert BytePairs.train(["abc def"], 400).vocabulary_size == 260
    assert BytePairs.train([], 260).vocabulary_size == 260


def test_typed_special_tokens_are_text() -> None:
    text = "<eos> <pad><bos> <unk>"
    assert not set(TOKENIZER.encode(text).tolist()) & set(TOKENIZER.special.values())
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_the_file_is_the_library_s_own(tmp_path) -> None:
    TOKENIZER.save(tmp_path / "tokenizer.json")
    theirs = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert theirs.encode(TEXT).ids == TOKENIZER.encode(TEXT).tolist()
    assert theirs.decode(theirs.encode(TEXT).ids) == TEXT


@pytest.mark.parametrize("vocabulary", [259, 65537, -1])
def test_vocabulary_out_of_range(vocabulary: int) -> None:
    with pytest.raises(RecipeError, match=r"260 to 65536"):
        BytePairs.train([TEXT], vocabulary)


@pytest.mark.parametrize("where", ["id twice", "foreign sign", "no digits", "merge of nothing", "specials"])
def test_damaged_files_are_refused_by_name(where: str, tmp_path) -> None:
    content = json.loads(TOKENIZER.to_json())
    model = content["model"]
    if where == "id twice":
        model["vocab"]["a"] = 309
    elif where == "foreign sign":
        model["vocab"]["猫"] = model["vocab"].pop("a")
        model["merges"] = []
    elif where == "no digits":
        content["pre_tokenizer"]["pretokenizers"].pop(0)
    elif where == "merge of nothing":
        model["merges"] = [["qq", "qq"]]
    else:
        model["vocab"]["<none>"] = model["vocab"].pop("<eos>")
        content["added_tokens"] = []
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RunError, match=r"tokenizer\.json"):
        load_tokenizer(path)
