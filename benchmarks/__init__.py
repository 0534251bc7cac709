"""Benchmarks: one script for each claim of docs/benchmarks.md, all sides of it in turn in one run.

What `--keep` writes to benchmarks/results/ is under version control: it holds every round behind the figures in the
documents, with the machine, the versions, the commit and the command, so that a later change can be held against it.
"""
