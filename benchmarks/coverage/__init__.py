"""How often an interval from k-fold cross-validation holds the score of the refit model."""
