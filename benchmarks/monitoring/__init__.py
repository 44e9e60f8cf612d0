"""Simulations of everything that monitoring claims."""
