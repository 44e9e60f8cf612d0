"""Metrics, their intervals, and the paired comparison of two models on the same rows."""
