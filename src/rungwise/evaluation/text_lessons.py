"""How many training rows show how to do right what a group of answers does wrong (R17)."""

from __future__ import annotations

import polars as pl

from rungwise.evaluation.json_fields import fields
from rungwise.evaluation.text_clusters import WORD
from rungwise.evaluation.text_mistakes import UNNAMED, field_of, kind_of


def lessons(name: str, train: pl.DataFrame) -> int | None:
    """Training rows that teach a group of that name; None where no rule can say.

    Of a field, the rows that have it (or, where it is one too many, have it not); of a subject,
    the rows with at least half of the words that name it; of form, all rows.

    Args:
        name: As `text_failures.group` gives it.
        train: Columns `input` and `expected`.
    """
    if path := field_of(name):
        has = [f"/{path}" in {at for at, _ in fields(text) or ()} for text in train["expected"]]
        return has.count(not name.startswith("field too many"))
    if name.startswith(f"{UNNAMED}, about "):
        words = set(name.removeprefix(f"{UNNAMED}, about ").split(", "))
        texts = (train["input"] + "\n" + train["expected"]).str.to_lowercase()
        return sum(2 * len(words & set(WORD.findall(text))) >= len(words) for text in texts)
    return len(train) if kind_of(name) == "form" else None
