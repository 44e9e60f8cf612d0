"""Near copies: which pairs are proposed, how alike they are, and what is near enough (R21)."""
