"""The one place through which a text goes before a person is shown it (R18)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from rungwise.data.joined_inputs import outside_headers
from rungwise.data.personal.detect import SCHEMA, detect
from rungwise.data.personal.reading import Reading, tiers_together
from rungwise.data.personal.redact import redacted

RECORDED = pl.Schema(
    {
        "id": pl.String(),
        "column": pl.String(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "kind": pl.String(),
    }
)
"""Where an audit found a value: `column` is `input` or `expected`; places as in `detect.SCHEMA`."""
SHORTEST = 3
"""Letters of the shortest value that is looked for in other texts about its row."""
Column = Literal["input", "expected"]


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces what an audit recorded and what the rules find.

    Attributes:
        recorded: Values that audits found in these rows, with the columns of `RECORDED`.
        columns: Which columns are joined as the input, if several: their names stay.
    """

    recorded: pl.DataFrame = field(default_factory=RECORDED.to_frame)
    columns: tuple[str, ...] = ()

    def cells(
        self, rows: pl.DataFrame, column: Column = "input", only: Collection[str] | None = None
    ) -> pl.Series:
        """Redact a column of rows.

        Args:
            rows: The columns `id` and `column`, as the audit read them.
            column: Which one.
            only: Names of kinds to replace; all if left out.

        Returns:
            Strings (n), aligned; null stays null.
        """
        places = (
            rows.select("id")
            .with_row_index("row")
            .join(self.recorded.filter(column=column), on="id")
            .with_columns(pl.col("row").cast(pl.Int64))
        )
        # A cell that was changed since the audit may be shorter than a recorded place.
        length = rows[column].str.len_chars().fill_null(0).gather(places["row"]).cast(pl.Int64)
        inside = places.filter(places["end"] <= length).select(SCHEMA.names())
        spans = tiers_together(detect(rows[column]), [Reading(inside, ())])
        if only is not None:
            spans = spans.filter(pl.col("kind").is_in(list(only)))
        columns = self.columns if column == "input" else ()
        return redacted(rows[column], outside_headers(spans, rows[column], columns))

    def answers(self, rows: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Redact other texts about rows, such as answers, which may repeat a value of their row.

        Args:
            rows: The columns `id`, `input` and `expected` (n).
            texts: One text a row (n).

        Returns:
            Strings (n), aligned; null stays null.
        """
        found = [detect(texts)]
        for column in ("input", "expected"):
            own = rows.select("id", cell=column).with_row_index("row")
            values = own.join(self.recorded.filter(column=column), on="id").with_columns(
                pl.col("cell").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
            )
            repeated = [
                (row, start, start + len(value), kind)
                for row, value, kind in values.select("row", "cell", "kind").iter_rows()
                for start in _places(texts[row], value)
            ]
            found.append(pl.DataFrame(repeated, SCHEMA, orient="row"))
        return redacted(texts, tiers_together(found[0], [Reading(one, ()) for one in found[1:]]))


def _places(text: str | None, value: str | None) -> Sequence[int]:
    """Where a value stands as words of its own, whatever its case."""
    if not text or not value or len(value) < SHORTEST:
        return ()
    folded, wanted = text.lower(), value.lower()
    if len(folded) != len(text):  # a letter whose small form has another length
        folded, wanted = text, value
    found, place = [], folded.find(wanted)
    while place >= 0:
        around = folded[max(0, place - 1) : place] + folded[place + len(wanted) :][:1]
        if not any(sign.isalnum() for sign in around):
            found.append(place)
        place = folded.find(wanted, place + 1)
    return found
