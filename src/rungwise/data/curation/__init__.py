"""Changes to the training part that can be replayed: decided row by row, each with its reason."""
