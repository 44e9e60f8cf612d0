"""Texts without personal values: each is replaced by the name of its kind (R18)."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from rungwise.data.personal.detect import detect, known

IN_IDS = ("email",)
REPLACED = "<[A-Z]+>"
"""How a value that was replaced looks, as a regular expression."""


def redacted(
    texts: pl.Series,
    spans: pl.DataFrame | None = None,
    only: Collection[str] | None = None,
) -> pl.Series:
    """Put `<EMAIL>`, `<CARD>` and the like where such values stand; all else stays as it is.

    Args:
        texts: Raw cells (n).
        spans: What `detect` found in these texts; it is called where left out.
        only: Names of kinds to replace; all where left out.

    Returns:
        Strings (n), aligned; null stays null.
    """
    found = detect(texts, only) if spans is None else spans
    if only is not None:
        found = found.filter(pl.col("kind").is_in(list(only)))
    if found.is_empty():
        return texts
    by_row = found.sort("row", "start").group_by("row", maintain_order=True).agg(pl.exclude("row"))
    changed = [
        _replaced(texts[row], starts, ends, kinds)
        for row, starts, ends, kinds in by_row.select("row", "start", "end", "kind").iter_rows()
    ]
    return (
        texts.clone().scatter(by_row["row"], pl.Series(changed, dtype=pl.String)).alias(texts.name)
    )


def without_placeholders(texts: pl.Series) -> pl.Series:
    """Put as many dashes where `<NAME>` and the like stand (n), so that all places stay.

    A learnt reader takes a word beside such a placeholder for a part of a name.
    """
    placeholders = [f"<{kind.upper()}>" for kind in known()]
    return texts.str.replace_many(placeholders, ["-" * len(one) for one in placeholders])


def redacted_ids(ids: pl.Series) -> pl.Series:
    """Row ids (n) as a report shows them: without e-mail addresses, and all else as it is.

    A number that names a row may have the form of a telephone or card number by chance.
    """
    return redacted(ids, only=IN_IDS)


def personal_ids(ids: pl.Series) -> int:
    """How many ids (n, null where unknown) hold a value that `redacted_ids` replaces."""
    suspects = ids.filter(ids.str.contains("@", literal=True).fill_null(value=False))
    return detect(suspects, only=IN_IDS)["row"].n_unique()


def redacted_line(text: str, only: Collection[str] | None = None) -> str:
    """The same for one text, such as a message or a title."""
    return str(redacted(pl.Series([text], dtype=pl.String), only=only)[0])


def _replaced(text: str, starts: list[int], ends: list[int], kinds: list[str]) -> str:
    pieces, reached = [], 0
    for start, end, kind in zip(starts, ends, kinds, strict=True):
        pieces += [text[reached:start], f"<{kind.upper()}>"]
        reached = end
    return "".join([*pieces, text[reached:]])
