"""Rungs of language models that share a name with a rung of another kind of task."""
