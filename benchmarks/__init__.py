"""Comparisons that can be repeated: `python -m benchmarks.NAME`; see README.md."""
