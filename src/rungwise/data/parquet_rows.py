"""Parquet, columnar; a row's line is its number in the file, from 1."""

from __future__ import annotations

import polars as pl

from rungwise.data.nested import as_json
from rungwise.data.raw import Raw, no_bad_rows
from rungwise.errors import DataError


def read_parquet(content: bytes, name: str, *, nested: bool = False) -> Raw:
    """Read every column as strings: whole numbers without a point, booleans as true and false.

    Args:
        content: The file.
        name: Its name, for messages.
        nested: Lists and structures are read too, as JSON; else they are left out, aloud.

    Raises:
        DataError: The file is damaged.
    """
    try:
        table = pl.read_parquet(content)
    except (pl.exceptions.PolarsError, OSError) as error:
        fact = str(error).splitlines()[0]
        raise DataError(
            f"{name} is not a readable Parquet file: {fact}", "Write it again."
        ) from error
    cells, said = as_text(table, name, nested=nested)
    lines = pl.int_range(1, len(table) + 1, dtype=pl.Int64, eager=True)
    return Raw(cells, lines, no_bad_rows(), said)


def as_text(
    table: pl.DataFrame, name: str, *, nested: bool
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The columns of a table as strings, and what is left out, in words."""
    if nested:
        table = table.with_columns(
            pl.Series(column, [as_json(value) for value in table[column].to_list()], pl.String)
            for column, kind in table.schema.items()
            if kind.is_nested()
        )
    plain = [column for column, kind in table.schema.items() if not kind.is_nested()]
    cells = table.select(_text(column, table.schema[column]) for column in plain)
    left_out = [column for column in table.columns if column not in plain]
    said = (f"columns of lists or structures in {name} are left out: {', '.join(left_out)}",)
    return cells, said if left_out else ()


def _text(column: str, kind: pl.DataType) -> pl.Expr:
    values = pl.col(column)
    if kind == pl.Boolean:
        return (
            pl.when(values).then(pl.lit("true")).when(~values).then(pl.lit("false")).alias(column)
        )
    return values.cast(pl.String)
