"""Asking a language model that is trained no further: instructions, and examples (R29, R30)."""
