"""Tokens a second of one stream, against llama.cpp, thread for thread.

    python -m benchmarks.decoding            # needs llama-cpp-python and gguf

A Transformer in the shape of Llama with random weights is written once as our weights and once as a GGUF file in the
same storage (float32 F32, bfloat16 BF16, int8 Q8_0); how far the logits of both lie apart after a prompt of 64 is
told. Then each draws 500 tokens at temperature 0.8 from a prompt of one; llama.cpp keeps keys and values in float16.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.turns import Figures, Repeat, Round, Side, run
from mebuki.shapes import TransformerShape

SIZES = {
    "0.8M": TransformerShape(128, 4, 4, hidden=320, context=512, qk_norm=False),
    "10.7M": TransformerShape(384, 6, 6, hidden=1024, context=512, qk_norm=False),
}
STORAGES = {"float32": "F32", "bfloat16": "BF16", "int8": "Q8_0"}
VOCABULARY, TOKENS, CHUNK = 65, 500, 50
PROMPT = np.random.default_rng(1).integers(0, VOCABULARY, 64)


def weights_of(shape: TransformerShape) -> dict[str, Any]:
    rng, D, H = np.random.default_rng(0), shape.width, shape.hidden_width

    def matrix(rows: int, columns: int, size: float = 1.0) -> Any:
        return (rng.standard_normal((rows, columns)) * size / columns**0.5).astype(np.float32)

    weights = {"embedding.weight": matrix(VOCABULARY, D, 3), "norm.weight": np.ones(D, np.float32)}
    for layer in range(shape.layers):
        parts = {"attention.qkv": (3 * D, D), "attention.out": (D, D), "mlp.gate_up": (2 * H, D), "mlp.down": (D, H)}
        weights |= {f"blocks.{layer}.{name}.weight": matrix(*size) for name, size in parts.items()}
    return weights


def write_gguf(path: Path, shape: TransformerShape, weights: dict[str, Any], kind: str) -> None:
    """The same model for llama.cpp: an own norm in front of each half of a block, pairs of a head side by side."""
    import gguf

    w = gguf.GGUFWriter(path, "llama")
    w.add_context_length(shape.context)
    w.add_embedding_length(shape.width)
    w.add_block_count(shape.layers)
    w.add_feed_forward_length(shape.hidden_width)
    w.add_head_count(shape.heads)
    w.add_head_count_kv(shape.heads)
    w.add_rope_dimension_count(shape.width // shape.heads)
    w.add_rope_freq_base(shape.rotary_base)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_vocab_size(VOCABULARY)
    w.add_tokenizer_model("llama")
    w.add_token_list([f"<{i}>" for i in range(VOCABULARY)])
    w.add_token_scores([0.0] * VOCABULARY)
    w.add_token_types([gguf.TokenType.NORMAL] * VOCABULARY)

    def put(name: str, array: Any) -> None:
        if array.ndim == 1 or kind == "F32":
            return w.add_tensor(name, np.ascontiguousarray(array))
        quantised = gguf.GGMLQuantizationType[kind]
        return w.add_tensor(name, gguf.quants.quantize(np.ascontiguousarray(array), quantised), raw_dtype=quantised)

    def side_by_side(rows_DD: Any) -> Any:
        return rows_DD.reshape(shape.heads, 2, -1, shape.width).swapaxes(1, 2).reshape(rows_DD.shape)

    ones = np.ones(shape.width, np.float32)
    put("token_embd.weight", weights["embedding.weight"])
    put("output_norm.weight", weights["norm.weight"])
    for layer in range(shape.layers):
        q, k, v = np.split(weights[f"blocks.{layer}.attention.qkv.weight"], 3)
        gate, up = np.split(weights[f"blocks.{layer}.mlp.gate_up.weight"], 2)
        matrices = {
            "attn_q": side_by_side(q),
            "attn_k": side_by_side(k),
            "attn_v": v,
            "attn_output": weights[f"blocks.{layer}.attention.out.weight"],
            "ffn_gate": gate,
            "ffn_up": up,
            "ffn_down": weights[f"blocks.{layer}.mlp.down.weight"],
            "attn_norm": ones,
            "ffn_norm": ones,
        }
        for name, array in matrices.items():
            put(f"blk.{layer}.{name}.weight", array)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def decoder_of(given: argparse.Namespace) -> Any:
    from mebuki.generation.compiled_transformer import TransformerDecoder

    shape = SIZES[given.size]
    return TransformerDecoder(weights_of(shape), shape, VOCABULARY, storage=given.storage, threads=given.count)


def ours(given: argparse.Namespace) -> Repeat:
    from mebuki.generation.compiled import Draw
    from mebuki.generation.sampler import Sampling

    decoder = decoder_of(given)

    def generate(number: int, before: Round) -> Figures:
        logits_BV, state = decoder.start(np.array([[1]]))
        draw = Draw(Sampling(temperature=0.8), VOCABULARY, [1], seed=number)
        start = time.perf_counter()
        for _ in range(0, TOKENS, CHUNK):
            decoder.write(state, logits_BV[0], CHUNK, draw)
        return {"tokens_per_second": TOKENS / (time.perf_counter() - start)}

    return generate


def llama(given: argparse.Namespace) -> Repeat:
    c: Any = importlib.import_module("llama_cpp")

    silent = c.llama_log_callback(lambda level, text, data: None)
    c.llama_log_set(silent, None)
    shape = SIZES[given.size]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        write_gguf(path, shape, weights_of(shape), STORAGES[given.storage])
        about = c.llama_model_default_params()
        about.use_extra_bufts = False  # its AMX layout for Q8_0, meant for prompts, crashed at these sizes
        model = c.llama_model_load_from_file(str(path).encode(), about)
    how = c.llama_context_default_params()
    how.n_ctx, how.n_threads, how.n_threads_batch = shape.context, given.count, given.count
    context = c.llama_init_from_model(model, how)
    memory = c.llama_get_memory(context)
    chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_temp(0.8))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_dist(1))

    def read(*tokens: int) -> None:
        ids = (c.llama_token * len(tokens))(*tokens)
        if c.llama_decode(context, c.llama_batch_get_one(ids, len(tokens))):
            raise RuntimeError("llama_decode failed")

    read(*PROMPT.tolist())
    theirs = np.ctypeslib.as_array(c.llama_get_logits_ith(context, -1), (VOCABULARY,))
    differ = float(np.abs(theirs - decoder_of(given).start(PROMPT[None])[0][0]).max())

    def generate(number: int, before: Round) -> Figures:
        assert silent  # llama.cpp calls it as long as it lives
        c.llama_memory_clear(memory, True)
        token, start = 1, time.perf_counter()
        for _ in range(TOKENS):
            read(token)
            token = c.llama_sampler_sample(chain, context, -1)
        return {"tokens_per_second": TOKENS / (time.perf_counter() - start), "logits_differ": differ}

    return generate


AS_BUILT: dict[str, str | None] = {"OMP_WAIT_POLICY": None, "OMP_NUM_THREADS": None}  # a wait that sleeps slows it much
SIDES = {"mebuki": Side(ours), "llama.cpp": Side(llama, package="llama_cpp", environment=AS_BUILT)}


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    p.add_argument("--storages", nargs="+", default=list(STORAGES), choices=list(STORAGES))
    p.add_argument("--counts", nargs="+", type=int, default=[1, 2], help="threads of each")


def cases(given: argparse.Namespace) -> list[dict[str, Any]]:
    names = ("size", "storage", "count")
    return [
        dict(zip(names, case, strict=True)) for case in itertools.product(given.sizes, given.storages, given.counts)
    ]


if __name__ == "__main__":
    run("decoding", __doc__, SIDES, options=options, cases=cases)
