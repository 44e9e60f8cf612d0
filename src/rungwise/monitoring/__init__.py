"""The statistics that watch a release: evidence of change, intervals of quality, comparisons.

Functions from arrays and frames to results. Nothing here reads a file, writes the ledger or knows
what kind of input a release takes.
"""
