"""Tuning a language model: adapters in its last blocks, from kept activations."""
