"""Tokenizers from elsewhere: what they encode comes back, and nothing typed is special."""

from __future__ import annotations

import json

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RunError
from mebuki.text.byte_pairs import BytePairs
from mebuki.text.imported import Imported
from mebuki.text.tokenizer import load

BYTES = [f"<0x{b:02X}>" for b in range(256)]


def llama(letters: str) -> str:
    """A `tokenizer.json` as that of Llama 2: pairs of letters, `▁` for a space, bytes for the rest."""
    names = ["<unk>", "<s>", "</s>", *BYTES, "▁", *letters, "lo", "low"]
    model = tokenizers.models.BPE(
        {name: i for i, name in enumerate(names)}, [("l", "o"), ("lo", "w")], byte_fallback=True, unk_token="<unk>"
    )
    library = tokenizers.Tokenizer(model)
    library.normalizer = tokenizers.normalizers.Replace(" ", "▁")
    parts = [tokenizers.decoders.Replace("▁", " "), tokenizers.decoders.ByteFallback(), tokenizers.decoders.Fuse()]
    library.decoder = tokenizers.decoders.Sequence(parts)
    library.add_special_tokens(["<unk>", "<s>", "</s>"])
    return library.to_str()


FORMS = {
    "bytes": BytePairs.train(["low lower lowest 雨 " * 9], vocabulary=280).to_json(),
    "letters": llama("lowersthank 雨".replace(" ", "")),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_text_comes_back(form: str) -> None:
    ours, library = Imported.from_json(FORMS[form]), tokenizers.Tokenizer.from_str(FORMS[form])
    assert len(ours.token_bytes) == ours.vocabulary_size == ours.letters == library.get_vocab_size()
    library.encode_special_tokens = True

    @settings(max_examples=200, deadline=None)
    @given(
        st.text(st.sampled_from("low <unk></s>雨") | st.characters(exclude_categories=["Cs"], exclude_characters="▁"))
    )
    def same(text: str) -> None:
        ids = ours.encode(text)
        assert ids.tolist() == library.encode(text, add_special_tokens=False).ids
        assert ours.decode(ids) == text
        assert not set(ids.tolist()) & set(ours.special.values())

    same()


@pytest.mark.parametrize("form", FORMS)
def test_it_is_saved_and_read_again(form: str, tmp_path) -> None:
    ours = Imported.from_json(FORMS[form])
    ours.save(tmp_path / "tokenizer.json")
    again = load(tmp_path / "tokenizer.json", elsewhere=True)
    assert type(again) is (BytePairs if form == "bytes" else Imported)
    assert json.loads(again.to_json()) == json.loads(ours.to_json()) == json.loads(FORMS[form])
    assert tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json")).get_vocab_size() == ours.vocabulary_size
    if form == "letters":
        with pytest.raises(RunError, match="of another kind"):
            load(tmp_path / "tokenizer.json")
    assert again.token(ours.special["<unk>"]) == "<unk>"


def test_pieces_are_the_whole() -> None:
    ours = Imported.from_json(FORMS["letters"])
    encoder = ours.encoder()
    ids = [*encoder.push("lo"), *encoder.push("w 雨"), *encoder.finish()]
    assert ids == ours.encode("low 雨").tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": {"type": "Unigram"}}, "only BPE"),
        ({"model": None}, "only BPE"),
        ({"decoder": None}, "neither bytes nor"),
        ({"pre_tokenizer": {"type": "Nonsense"}}, "PreTokenizer"),
    ],
)
def test_another_form_is_told(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Imported.from_json(json.dumps(json.loads(FORMS["bytes"]) | change))


@pytest.mark.parametrize("form", FORMS)
def test_what_a_tokenizer_does_to_batches_is_not_done_here(form: str) -> None:
    """Texts cut to a length, filled up to one, pairs left out at random."""
    content = json.loads(FORMS[form])
    content["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    padding = {"direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "x"}
    content["padding"] = {"strategy": {"Fixed": 64}, **padding}
    content["model"]["dropout"] = 0.9
    odd = Imported.from_json(json.dumps(content))
    text = "the lower river, lowest river"
    assert odd.encode(text).tolist() == Imported.from_json(FORMS[form]).encode(text).tolist()
    assert json.loads(odd.to_json())["truncation"] is None


def test_another_s_byte_pairs_are_not_taken_for_ours(tmp_path) -> None:
    """Where it does more to a text: it would be lost, or done only here."""
    content = json.loads(FORMS["bytes"])
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    assert isinstance(load(tmp_path / "tokenizer.json", elsewhere=True), BytePairs)
    content["normalizer"] = {"type": "Lowercase"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    read = load(tmp_path / "tokenizer.json", elsewhere=True)
    assert isinstance(read, Imported)
    assert read.decode(read.encode("LOWER")) == "lower"


def test_a_pattern_that_takes_for_ever_is_told() -> None:
    content = json.loads(FORMS["bytes"])
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    content["pre_tokenizer"]["pretokenizers"].insert(0, split)
    with pytest.raises(RunError, match="cannot cut a text of 31 characters"):
        Imported.from_json(json.dumps(content)).encode("a" * 30 + "b")


def test_gaps_and_strange_signs_are_told() -> None:
    content = json.loads(FORMS["bytes"])
    with pytest.raises(ValueError, match="gaps"):
        Imported(content | {"model": content["model"] | {"vocab": {**content["model"]["vocab"], "z z": 999}}})
    size = len(content["model"]["vocab"])
    with pytest.raises(ValueError, match="stands for no bytes"):
        Imported(content | {"model": content["model"] | {"vocab": {**content["model"]["vocab"], "猫": size}}})
