"""Twelve tasks of generated text, and whether each is rightly tuned or not."""
