"""Evaluation: how well a model foretells a text, and the losses it must beat."""
