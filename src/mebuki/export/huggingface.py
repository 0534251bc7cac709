"""A folder that `transformers` opens, and what reads its form: config.json, model.safetensors, tokenizer.json and what goes with them.

With QK-norm it is a Qwen3, without a Mistral; both can look back on the last C positions alone, as ours does, so that the same
text comes out however long it grows. Written without `transformers`.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from .grown import Grown
from .layout import EPSILON, to_theirs

LONGEST = 4096  # positions that it is said to serve; its window slides, so that the text may be longer than it
CONTINUE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"  # a chat is one text that it writes on


def write(grown: Grown, folder: Path) -> None:
    """Write the files into a folder that is there. OSError: it cannot be written."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(to_theirs(grown.weights, grown.shape), folder / "model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:  # its name for a disk that is full
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    grown.tokenizer.save(folder / "tokenizer.json")
    for name, content in {
        "config.json": config(grown),
        "generation_config.json": generation_config(grown),
        "tokenizer_config.json": tokenizer_config(grown),
        "special_tokens_map.json": _named(grown),
    }.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def config(grown: Grown) -> dict[str, Any]:
    """`config.json`: what versions 4 and 5 of transformers read, each field in the spelling of both."""
    shape = grown.shape
    # no layer_types here: transformers 5 takes a mistral that has them for a ministral
    own: dict[str, Any] = {"architectures": ["MistralForCausalLM"], "model_type": "mistral"}
    if shape.qk_norm:
        own = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "attention_bias": False}
        own |= {"use_sliding_window": True, "max_window_layers": 0, "layer_types": ["sliding_attention"] * shape.layers}
    return {
        **own,
        "vocab_size": grown.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden_width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads or shape.heads,
        "head_dim": shape.width // shape.heads,
        "hidden_act": "silu",
        "max_position_embeddings": max(LONGEST, shape.context),
        "sliding_window": shape.context,
        "rms_norm_eps": EPSILON,
        "rope_theta": shape.rotary_base,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rotary_base},
        "tie_word_embeddings": shape.tied,
        "attention_dropout": 0.0,
        "torch_dtype": "float32",
        "dtype": "float32",
        "use_cache": True,
        **_ids(grown),
    }


def generation_config(grown: Grown) -> dict[str, Any]:
    """How `generate` draws unless it is told otherwise: as `mebuki generate` does.

    How many tokens is left to the caller: `max_new_tokens` here would win over a `max_length` that a program gives.
    """
    drawing = {"do_sample": True, "temperature": 0.8, "top_k": 0}
    return {**drawing, "suppress_tokens": grown.silent, **_ids(grown)}


def tokenizer_config(grown: Grown) -> dict[str, Any]:
    """`split_special_tokens`: who types `<eos>` gets its letters."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max(LONGEST, grown.shape.context),
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        "chat_template": CONTINUE,
        **_named(grown),
    }


def _ids(grown: Grown) -> dict[str, int]:
    """The numbers of special tokens; `<unk>` is the tokenizer's affair."""
    wanted = ("<pad>", "<bos>", "<eos>")
    return {f"{name.strip('<>')}_token_id": grown.special[name] for name in wanted if name in grown.special}


def _named(grown: Grown) -> dict[str, str]:
    return {f"{name.strip('<>')}_token": name for name in grown.special}
