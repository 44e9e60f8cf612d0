"""Words that the learnt reader takes for names or addresses, and that are none.

In small letters a town, a month or an ordinal looks to it like a rare name. Two things tell
them apart: the words of the calendar are nobody's name, and a name is one wherever it stands, while
`washington` in questions about flights is taken for a person in one row of many.
"""

from __future__ import annotations

import polars as pl
import regex

LEAST = 3
"""Rows that hold a word from which its rows are compared."""
CONSISTENT = 0.5
"""Share of the rows with a word in which it must be taken for a name."""
CALENDAR = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tonight|tomorrow|yesterday"
    r"|mornings?|noon|afternoons?|evenings?|nights?|weekends?|weeks?|months?|years?"
)
NUMBERS = (
    r"\d+(?:st|nd|rd|th)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?|(?:twen|thir|for|fif|six|seven|eigh|nine)"
    r"(?:ty|tieth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh"
    r"|twelfth|hundred(?:th)?|thousand"
)
DATE = regex.compile(rf"(?:(?:{CALENDAR}|{NUMBERS}|of|the|on|at|in|and)[\s,./-]*)+")
"""Small words, months, days and numbers alone; `fifth avenue` has another word."""


def without_places_and_dates(spans: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Leave out values in small letters that are dates, and names that are rarely taken for one.

    Args:
        spans: Columns of `detect.SCHEMA`, as the learnt reader gives them.
        texts: The raw cells that `row` counts, all of one column.

    Returns:
        The same columns. A value with a capital stays as it is.
    """
    text = texts.gather(spans["row"])
    valued = spans.with_columns(value=text.str.slice(spans["start"], spans["end"] - spans["start"]))
    small = valued.filter(
        pl.col("kind").is_in(["name", "address"]),
        pl.col("value") == pl.col("value").str.to_lowercase(),
        pl.col("value").str.contains(r"\p{L}"),
    )
    values = small["value"].unique().to_list()
    dates = [value for value in values if DATE.fullmatch(value)]
    names = small.filter(pl.col("kind") == "name")
    taken = names.group_by("value").agg(pl.col("row").n_unique().alias("taken"))
    rare = [value for value, rows in taken.iter_rows() if _rarely(value, rows, texts)]
    none = pl.col("value").is_in(dates) | ((pl.col("kind") == "name") & pl.col("value").is_in(rare))
    return valued.filter(~none).drop("value")


def _rarely(value: str, taken: int, texts: pl.Series) -> bool:
    """Whether a word stands in several rows and is taken for a name in the fewer of them."""
    inside = texts.str.contains(rf"(^|[^\p{{L}}\p{{N}}]){regex.escape(value)}($|[^\p{{L}}\p{{N}}])")
    rows = int(inside.sum())
    return rows >= LEAST and taken < CONSISTENT * rows
