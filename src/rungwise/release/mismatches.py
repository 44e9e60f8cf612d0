"""Where two sets of answers to the same rows differ: the gate before an export ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rungwise.errors import DataError

if TYPE_CHECKING:
    from rungwise.table import Predictions


def mismatches(evaluated: Predictions, exported: Predictions) -> list[str]:
    """Ids of the rows whose answers differ, in the order of `evaluated`.

    A text is the same where it also ended the same way.

    Raises:
        DataError: The two did not answer the same rows.
    """
    one = _told(evaluated, "label", "ended")
    other = _told(exported, "other", "other ended")
    if not one["id"].sort().equals(other["id"].sort(), check_names=False):
        raise DataError(
            f"Two sets of answers ({len(one)} and {len(other)} rows) are not about the same rows",
            "Predict the same rows with both.",
        )
    joined = one.join(other, on="id", validate="1:1", maintain_order="left")
    differs = pl.col("label").ne_missing(pl.col("other"))
    differs |= pl.col("ended").ne_missing(pl.col("other ended"))
    return joined.filter(differs)["id"].to_list()


def _told(answers: Predictions, output: str, ended: str) -> pl.DataFrame:
    """Ids, outputs and how they ended; null where labels were given."""
    ends = answers.written["ended"] if answers.written is not None else None
    return pl.DataFrame(
        {"id": answers.ids, output: answers.outputs, ended: ends},
        {"id": pl.String, output: pl.String, ended: pl.String},
    )
