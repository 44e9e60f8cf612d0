"""How a table becomes an object: parquet bytes that the same rows always give."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import IO

import polars as pl

from rungwise.data.spool import BATCH, Spool, text_bytes
from rungwise.objects import Objects, changed, digest_file

LARGE = 1 << 26
"""Bytes of text from which a table stays on disk while it is used."""
ROWS = 1 << 18
"""Rows of a row group, at most."""


def parquet(rows: pl.DataFrame) -> bytes:
    """Parquet bytes that depend on the rows alone, not on how they came to lie in memory."""
    buffer = io.BytesIO()
    _write(rows, buffer)
    return buffer.getvalue()


def table(content: bytes) -> pl.DataFrame:
    """The rows that `parquet` wrote."""
    return pl.read_parquet(io.BytesIO(content))


def put(objects: Objects, rows: pl.DataFrame) -> str:
    """Store the same bytes without holding them in memory; returns their digest.

    Raises:
        StorageError: The store cannot be written.
    """
    return objects.put_written(functools.partial(_write, rows))


def get(objects: Objects, digest: str, cache: Path | None) -> pl.DataFrame:
    """The rows of an object; many are laid out below `cache` once, and mapped from there.

    Raises:
        LedgerError: The object is absent, or its bytes have changed.
        StorageError: The cache cannot be written.
    """
    path = objects.path(digest)
    groups = _row_groups(path)
    if groups is None or cache is None:
        return table(objects.read(digest))
    spool = Spool(cache / "parts" / digest)
    if spool.notes(groups - 1) is None:
        if digest_file(path) != digest:
            raise changed(digest)
        _lay_out(path, spool)
    return spool.rows(groups)


def _row_groups(path: Path) -> int | None:
    """How many a large table has; None for a small one, and for what is no table any more."""
    import pyarrow as pa
    from pyarrow import parquet as arrow_parquet

    try:
        facts = arrow_parquet.read_metadata(path)
    except (pa.ArrowInvalid, OSError):
        return None
    size = sum(facts.row_group(place).total_byte_size for place in range(facts.num_row_groups))
    return int(facts.num_row_groups) if size >= LARGE else None


def _lay_out(path: Path, spool: Spool) -> None:
    from pyarrow import parquet as arrow_parquet

    with arrow_parquet.ParquetFile(path) as file:
        for place in range(file.metadata.num_row_groups):
            rows = pl.from_arrow(file.read_row_group(place))
            assert isinstance(rows, pl.DataFrame), "a row group becomes a table"
            spool.keep(place, rows, {})


def _write(rows: pl.DataFrame, target: Path | IO[bytes]) -> None:
    # A row group is encoded in memory, so those of long texts have fewer rows.
    group = len(rows) * 2 * BATCH // max(1, text_bytes(rows))
    rows.rechunk().write_parquet(
        target,
        compression="zstd",
        statistics=False,
        row_group_size=max(1, min(ROWS, group)),
    )
