"""One file that llama.cpp and Ollama, LM Studio, Jan and others that stand on it open: GGUF, with the `gguf` package.

With QK-norm it is a qwen3, without a llama, whose queries and keys have their rows in another order. All in float32.

Letters as llama.cpp knows them: the tokenizer `llama`, `▁` for a space, and a byte for each that it never saw. Special tokens are
given names of ours and are marked unused, so that nobody gets them by typing: by their own, llama.cpp would find them in a text.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MebukiError, RunError
from ..extras import install
from ..text.byte_pairs import BytePairs
from ..text.characters import Characters
from ..text.tokenizer import Tokenizer
from .grown import Grown, Weights
from .huggingface import CONTINUE
from .layout import EMBEDDING, EPSILON, NORM, OUTPUT, to_theirs

MODEL = "model.gguf"
SPACE = "▁"
NEVER = "\u0100 \u0100"  # a pair of signs that stands for no token: tables without any pair are not read
PARTS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def require(tokenizer: Tokenizer) -> None:
    """Refuse what cannot be written.

    Raises:
        RunError: the tokenizer comes from elsewhere.
        MebukiError: the package is missing.
    """
    if not isinstance(tokenizer, Characters | BytePairs):
        raise RunError(
            "its tokenizer was made elsewhere, and which of llama.cpp's it is cannot be told from it",
            allowed="characters or byte pairs, as Mebuki makes them",
            hint="--to huggingface, then llama.cpp's convert_hf_to_gguf.py",
        )
    if find_spec("gguf") is None:
        raise MebukiError(
            "GGUF files are written with the package gguf, and it is not installed",
            allowed="--to huggingface needs nothing more",
            hint=install("export"),
        )


def write(grown: Grown, folder: Path) -> None:
    """Write `model.gguf` and Ollama's `Modelfile` into a folder that is there. OSError: it cannot be written."""
    require(grown.tokenizer)
    import gguf

    shape = grown.shape
    to = gguf.GGUFWriter(folder / MODEL, "qwen3" if shape.qk_norm else "llama")
    to.add_name(grown.name)
    to.add_file_type(gguf.LlamaFileType.ALL_F32)
    to.add_vocab_size(grown.vocabulary)
    to.add_context_length(shape.context)
    to.add_embedding_length(shape.width)
    to.add_block_count(shape.layers)
    to.add_feed_forward_length(shape.hidden_width)
    to.add_head_count(shape.heads)
    to.add_head_count_kv(shape.key_value_heads or shape.heads)
    head = shape.width // shape.heads
    to.add_key_length(head)
    to.add_value_length(head)
    to.add_rope_dimension_count(head)
    to.add_rope_freq_base(shape.rotary_base)
    to.add_layer_norm_rms_eps(EPSILON)
    _add_tokenizer(to, grown)
    for name, array in tensors(grown).items():
        to.add_tensor(name, array)
    try:
        to.write_header_to_file()
        to.write_kv_data_to_file()
        to.write_tensors_to_file()
        to.close()
    except OSError as error:
        with contextlib.suppress(OSError):
            to.close()
        if error.errno is None:  # NumPy's way of saying that the disk is full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    (folder / "Modelfile").write_text(modelfile(grown), encoding="utf-8", newline="\n")


def tensors(grown: Grown) -> Weights:
    """The weights as llama.cpp names and orders them."""
    shape, theirs = grown.shape, to_theirs(grown.weights, grown.shape)
    found = {"token_embd.weight": theirs[EMBEDDING], "output_norm.weight": theirs[NORM]}
    if not shape.tied:
        found["output.weight"] = theirs[OUTPUT]
    turned = {} if shape.qk_norm else {"attn_q": shape.heads, "attn_k": shape.key_value_heads or shape.heads}
    for i in range(shape.layers):
        for name, there in PARTS.items():
            array = theirs.get(f"model.layers.{i}.{name}.weight")
            if array is not None:
                found[f"blk.{i}.{there}.weight"] = neighbours(array, turned[there]) if there in turned else array
    return found


