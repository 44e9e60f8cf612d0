"""Where two sets of answers to the same rows differ: the gate before an export ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rungwise.errors import DataError

if TYPE_CHECKING:
    from rungwise.table import Predictions


def mismatches(evaluated: Predictions, exported: Predictions) -> list[str]:
    """Ids of the rows whose labels differ, in the order of `evaluated`.

    Raises:
        DataError: The two did not answer the same rows.
    """
    one = pl.DataFrame({"id": evaluated.ids, "label": evaluated.outputs})
    other = pl.DataFrame({"id": exported.ids, "other": exported.outputs})
    if not one["id"].sort().equals(other["id"].sort(), check_names=False):
        raise DataError(
            f"Two sets of answers ({len(one)} and {len(other)} rows) are not about the same rows",
            "Predict the same rows with both.",
        )
    joined = one.join(other, on="id", validate="1:1", maintain_order="left")
    return joined.filter(pl.col("label").ne_missing(pl.col("other")))["id"].to_list()
