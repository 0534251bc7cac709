"""`python -m mebuki.export.witness_llama_cpp FILE QUESTION ANSWER`: what llama.cpp says to the texts of a question."""

from __future__ import annotations

import sys

import numpy as np

from .trying import Question, answer

FLOAT32 = 0  # as ggml numbers its types: of the cache, which is in float16 otherwise


def main(path: str, question: str, to: str) -> None:
    import llama_cpp  # pyright: ignore[reportMissingImports]

    asked = Question.load(question)
    longest = max(*map(len, asked.ids), asked.prompt + asked.greedy)
    how = {"n_ctx": longest + 1, "n_batch": longest + 1, "n_threads": 1, "type_k": FLOAT32, "type_v": FLOAT32}
    model = llama_cpp.Llama(path, logits_all=True, verbose=False, **how)
    logits = []
    for ids in asked.ids:
        model.reset()
        model.eval(ids)
        logits.append(np.array(model.scores[: len(ids)]))
    model.reset()
    model.eval(asked.ids[0][: asked.prompt])
    written = []
    for _ in range(asked.greedy):
        row = np.array(model.scores[model.n_tokens - 1])
        row[asked.silent] = -np.inf
        written.append(int(row.argmax()))
        model.eval(written[-1:])
    ids = [model.tokenize(text.encode(), add_bos=False, special=True) for text in asked.texts]
    answer(to, f"llama-cpp-python {llama_cpp.__version__}", ids, logits, written)


if __name__ == "__main__":
    main(*sys.argv[1:])
