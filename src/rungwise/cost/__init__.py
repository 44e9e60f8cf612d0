"""What an attempt costs: seconds, memory, money."""
