"""`config.json` of a model from elsewhere: only fields that are known are taken, and only values that can be computed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MebukiError, RunError
from ..shapes import TransformerShape

LARGEST = 1 << 20  # bytes of a config.json
FURTHEST = 65536  # positions that a shape here can look back on
FORMS = {"llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM", "qwen3": "Qwen3ForCausalLM"}
READ = {
    *("model_type", "architectures", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps"),
    *("rope_theta", "rope_parameters", "tie_word_embeddings", "sliding_window", "use_sliding_window"),
    *("max_window_layers", "layer_types"),
}
FIXED = {  # that would change what is computed, with the values that do not
    "hidden_act": ("silu", "swish"),
    "attention_bias": (False,),
    "mlp_bias": (False,),
    "rope_scaling": (None,),
    "quantization_config": (None,),
    "is_encoder_decoder": (False,),
    "add_cross_attention": (False,),
    "is_decoder": (False, True),
}
IDLE = {  # that change nothing of what a trained model computes
    *("bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "torch_dtype", "dtype", "use_cache"),
    *("initializer_range", "attention_dropout", "pretraining_tp", "transformers_version", "_name_or_path"),
    *("output_attentions", "output_hidden_states", "return_dict", "chunk_size_feed_forward", "id2label", "label2id"),
    *("problem_type", "_attn_implementation_autoset", "rope_interleaved"),
}
NUMBERS = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")


@dataclass(frozen=True)
class Config:
    """What is taken of it.

    Attributes:
        shape: as models here have it.
        vocabulary: rows of the embedding.
        epsilon: of its norms.
        notes: what is otherwise than it was.
    """

    shape: TransformerShape
    vocabulary: int
    epsilon: float
    notes: tuple[str, ...] = ()


def read(path: Path) -> Config:
    """Read a `config.json`.

    Raises:
        RunError: it is missing or damaged, of another architecture, or has a field that changes the model in a way that cannot be
            computed here; it says which.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has {path.stat().st_size:,} bytes")
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no fields")
    except OSError as error:
        raise RunError(
            f"{path} cannot be read: {error.strerror or error}",
            allowed="a folder with config.json, model.safetensors and tokenizer.json",
        ) from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}", hint="fetching or saving it again") from error
    return understood(content, path)


def understood(content: dict[str, Any], path: Path) -> Config:
    """The same of its content."""
    if "auto_map" in content:
        raise RunError(
            f"{path} wants code of its own to be run (auto_map), and none is run here",
            allowed=" or ".join(FORMS),
        )
    form = content.get("model_type")
    if not isinstance(form, str) or form not in FORMS or content.get("architectures", [FORMS[form]]) != [FORMS[form]]:
        raise RunError(
            f"{path} is of the architecture {content.get('architectures') or form}",
            allowed=", ".join(FORMS.values()),
            hint="a small model in the form of Llama",
        )
    for name, value in content.items():
        if name in READ or name in IDLE:
            continue
        if name not in FIXED:
            raise RunError(
                f"{path} has a field {name!r} that is not known here, and might change the model",
                allowed=", ".join(sorted(READ | set(FIXED))),
                hint="taking it out, if the model computes the same without it",
            )
        if value not in FIXED[name]:
            allowed = " or ".join(json.dumps(v) for v in FIXED[name])
            raise _not_here(path, name, value, allowed)
    for name in NUMBERS:
        if type(content.get(name)) is not int or content[name] < 1:
            raise _not_here(path, name, content.get(name), "a whole number")
    try:
        return _config(content, form, path)
    except (TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{path} is damaged: {error}", hint="fetching or saving it again") from error


def _config(content: dict[str, Any], form: str, path: Path) -> Config:
    width, heads = content["hidden_size"], content["num_attention_heads"]
    if content.get("head_dim") not in (None, width // heads) or width % heads:
        told = f"{width} divided by {heads} heads, {width / heads:g}"
        raise _not_here(path, "head_dim", content.get("head_dim"), told)
    context, notes = _context(content, form, path)
    epsilon = content.get("rms_norm_eps", 1e-6)
    if type(epsilon) not in (int, float) or not 1e-12 <= epsilon <= 1:
        raise _not_here(path, "rms_norm_eps", epsilon, "a small number")
    tied = content.get("tie_word_embeddings", False)
    if type(tied) is not bool:
        raise _not_here(path, "tie_word_embeddings", tied, "true or false")
    kv, base = content.get("num_key_value_heads"), _rope_base(content, path)
    if kv is not None and (type(kv) is not int or kv < 1):
        raise _not_here(path, "num_key_value_heads", kv, "a whole number")
    try:
        shape = TransformerShape(
            width=width,
            layers=content["num_hidden_layers"],
            heads=heads,
            key_value_heads=0 if kv is None or kv == heads else kv,
            hidden=content["intermediate_size"],
            context=context,
            tied=tied,
            qk_norm=form == "qwen3",
            rope_base=base,
        )
    except MebukiError as error:
        raise RunError(f"{path}: {error.given}", allowed=error.allowed, hint="a smaller model") from error
    return Config(shape, content["vocab_size"], float(epsilon), notes)


def _context(content: dict[str, Any], form: str, path: Path) -> tuple[int, tuple[str, ...]]:
    """How far it looks back, the same in every layer."""
    layers, window, used = (
        content["num_hidden_layers"],
        content.get("sliding_window"),
        content.get("use_sliding_window"),
    )
    if used not in (None, True, False):
        raise _not_here(path, "use_sliding_window", used, "true or false")
    if form == "llama" or (form == "qwen3" and not used):
        window = None
    kinds = content.get("layer_types")
    if kinds is None and form == "qwen3" and window is not None:
        full = min(layers, content.get("max_window_layers", 28))
        kinds = ["full_attention"] * full + ["sliding_attention"] * (layers - full)
    if kinds is not None:
        if len(set(kinds)) != 1 or kinds[0] not in ("full_attention", "sliding_attention"):
            raise _not_here(path, "layer_types", kinds, "the same in every layer")
        if kinds[0] == "full_attention":
            window = None
        elif window is None:
            raise _not_here(path, "sliding_window", window, "a whole number, where layer_types says sliding_attention")
    context = content.get("max_position_embeddings", 2048) if window is None else window
    if type(context) is not int or context < 1:
        raise _not_here(path, "sliding_window" if window else "max_position_embeddings", context, "a whole number")
    if context > FURTHEST:
        return FURTHEST, (f"it looks back on {FURTHEST:,} tokens instead of {context:,}",)
    return context, ()


def _rope_base(content: dict[str, Any], path: Path) -> float:
    found = content.get("rope_parameters")
    if found is None:
        base = content.get("rope_theta", 10000.0)
    else:
        if set(found) - {"rope_type", "rope_theta"} or found.get("rope_type", "default") != "default":
            raise _not_here(path, "rope_parameters", found, '"rope_type": "default" with a "rope_theta"')
        base = found.get("rope_theta", content.get("rope_theta", 10000.0))
        if base != content.get("rope_theta", base):
            raise _not_here(path, "rope_theta", content["rope_theta"], f"{base}, as rope_parameters says")
    if type(base) not in (int, float) or not 1 < base <= 1e9:
        raise _not_here(path, "rope_theta", base, "1 to 1e9")
    return float(base)


def _not_here(path: Path, name: str, value: Any, allowed: str) -> RunError:
    shown = json.dumps(value, default=str)
    return RunError(
        f"{path}: {name} is {shown if len(shown) < 200 else shown[:200] + ' …'}, which cannot be computed here",
        allowed=f"{name} {allowed}",
    )
