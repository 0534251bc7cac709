"""A model grown here, for the programs that people already have, and models from there as runs: Hugging Face, GGUF."""
