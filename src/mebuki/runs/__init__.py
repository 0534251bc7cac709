"""A run on disk: recipe, metrics, samples, tokenizer, corpus and checkpoints; written atomically, read by anyone."""
