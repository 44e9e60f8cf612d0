"""Cells in which nothing is known: empty, or one of the words that stand for it."""

from __future__ import annotations

import polars as pl

SHOWN = 3
MISSING = frozenset(
    {
        "", "−", "#n/a", "#n/a n/a", "#na", "#ref!", "#value!", "#null!", "#num!", "#name?",
        "#div/0!", "n/a", "n\\a", "n.a.", "n.a", "n/d", "k.a.", "k. a.", "na", "nan", "-nan", "nat",
        "nil", "none", "null", "\\n", "-1.#ind", "1.#qnan", "-1.#qnan", "undefined", "unknown",
        "missing", "blank", "empty", "not available", "not applicable",
    }
)  # fmt: skip
"""In lower case, without brackets or quotation marks around them; those that pandas reads as
missing, the errors of spreadsheets, and what people and databases write (`\\N` is MySQL's)."""
SILENT = r"^[^\p{L}\p{N}\p{S}]*$"
"""Dashes, dots, question marks: nothing that could name a group."""


def is_missing(values: pl.Expr) -> pl.Expr:
    """Whether a cell says nothing (n); null counts."""
    plain = values.str.normalize("NFKC").str.replace_all(r"\p{Cf}", "").str.to_lowercase()
    bare = plain.str.strip_chars(" \t\r\n()[]{}<>\"'")
    return (bare.is_in(list(MISSING)) | bare.str.contains(SILENT)).fill_null(value=True)


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
