"""What a certified review threshold is worth on rows that nobody looked at."""
