"""Rungs of classifiers that share a name with a rung of another kind of task."""
