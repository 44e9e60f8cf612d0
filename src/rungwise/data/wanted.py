"""Whether an output was wanted, as data for KTO says (Ethayarajh et al. 2024).

One that was not is no answer to learn. TRL has it in `label`, LLaMA-Factory in `kto_tag`.
"""

from __future__ import annotations

import polars as pl

from rungwise.data.shape import Row, Unfit
from rungwise.data.turns import has_text

VERDICT = "label"
VERDICTS = (VERDICT, "kto_tag")
WANTED = frozenset(
    {"true", "1", "1.0", "desirable", "desired", "wanted", "chosen", "accepted", "preferred"}
)
UNWANTED = frozenset(
    {"false", "0", "0.0", "undesirable", "undesired", "unwanted", "rejected", "dispreferred"}
)
OPINIONS = frozenset(
    {"good", "bad", "yes", "no", "positive", "negative", "like", "dislike", "up", "down",
     "thumbs up", "thumbs down", "thumbs_up", "thumbs_down", "-1", "1"}
)  # fmt: skip
"""Words for a verdict, or for what a text is about: nobody can say which."""


def are_verdicts(cells: pl.Series) -> bool:
    """Whether a column (n) holds nothing but true and false, 1 and 0, or chosen and rejected."""
    return _hold_only(cells, WANTED | UNWANTED)


def may_be_verdicts(cells: pl.Series) -> bool:
    """Whether a column (n) holds nothing but words such as good and bad."""
    return _hold_only(cells, OPINIONS)


def _hold_only(cells: pl.Series, words: frozenset[str]) -> bool:
    found = cells.drop_nulls().str.strip_chars().str.to_lowercase()
    found = found.filter(found != "")
    return bool(len(found)) and bool(found.is_in(list(words)).all())


def unwanted(cells: pl.Series) -> int:
    """How many of a column's verdicts (n) are false."""
    return int(cells.str.strip_chars().str.to_lowercase().is_in(list(UNWANTED)).sum())


def check_wanted(row: Row) -> None:
    """Refuse a row whose output was not wanted.

    Raises:
        Unfit: It says so, or its verdict is missing.
    """
    for column in VERDICTS:
        if column not in row:
            continue
        cell = row[column]
        if cell is None or not has_text(cell):
            raise Unfit(f"`{column}` is empty", "expected true or false")
        if cell.strip().lower() in UNWANTED:
            raise Unfit(
                f"`{column}` is {cell.strip().lower()}",
                "the completion was not wanted, and is not learnt as an answer",
            )
