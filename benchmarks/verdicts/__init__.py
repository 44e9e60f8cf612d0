"""How well Rungwise decides on few rows: small projects, each from `init` to its verdict."""