def neighbours(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head in the order 0, E/2, 1, E/2 + 1 …: what is turned together stands side by side.

    >>> neighbours(np.arange(8)[:, None], 2).ravel().tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    rows, columns = matrix.shape
    return np.ascontiguousarray(matrix.reshape(heads, 2, -1, columns).swapaxes(1, 2).reshape(rows, columns))


def _add_tokenizer(to: Any, grown: Grown) -> None:
    from gguf import TokenType

    tokenizer = grown.tokenizer
    special = {i: f"<mebuki:{name.strip('<>')}>" for name, i in tokenizer.special.items()}
    if isinstance(tokenizer, Characters):
        names = [*tokenizer.alphabet, *(f"<0x{b:02X}>" for b in range(256)), *special.values()]
        kinds = [TokenType.NORMAL] * tokenizer.letters + [TokenType.BYTE] * 256 + [TokenType.UNUSED] * len(special)
        if SPACE in tokenizer.alphabet:
            names[tokenizer.alphabet.index(SPACE)] = "<mebuki:▁>"
        space = int(tokenizer.encode(" ")[0])  # a byte, where no text had a space: it is looked for by its sign too
        names[space], kinds[space] = SPACE, TokenType.NORMAL
        to.add_tokenizer_model("llama")
        to.add_tokenizer_pre("default")
        to.add_token_scores([0.0] * len(names))
    else:
        table = json.loads(tokenizer.to_json())["model"]
        found = sorted(table["vocab"], key=table["vocab"].get)
        names = [special.get(i, name) for i, name in enumerate(found)]
        kinds = [TokenType.UNUSED if i in special else TokenType.NORMAL for i in range(len(names))]
        merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in table["merges"]]
        to.add_tokenizer_model("gpt2")
        to.add_tokenizer_pre("smollm")  # single digits
        to.add_token_merges(merges or [NEVER])
    to.add_token_list(names)
    to.add_token_types(kinds)
    to.add_bos_token_id(tokenizer.special["<bos>"])
    to.add_eos_token_id(tokenizer.special["<eos>"])
    to.add_pad_token_id(tokenizer.special["<pad>"])
    to.add_unk_token_id(tokenizer.special["<unk>"])
    to.add_add_bos_token(False)
    to.add_add_eos_token(False)
    to.add_add_space_prefix(False)
    to.add_chat_template(CONTINUE)


def notes(grown: Grown) -> tuple[str, ...]:
    """What whoever opens it should know."""
    told = [
        f"llama.cpp knows no window that slides for this architecture: beyond {grown.shape.context} tokens it writes otherwise than here"
        + (
            ""
            if room(grown) == grown.shape.context
            else f", and worse, since its smallest context for it is {room(grown)}"
        )
    ]
    if isinstance(grown.tokenizer, Characters):
        told.append("▁ (U+2581) is read as a space: llama.cpp writes spaces so")
        if "\0" in grown.tokenizer.alphabet:
            told.append("NUL is read as a byte that it never learned, since llama.cpp ends its strings there")
    return tuple(told)


def room(grown: Grown) -> int:
    """The least tokens that llama.cpp gives a context in which the window fits: it rounds up to a multiple of 256."""
    return -(-grown.shape.context // 256) * 256


def modelfile(grown: Grown) -> str:
    """For Ollama: `ollama create NAME -f Modelfile`. It writes on; nothing is put around what it is told."""
    return f"""FROM ./{MODEL}
TEMPLATE \"\"\"{{{{ .Prompt }}}}\"\"\"
PARAMETER num_ctx {grown.shape.context}
PARAMETER num_predict 300
PARAMETER temperature 0.8
PARAMETER top_k 0
PARAMETER top_p 1.0
PARAMETER min_p 0.0
PARAMETER repeat_penalty 1.0
"""
