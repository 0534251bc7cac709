"""`python -m mebuki.export.witness_transformers FOLDER QUESTION ANSWER`: what `transformers` says to the texts of a question."""

from __future__ import annotations

import sys
from typing import Any

from .trying import Question, answer


def main(folder: str, question: str, to: str) -> None:
    import torch
    import transformers  # pyright: ignore[reportMissingImports]

    asked = Question.load(question)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    model.eval()
    with torch.inference_mode():
        logits = [model(torch.tensor([ids])).logits[0].numpy() for ids in asked.ids]
        begin = torch.tensor([asked.ids[0][: asked.prompt]])
        how = {"do_sample": False, "max_new_tokens": asked.greedy, "attention_mask": torch.ones_like(begin)}
        written = model.generate(begin, **how)[0, begin.shape[1] :].tolist()
    answer(
        to, f"transformers {transformers.__version__}", [tokenizer(t).input_ids for t in asked.texts], logits, written
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
