"""Readings of an attempt's curves and numbers: one a file (R56–R60)."""
