"""A Hugging Face folder becomes a run: ours with the same bits, others with the same logits, and nothing that could do harm."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from export.conftest import FORMS, model_of, whole
from safetensors.numpy import load_file, save_file

import mebuki
from mebuki.errors import RunError, StorageError
from mebuki.export import huggingface
from mebuki.export.importing import import_model
from mebuki.export.opening import of_run
from mebuki.export.reading import read_folder
from mebuki.export.trying import MIXED
from mebuki.runs.state import state

Form = Callable[[str], mebuki.Run]


@pytest.fixture
def folder(form: Form, tmp_path: Path) -> Path:
    """What was written of letters; may be changed."""
    path = tmp_path / "sherlock"
    path.mkdir()
    huggingface.write(of_run(form("letters")), path)
    return path


@pytest.mark.parametrize("name", FORMS)
def test_there_and_back_every_bit_is_the_same(name: str, form: Form, tmp_path: Path) -> None:
    before = whole(form(name))
    (tmp_path / "there").mkdir()
    huggingface.write(before, tmp_path / "there")
    back = import_model(tmp_path / "there", tmp_path / "back")
    after = of_run(back)
    assert after.tokenizer.to_json() == before.tokenizer.to_json()
    assert after.weights.keys() == before.weights.keys()
    for part, array in after.weights.items():
        np.testing.assert_array_equal(array, before.weights[part])
    ids = torch.from_numpy(before.tokenizer.encode(MIXED).astype(np.int64))[None]
    with torch.no_grad():
        assert torch.equal(model_of(after)(ids), model_of(before)(ids))
    assert back.recipe.text.tokenizer == form(name).recipe.text.tokenizer
    assert (state(back.folder).state, state(back.folder).can) == ("done", ("delete",))  # it has no text to go on with
    if name == "no byte fallback":
        return  # it has more ids than the run
    for engine in ("torch", "scratch"):
        how = {"tokens": 30, "seed": 3, "engine": engine}
        assert "".join(back.generate("The ", **how)) == "".join(form(name).generate("The ", **how))


def test_a_run_without_a_text_is_evaluated_on_files(folder: Path, form: Form, book: Path) -> None:
    back = import_model(folder, folder.parent / "back")
    assert back.evaluate([book]) == form("letters").evaluate([book])
    with pytest.raises(RunError, match=r"was imported, and has no text of its own[\s\S]*mebuki evaluate .*back TEXT"):
        back.evaluate()
    with pytest.raises(RunError, match="no text of its own"):
        mebuki.train(None, back.folder, resume=True, watch=lambda event: None)
    assert back.perplexity is None
    with pytest.raises(StorageError, match="exists already"):
        import_model(folder, back.folder)


@pytest.mark.parametrize("kind", ["llama", "mistral"])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("form_of_weights", [torch.float32, torch.bfloat16])
def test_a_llama_from_elsewhere_computes_the_same(kind: str, tied: bool, form_of_weights: Any, tmp_path: Path) -> None:
    """With learned norms, another epsilon, more rows than tokens; and small values, where the epsilon tells."""
    transformers = pytest.importorskip("transformers")
    import tokenizers

    text = ["low lower lowest, 1234 雨 " * 20]
    library = tokenizers.Tokenizer(tokenizers.models.BPE())
    library.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    library.train_from_iterator(
        text, tokenizers.trainers.BpeTrainer(special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, vocab_size=300)
    )
    size = library.get_vocab_size()
    torch.manual_seed(5)
    config = {"vocab_size": size + 5, "hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2}
    config |= {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5}
    config |= {"tie_word_embeddings": tied}
    if kind == "mistral":
        config |= {"sliding_window": 16}
    made = getattr(transformers, f"{kind.capitalize()}Config")(**config)
    theirs = transformers.AutoModelForCausalLM.from_config(made).eval()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.copy_(torch.rand_like(parameter) + 0.5 if "norm" in name else 0.3 * torch.randn_like(parameter))
        theirs.get_input_embeddings().weight.mul_(0.01)
    theirs.to(form_of_weights).save_pretrained(tmp_path / "there")
    there = {"dtype": torch.float32, "local_files_only": True, "attn_implementation": "eager"}
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "there", **there).eval()
    library.save(str(tmp_path / "there" / "tokenizer.json"))
    back = import_model(tmp_path / "there", tmp_path / "back")
    assert back.recipe.shape.context == (16 if kind == "mistral" else 64)
    assert back.info["imported"]["notes"] == ["5 rows that no token has were left out"]
    ids = back.tokenizer.encode("lowest of 12 雨, </s>\n")
    assert ids.tolist() == library.encode("lowest of 12 雨, ").ids + back.tokenizer.encode("</s>\n").tolist()
    assert back.tokenizer.decode(ids) == "lowest of 12 雨, </s>\n"
    asked = torch.from_numpy(np.resize(ids, 48).astype(np.int64))[None]
    with torch.no_grad():
        expected = theirs(asked, use_cache=False).logits[..., :size]
        assert expected.std() > 0.1 * (0.01 if tied else 1)
        assert (back.model()(asked) - expected).abs().max() <= 5e-5
    assert back.recipe.text.tokenizer == "byte-pairs"
    assert len("".join(back.generate("low", tokens=20, seed=1))) > 0


# What is refused.


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auto_map": {"AutoModel": "evil.py"}}, "wants code of its own to be run"),
        ({"model_type": "gpt2"}, "is of the architecture"),
        ({"architectures": ["Evil"]}, "Evil"),
        ({"hidden_act": "gelu"}, 'hidden_act is "gelu"'),
        ({"attention_bias": True}, "attention_bias is true"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "rope_scaling"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8}}, "rope_parameters"),
        ({"rope_theta": 5.0}, "as rope_parameters says"),
        ({"head_dim": 64}, "head_dim is 64"),
        ({"hidden_size": 10**9, "head_dim": None}, "width"),
        ({"hidden_size": "32"}, "hidden_size"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
        ({"vocab_size": 12}, "are not those of its config.json: model.embed_tokens.weight"),
        ({"num_hidden_layers": 3}, "is missing"),
        ({"num_hidden_layers": 1}, "layer_types|allowed"),
        ({"layer_types": ["sliding_attention", "full_attention"]}, "the same in every layer"),
        ({"layer_types": 3}, "damaged"),
        ({"sliding_window": "x"}, "sliding_window"),
        ({"max_window_layers": 1, "layer_types": None}, "the same in every layer"),
        ({"rms_norm_eps": 0}, "rms_norm_eps"),
        ({"quantization_config": {"bits": 4}}, "quantization_config"),
        ({"temperature_of_heads": 2}, "'temperature_of_heads' that is not known"),
        ({"tie_word_embeddings": 1}, "tie_word_embeddings"),
        ({"model_type": ["qwen3"]}, "is of the architecture"),
        ({"num_key_value_heads": 0}, "num_key_value_heads is 0"),
        ({"num_key_value_heads": 2.0}, "num_key_value_heads is 2"),
        ({"use_sliding_window": "no"}, "use_sliding_window"),
        ({"rope_theta": float("nan"), "rope_parameters": None}, r"^[^:]*: rope_theta is NaN"),
        ({"tie_word_embeddings": False}, "lm_head.weight is missing"),
    ],
)
def test_a_config_that_cannot_be_computed_is_told(change: dict[str, Any], words: str, folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(RunError, match=words):
        read_folder(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"a": ' * 10**5, b" " * (1 << 21)])
def test_a_config_that_is_none_is_told(content: bytes, folder: Path) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=r"config\.json is (damaged|of the arch)"):
        read_folder(folder)


def test_queries_with_learned_norms_are_told(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["model.layers.1.self_attn.q_norm.weight"] *= 2
    save_file(tensors, path)
    with pytest.raises(RunError, match=r"layers\.1\.self_attn\.q_norm has learned weights"):
        read_folder(folder)


def test_an_output_beside_a_tied_embedding_is_the_same_or_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    save_file({**tensors, "lm_head.weight": tensors["model.embed_tokens.weight"].copy()}, path)
    read_folder(folder)
    save_file({**tensors, "lm_head.weight": tensors["model.embed_tokens.weight"] + 1}, path)
    with pytest.raises(RunError, match="has an output of its own"):
        read_folder(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_what_never_ends_is_not_read(name: str, folder: Path) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(RunError, match="is no file"):
        read_folder(folder)
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    with pytest.raises(RunError, match="is no file"):
        read_folder(folder)


def test_pickles_are_not_opened(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(RunError, match="pickle file, which could run any program"):
        read_folder(folder)
    with pytest.raises(RunError, match="pickle file"):
        read_folder(folder / "pytorch_model.bin")
    shutil.rmtree(folder)
    with pytest.raises(RunError, match="is no folder"):
        read_folder(folder)


def head(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("model.norm.weight", {"dtype": "F32", "shape": [1 << 50], "data_offsets": [0, 1 << 52]}),
        ("model.norm.weight", {"dtype": "F32", "shape": [-32], "data_offsets": [0, 128]}),
        ("model.norm.weight", {"dtype": "F32", "shape": [32], "data_offsets": [0, 128]}),
        ("model.norm.weight", {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}),
        ("model.norm.weight", {"dtype": "I8", "shape": [32], "data_offsets": [0, 32]}),
        ("model.norm.weight", {"shape": [32]}),
        ("model.norm.weight", 7),
        ("more", {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}),
    ],
)
def test_a_head_that_lies_is_refused_before_anything_is_read(
    name: str, about: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "model.safetensors"
    content, numbers = head(path)
    text = json.dumps({**content, name: about}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + numbers)
    monkeypatch.setattr(np, "fromfile", None)
    with pytest.raises(RunError, match=r"is damaged, or no safetensors|are not those"):
        read_folder(folder)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 64, struct.pack("<Q", 2) + b"[]", b"PK\x03\x04" * 9])
def test_a_file_that_is_no_safetensors_is_told(content: bytes, folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="is damaged, or no safetensors file"):
        read_folder(folder)


def test_a_file_that_was_cut_or_holds_no_numbers_is_told(folder: Path) -> None:
    path = folder / "model.safetensors"
    whole, tensors = path.read_bytes(), load_file(path)
    for content in (whole[:-4], whole + bytes(4)):
        path.write_bytes(content)
        with pytest.raises(RunError, match="bytes of numbers where its head says"):
            read_folder(folder)
    save_file({**tensors, "model.norm.weight": np.full(32, np.nan, np.float32)}, path)
    with pytest.raises(RunError, match="holds numbers that are none"):
        read_folder(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"model": {"type": "WordPiece", "vocab": {}}}',
        b'{"model": {"type": "BPE", "vocab": {}, "merges": []}}',
        b'{"version": "1.0", "model": {"type": "BPE", "byte_fallback": true, "vocab": {"a": 7}, "merges": []}}',
    ],
)
def test_a_tokenizer_that_is_not_understood_is_told(content: bytes, folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(RunError, match=r"tokenizer\.json is (of a form|damaged)"):
        read_folder(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(RunError, match=r"tokenizer\.json cannot be read"):
        read_folder(folder)
