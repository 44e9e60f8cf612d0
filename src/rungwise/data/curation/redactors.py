"""Named functions that take personal data out of texts: texts (n) → texts (n), null stays null."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping

import polars as pl

from rungwise.errors import DataError

Redactor = Callable[[pl.Series], pl.Series]

REDACTORS: Mapping[str, tuple[str, str]] = {
    "personal": ("rungwise.data.personal.redact", "redacted")
}
"""Name → module and function; a module that is not installed is not offered."""


def redactor(name: str = "personal") -> Redactor:
    """The function of that name.

    Raises:
        DataError: There is none here.
    """
    module, function = REDACTORS.get(name, ("", ""))
    try:
        found = module and importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if not found:
        raise DataError(
            f"No redactor {name!r} is installed", "Give each new text in the column `text`."
        )
    chosen: Redactor = getattr(importlib.import_module(module), function)
    return chosen


def with_texts(decisions: pl.DataFrame, rows: pl.DataFrame, name: str = "personal") -> pl.DataFrame:
    """Decisions to redact, each with its new text: as given, or as the redactor writes it.

    Args:
        decisions: Of the action `redact`, with the columns of `decisions.SCHEMA`.
        rows: The rows that they are about, with `id` and `input`.
        name: The redactor that is asked where a decision has no text.

    Raises:
        DataError: A decision has no text and there is no redactor.
    """
    owed = decisions.filter(pl.col("value").is_null())
    if owed.is_empty():
        return decisions
    raw = owed.select("id").join(rows.select("id", "input"), on="id", how="left")
    written = raw.select("id", written=redactor(name)(raw["input"]))
    joined = decisions.join(written, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("value", "written").alias("value")).select(
        decisions.columns
    )
