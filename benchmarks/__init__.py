"""Benchmarks: one script per claim of docs/benchmarks.md. Each prints what was measured in one run, as text and JSON."""
