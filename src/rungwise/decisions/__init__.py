"""What follows from all verdicts: stop, go on, back to the data, change the base."""
