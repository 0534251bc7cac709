"""Generation: logits to a choice (NumPy), and a model to a stream of text."""
