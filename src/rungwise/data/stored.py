"""How a table becomes an object: parquet bytes that the same rows always give."""

from __future__ import annotations

import io

import polars as pl


def parquet(rows: pl.DataFrame) -> bytes:
    """Parquet bytes that depend on the rows alone, not on how they came to lie in memory."""
    buffer = io.BytesIO()
    rows.rechunk().write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def table(content: bytes) -> pl.DataFrame:
    """The rows that `parquet` wrote."""
    return pl.read_parquet(io.BytesIO(content))
