"""README.md of a model: what it is, what it learned from, how to use it, and what it must not be trusted with."""

from __future__ import annotations

from .gguf import MODEL, room
from .grown import Grown
from .receipt import Checked

HUGGINGFACE = """
```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("FOLDER")
model = AutoModelForCausalLM.from_pretrained("FOLDER")
ids = tokenizer("{begin}", return_tensors="pt")
print(tokenizer.decode(model.generate(**ids, max_new_tokens=200)[0]))
```

`generate` never draws the tokens in `suppress_tokens` of generation_config.json: bytes and special tokens, which stood for nothing
while it learned. Programs that do not read that file may draw one now and then. `mebuki import FOLDER` makes it a run of Mebuki again.
"""

GGUF = """
```sh
ollama create {name} -f Modelfile && ollama run {name} "{begin}"
llama-completion -m {file} -no-cnv -p "{begin}" -n 200 -c {context}
```

It looks back on {context} tokens; a context of that size (`-c {context}`, `num_ctx`) is what it was grown with. llama.cpp rounds it up to
{room}, and within that has no window that slides: what it writes beyond {context} tokens is not what Mebuki writes.
"""


def card(grown: Grown, to: str, checked: Checked) -> str:
    """The page, in Markdown; the head in YAML is for the Hugging Face Hub, should it ever go there."""
    shape, heads = grown.shape, grown.shape.key_value_heads or grown.shape.heads
    parts = ["RMSNorm", "rotary positions", "SwiGLU", "tied embedding" if shape.tied else "untied output"]
    parts[2:2] = (["QK-norm"] if shape.qk_norm else []) + ([f"{heads} key-value heads"] if heads != shape.heads else [])
    kind = {"characters": "letters", "byte-pairs": "byte pairs"}.get(grown.tokenizer.kind, "tokens")
    rows = {
        "model": f"Transformer, {grown.parameters:,} numbers in float32: {', '.join(parts)}",
        "size": f"{shape.layers} layers of width {shape.width}, {shape.heads} heads; it looks back on {shape.context} tokens",
        "tokens": f"{kind}, {grown.tokenizer.vocabulary_size:,} in all",
        "grown on": grown.text or "not told",
        **grown.facts,
    }
    begin = "The " if "T" in getattr(grown.tokenizer, "alphabet", "T") else "今日は"
    use = HUGGINGFACE if to == "huggingface" else GGUF
    how = {"begin": begin, "name": plain_name(grown.name), "file": MODEL, "context": shape.context, "room": room(grown)}
    return "\n".join(
        [
            "---",
            *(["library_name: transformers"] if to == "huggingface" else []),
            "pipeline_tag: text-generation",
            "tags: [mebuki]",
            "---",
            f"# {grown.name}",
            "",
            f"A small language model, grown with Mebuki. It writes on from a beginning, {kind[:-1]} by {kind[:-1]}; it was not taught to",
            "answer, and knows nothing but its text.",
            "",
            _warning(grown),
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value.replace('|', '/')} |" for name, value in rows.items()),
            "",
            "## How to use it",
            use.format(**how),
            "## What was checked",
            "",
            f"{checked.told()}. The whole of it is in `receipt.json`.",
            "",
            *(f"- {note}" for note in grown.notes),
            *(["", "## Recipe", "", "```toml", grown.recipe.strip(), "```"] if grown.recipe else []),
            "",
        ]
    )


def _warning(grown: Grown) -> str:
    """What a small model does to the privacy of its text."""
    if not grown.diary:
        return (
            "**It can recite.** A small model remembers lines of its text word for word, names included. Give it to nobody who may not\n"
            "read that text."
        )
    said = "How many was not measured."
    if grown.recites:
        found, tried = grown.recites
        said = f"When it was grown it said {found} of {tried} lines word for word."
    return (
        "**This model was grown on a diary, and is as private as it.** It can recite what stands there, names included.\n"
        f"{said} Nothing here is encrypted. Give it to nobody who may not read the diary."
    )


def plain_name(name: str) -> str:
    """A name that Ollama takes.

    >>> plain_name("My diary 日記")
    'my-diary'
    """
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    return "-".join(filter(None, kept.split("-"))) or "mine"
