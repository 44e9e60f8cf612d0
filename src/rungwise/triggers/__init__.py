"""The four reasons to tune at all (R34–R37), each weighed by evidence: one a file."""
