"""Finding what answers a question among documents: by words, by meaning, and by both (R29, R39)."""
