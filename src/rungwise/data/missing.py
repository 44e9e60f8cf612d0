"""Cells in which nothing is known: empty, or one of the words that stand for it."""

from __future__ import annotations

import polars as pl

SHOWN = 3
MISSING = frozenset(
    {
        "", "-", "--", "---", "–", "—", "?", "??", "#n/a", "#n/a n/a", "#na", "<na>", "<null>",
        "(null)", "n/a", "n.a.", "na", "nan", "-nan", "nat", "nil", "none", "null", "undefined",
        "unknown", "missing", "(blank)", "(none)",
    }
)  # fmt: skip
"""In lower case; those that pandas reads as missing, and what people and databases write."""


def is_missing(values: pl.Expr) -> pl.Expr:
    """Whether a cell says nothing (n); null counts."""
    bare = values.str.replace_all(r"\p{Cf}", "").str.strip_chars().str.to_lowercase()
    return bare.is_in(list(MISSING)).fill_null(value=True)


def known(values: pl.Expr) -> pl.Expr:
    """Cells as they are, null where nothing is known."""
    return pl.when(~is_missing(values)).then(values)


def said_of_words(cells: pl.Series, name: str, role: str) -> list[str]:
    """One sentence on the words of a column that are taken as missing; none if there are none.

    Args:
        cells: The column, named as in the file (n).
        name: The file.
        role: What the column is, such as `group`.
    """
    frame = cells.str.strip_chars().alias("cell").to_frame()
    words = frame.filter(is_missing(pl.col("cell")) & (pl.col("cell") != ""))["cell"]
    if words.is_empty():
        return []
    counts = words.value_counts().sort(["count", "cell"], descending=[True, False])
    written = [
        f"{word!r} ({count:,} {'row' if count == 1 else 'rows'})"
        for word, count in counts.iter_rows()
    ]
    taken = "is taken" if len(written) == 1 else "are taken"
    more = ", …" if len(written) > SHOWN else ""
    shown = ", ".join(written[:SHOWN]) + more
    return [f"in column `{cells.name}` of {name} {shown} {taken} as no {role}"]
