"""What is written opens in `transformers`, and computes, cuts and writes the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from export.conftest import FORMS, model_of, whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mebuki
from mebuki.errors import StorageError
from mebuki.export import huggingface
from mebuki.export.exporting import export
from mebuki.export.opening import of_run
from mebuki.export.trying import MIXED
from mebuki.generation.generate import Wrapped
from mebuki.models.parts import EPSILON
from mebuki.runs.writers import writer

transformers = pytest.importorskip("transformers")
Form = Callable[[str], mebuki.Run]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, form: Form) -> Callable[[str], Path]:
    """`folder(name)`: what was written of it."""
    written: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in written:
            written[name] = tmp_path_factory.mktemp("folder")
            huggingface.write(whole(form(name)), written[name])
        return written[name]

    return of


def opened(folder: Path) -> tuple[Any, Any]:
    model, found = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    assert not found["missing_keys"]
    assert not found["unexpected_keys"]
    return model.eval(), transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)


@pytest.mark.parametrize("name", FORMS)
def test_the_same_logits_the_same_ids_and_the_same_text(name: str, form: Form, folder: Any, text: str) -> None:
    """On 110 tokens, more than twice what it looks back on; and 200 tokens written on, always the likeliest."""
    run, grown = form(name), whole(form(name))
    theirs, tokenizer = opened(folder(name))
    ours = model_of(grown)
    assert theirs.config.architectures == [type(theirs).__name__]  # nothing else was made of it
    for told in (text, MIXED):
        ids = tokenizer(told).input_ids
        assert ids == run.tokenizer.encode(told).tolist()
        assert tokenizer.decode(ids) == told
        with torch.no_grad():
            expected, found = ours(torch.tensor([ids[:110]])), theirs(torch.tensor([ids[:110]])).logits
        assert expected.std() > 0.1
        assert (found - expected).abs().max() <= 1e-5
    begin = tokenizer("The kettle ", return_tensors="pt").input_ids
    with torch.no_grad():
        written = theirs.generate(begin, do_sample=False, max_new_tokens=200, attention_mask=torch.ones_like(begin))
    here = "".join(run.generate("The kettle ", tokens=200, temperature=0.0, engine="torch"))
    assert tokenizer.decode(written[0, begin.shape[1] :]) == here


@pytest.mark.parametrize("name", ["letters", "untied, grouped, no QK-norm"])
@pytest.mark.parametrize("engine", ["torch", "scratch", "compiled"])
def test_a_long_text_does_not_lead_them_apart(name: str, engine: str, form: Form, folder: Any, text: str) -> None:
    """After 3,000 tokens, sixty times what it looks back on: read at once here, where what does not reach is left out."""
    run, theirs = form(name), opened(folder(name))[0]
    ids = np.resize(run.tokenizer.encode(text + MIXED), 3000).astype(np.int64)[None]
    with torch.no_grad():
        expected = theirs(torch.from_numpy(ids)).logits[:, -1]
    steps = writer(run, engine)
    found, _ = (steps.arrays() if isinstance(steps, Wrapped) else steps).start(ids)
    assert np.abs(np.asarray(found) - expected.numpy()).max() <= 1e-5


@pytest.mark.parametrize("name", ["letters", "byte pairs"])
def test_every_text_is_cut_as_here(name: str, form: Form, folder: Any) -> None:
    tokenizer, ours = opened(folder(name))[1], form(name).tokenizer
    letters = st.one_of(st.sampled_from("The ケ雨🐟\n\r\t  012<>eosunk▁Ġ"), st.characters(exclude_categories=["Cs"]))

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(letters, max_size=40))
    def same(text: str) -> None:
        ids = tokenizer(text).input_ids
        assert ids == ours.encode(text).tolist()
        assert tokenizer.decode(ids) == text

    same()


@pytest.mark.parametrize("name", ["letters", "byte pairs"])
def test_a_special_token_that_is_typed_is_text(name: str, folder: Any) -> None:
    tokenizer = opened(folder(name))[1]
    for special in ("<eos>", "<pad>", "a<bos>b<unk>"):
        ids = tokenizer(special).input_ids
        assert not set(ids) & set(tokenizer.all_special_ids)
        assert tokenizer.decode(ids) == special
    assert tokenizer.eos_token == "<eos>"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("kind", ["huggingface", "gguf"])
def test_a_full_disk_is_told_and_nothing_is_left(kind: str, form: Form, tmp_path: Path) -> None:
    if kind == "gguf":
        pytest.importorskip("gguf")
    import resource

    run, limits = of_run(form("letters")), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"there cannot be written: No space left[\s\S]*free some space"):
            export(run, kind, tmp_path / "there")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_chat_is_a_text_that_it_writes_on(folder: Any) -> None:
    tokenizer = opened(folder("letters"))[1]
    chat = [{"role": "user", "content": "The kettle "}, {"role": "assistant", "content": "sang"}]
    assert tokenizer.apply_chat_template(chat, tokenize=False) == "The kettle sang"


def test_whoever_says_how_long_is_heard(folder: Any) -> None:
    """As lm-eval says it: the prompt counted in."""
    theirs, tokenizer = opened(folder("letters"))
    begin = tokenizer("The kettle ", return_tensors="pt").input_ids
    with torch.no_grad():
        written = theirs.generate(begin, max_length=30, attention_mask=torch.ones_like(begin))
    assert written.shape == (1, 30)


def test_what_stood_for_nothing_is_never_drawn(form: Form, tmp_path: Path) -> None:
    """Not even where a byte is the likeliest by far."""
    grown = of_run(form("untied, grouped, no QK-norm"))
    output = grown.weights["output.weight"].copy()
    output[grown.silent] = 2 * output[grown.tokenizer.encode("e")[0]]
    grown = replace(grown, weights={**grown.weights, "output.weight": output})
    huggingface.write(grown, tmp_path)
    theirs, tokenizer = opened(tmp_path)
    begin = tokenizer("The kettle ", return_tensors="pt").input_ids
    with torch.no_grad():
        assert int(model_of(grown)(begin)[0, -5:].argmax(-1).max()) in grown.silent
        written = theirs.generate(begin, do_sample=False, max_new_tokens=40, attention_mask=torch.ones_like(begin))
    assert not set(written[0].tolist()) & set(grown.silent)


def test_tokens_that_were_added_are_next_to_never_likely(form: Form) -> None:
    """And nothing else is changed by them."""
    grown = of_run(form("no byte fallback"))
    more = grown.whole()
    assert more.vocabulary == grown.vocabulary + 260
    assert "260 tokens" in more.notes[0]
    ids = torch.from_numpy(grown.learned[None, :600])
    with torch.no_grad():
        before, after = model_of(grown)(ids), model_of(more)(ids)
    torch.testing.assert_close(after[..., : grown.vocabulary], before, rtol=0, atol=1e-6)
    shares, rows = {}, {"written": more.weights["output.weight"][-1], "of zeros": np.zeros(32, np.float32)}
    rows["of the average letter"] = grown.weights["output.weight"].mean(0)
    with torch.no_grad():
        for name, row in rows.items():
            table = np.concatenate([grown.weights["output.weight"], np.tile(row, (260, 1))])
            logits = model_of(replace(more, weights={**more.weights, "output.weight": table}))(ids)
            shares[name] = float(logits.softmax(-1)[..., grown.vocabulary :].sum(-1).mean())
    assert shares.pop("written") < 0.8 * min(shares.values())


def test_the_receipt_tells_what_transformers_said(form: Form, tmp_path: Path) -> None:
    receipt = export(of_run(form("letters")), "huggingface", tmp_path / "there")
    told = json.loads((tmp_path / "there" / "receipt.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(receipt.to_dict()))
    checked = told["checked"]
    assert checked["by"] == f"transformers {transformers.__version__}"
    assert checked["largest_difference"] <= 1e-4
    assert checked["same_ids"] == checked["same_likeliest"] == 1
    assert checked["written"] == checked["same_written"] == 100
    assert set(told["files"]) == {path.name for path in (tmp_path / "there").iterdir()} - {"receipt.json"}


def test_the_norms_have_one_epsilon() -> None:
    from mebuki.export import layout

    assert layout.EPSILON == EPSILON
