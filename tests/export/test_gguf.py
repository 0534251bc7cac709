"""The GGUF file, read back by the `gguf` package, and by llama.cpp where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from export.conftest import FORMS, whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mebuki
from mebuki.errors import MebukiError, RunError
from mebuki.export import gguf
from mebuki.export.exporting import export
from mebuki.export.grown import Grown
from mebuki.export.opening import of_run
from mebuki.text.byte_pairs import BytePairs
from mebuki.text.characters import Characters
from mebuki.text.imported import Imported

library = pytest.importorskip("gguf")
Form = Callable[[str], mebuki.Run]


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory, form: Form) -> Callable[[str], Path]:
    """`file(name)`: what was written of it."""
    written: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in written:
            written[name] = tmp_path_factory.mktemp("file")
            gguf.write(whole(form(name)), written[name])
        return written[name] / "model.gguf"

    return of


def fields(path: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in library.GGUFReader(path).fields.items()}


@pytest.mark.parametrize("name", FORMS)
def test_what_was_written_is_read_back(name: str, file: Any, form: Form) -> None:
    grown, found = whole(form(name)), fields(file(name))
    kind = "qwen3" if grown.shape.qk_norm else "llama"
    assert found["general.architecture"] == kind
    assert found[f"{kind}.context_length"] == 48
    assert found[f"{kind}.rope.freq_base"] == pytest.approx(72)
    assert found[f"{kind}.attention.layer_norm_rms_epsilon"] == pytest.approx(1e-6)
    assert found[f"{kind}.attention.head_count_kv"] == (grown.shape.key_value_heads or grown.shape.heads)
    tensors = {tensor.name: tensor.data for tensor in library.GGUFReader(file(name)).tensors}
    assert ("output.weight" in tensors) is not grown.shape.tied
    assert sum(t.size for n, t in tensors.items() if "norm" not in n) == sum(
        w.size for n, w in grown.weights.items() if "norm" not in n
    )
    np.testing.assert_array_equal(tensors["token_embd.weight"], grown.weights["embedding.weight"])
    np.testing.assert_array_equal(tensors["blk.1.ffn_down.weight"], grown.weights["blocks.1.mlp.down.weight"])


@pytest.mark.parametrize("name", ["letters", "byte pairs"])
def test_every_id_has_a_name_of_its_own(name: str, file: Any, form: Form) -> None:
    found, tokenizer = fields(file(name)), form(name).tokenizer
    names, kinds = found["tokenizer.ggml.tokens"], found["tokenizer.ggml.token_type"]
    assert len(names) == len(set(names)) == len(kinds) == tokenizer.vocabulary_size
    for i, kind in enumerate(kinds):
        if kind == library.TokenType.UNUSED:
            assert i in tokenizer.special.values()
            assert names[i] != "<eos>"
        elif kind == library.TokenType.BYTE:
            assert bytes([int(names[i][3:5], 16)]) == tokenizer.token_bytes[i]
    assert found["tokenizer.ggml.eos_token_id"] == tokenizer.special["<eos>"]
    assert found["tokenizer.ggml.add_bos_token"] is False


def test_a_space_and_its_sign_stay_two_tokens(form: Form, tmp_path: Path) -> None:
    grown = whole(form("letters"))
    letters = [*grown.tokenizer.alphabet[:-1], "▁"]  # pyright: ignore[reportAttributeAccessIssue]
    gguf.write(replace(grown, tokenizer=Characters(letters)), tmp_path)
    names = fields(tmp_path / "model.gguf")["tokenizer.ggml.tokens"]
    assert len(names) == len(set(names))
    assert names[Characters(letters).encode(" ")[0]] == "▁"


def test_a_space_that_no_text_had_is_its_byte(form: Form, tmp_path: Path) -> None:
    """llama.cpp looks for its sign, not for its byte."""
    gguf.write(spaceless(form), tmp_path)
    names = fields(tmp_path / "model.gguf")["tokenizer.ggml.tokens"]
    assert names[spaceless(form).tokenizer.encode(" ")[0]] == "▁"
    assert "<0x20>" not in names
    assert "<0x21>" in names


def spaceless(form: Form) -> Grown:
    """A model of a text without spaces."""
    grown = whole(form("letters"))
    tokenizer = Characters(set(grown.tokenizer.alphabet) - {" "})  # pyright: ignore[reportAttributeAccessIssue]
    return replace(
        grown, tokenizer=tokenizer, weights={**grown.weights, "embedding.weight": grown.weights["embedding.weight"][1:]}
    )


def test_rows_that_are_turned_together_become_neighbours() -> None:
    """As the rotation of neighbours wants it: what is turned is the same, in another order."""
    rows = np.arange(2 * 6 * 3, dtype=np.float32).reshape(12, 3)
    turned = gguf.neighbours(rows, 2)
    for head in range(2):
        for j in range(3):
            np.testing.assert_array_equal(turned[6 * head + 2 * j], rows[6 * head + j])
            np.testing.assert_array_equal(turned[6 * head + 2 * j + 1], rows[6 * head + 3 + j])


@pytest.mark.usefixtures("alone")
def test_alone_it_is_read_back_number_by_number(form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = export(of_run(form("untied, grouped, no QK-norm")), "gguf", tmp_path / "there")
    assert receipt.checked.by.startswith("all 21 tensors are equal")
    assert receipt.checked.largest_difference is None
    assert {path.name for path in (tmp_path / "there").iterdir()} == {*receipt.files, "receipt.json"}
    assert "PARAMETER num_ctx 48" in (tmp_path / "there" / "Modelfile").read_text(encoding="utf-8")
    right = gguf.tensors

    def wrong(grown: Any) -> Any:
        return {name: array + (name == "output_norm.weight") for name, array in right(grown).items()}

    write = gguf.write
    monkeypatch.setattr(gguf, "write", lambda *given: (write(*given), monkeypatch.setattr(gguf, "tensors", wrong)))
    with pytest.raises(MebukiError, match="holds other numbers"):
        export(of_run(form("letters")), "gguf", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_what_cannot_be_written_is_told(form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown = of_run(form("byte pairs"))
    with pytest.raises(RunError, match=r"made elsewhere[\s\S]*--to huggingface"):
        export(replace(grown, tokenizer=Imported.from_json(grown.tokenizer.to_json())), "gguf", tmp_path / "a")
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    with pytest.raises(MebukiError, match=r'pip install "mebuki\[export\]"'):
        export(grown, "gguf", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


# What llama.cpp says.


@pytest.mark.parametrize("name", FORMS)
def test_llama_cpp_computes_cuts_and_writes_the_same(name: str, form: Form, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    export(of_run(form(name)), "gguf", tmp_path / "there")
    checked = json.loads((tmp_path / "there" / "receipt.json").read_text(encoding="utf-8"))["checked"]
    assert checked["by"].startswith("llama-cpp-python")
    assert checked["same_ids"] == checked["same_likeliest"] == 1
    assert checked["largest_difference"] <= 1e-4
    assert checked["written"] == checked["same_written"] == 36


@pytest.mark.parametrize("name", ["letters", "no space", "byte pairs", "bytes alone"])
def test_llama_cpp_cuts_every_text_as_here(name: str, form: Form, file: Any, tmp_path: Path) -> None:
    """Letters that it never saw among them; what is typed is never a special token."""
    llama_cpp = pytest.importorskip("llama_cpp")
    if name == "no space":
        gguf.write(spaceless(form), tmp_path)
        path, tokenizer = tmp_path / "model.gguf", spaceless(form).tokenizer
    elif name == "bytes alone":
        grown = whole(form("byte pairs"))
        tokenizer = BytePairs.train(["ab"], vocabulary=260)
        weights = {n: w[:260] if n == "embedding.weight" else w for n, w in grown.weights.items()}
        gguf.write(replace(grown, tokenizer=tokenizer, weights=weights), tmp_path)
        path = tmp_path / "model.gguf"
    else:
        path, tokenizer = file(name), form(name).tokenizer
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    letters = st.one_of(
        st.sampled_from("The ケ雨🐟\n\r\t  012<>eosunk"),
        st.characters(exclude_categories=["Cs"], exclude_characters="▁\0"),
    )

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(letters, min_size=1, max_size=40))
    def same(text: str) -> None:
        ids = model.tokenize(text.encode(), add_bos=False, special=True)
        assert ids == tokenizer.encode(text).tolist()
        assert model.detokenize(ids) == text.encode()

    same()
    for special in ("<eos>", "<unk><pad>", "<mebuki:eos>", "</s>", "<0x41>"):
        assert model.tokenize(special.encode(), add_bos=False, special=True) == tokenizer.encode(special).tolist()
