"""What a conversation says of itself: the words by which it may nearly copy another."""

from __future__ import annotations

import polars as pl

from rungwise.conversation import CODED, of_input
from rungwise.data.normalise import normalised
from rungwise.errors import DataError

SCHEMA = {"system": pl.String(), "rest": pl.String()}


def spoken(inputs: pl.Series) -> pl.Series:
    """Inputs as texts to compare: of a conversation the turns alone, without their JSON.

    A system turn that several rows share says nothing of any of them, and a long one would make
    near copies of all; it is left out. Where one question is asked under several system turns
    (documents to be summarised, say), they are what tells the rows apart, and stay.

    Args:
        inputs: As tables hold them (n).

    Returns:
        Texts (n), aligned; what is no conversation is as it was.
    """
    if not inputs.str.starts_with(CODED).any():
        return inputs
    rows = pl.DataFrame([_parted(text) for text in inputs], SCHEMA, orient="row")
    rows = rows.with_columns(
        shared=pl.len().over("system") > 1, question=normalised(rows["rest"])
    ).with_columns(alone=pl.col("system").fill_null("").n_unique().over("question") == 1)
    told = pl.col("system").is_null() | (pl.col("shared") & pl.col("alone"))
    whole = pl.concat_str("system", "rest", separator="\n")
    return rows.select(pl.when(told).then("rest").otherwise(whole).alias(inputs.name)).to_series()


def _parted(text: str | None) -> tuple[str | None, str | None]:
    """The system turn, or None, and the other turns."""
    if text is None or not text.startswith(CODED):
        return None, text
    try:
        turns = of_input(text)
    except DataError:  # a text that begins like a conversation, in a task that classifies
        return None, text
    system = next((one.content for one in turns if one.role == "system"), None)
    return system, "\n".join(one.content for one in turns if one.role != "system")
