"""What the cheapest approaches reach, beside three lines of scikit-learn and beside tuning."""
