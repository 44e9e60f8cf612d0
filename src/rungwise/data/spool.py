"""Tables on disk that are used as if they were in memory: Arrow files, mapped and not read.

The system brings in the pages that are looked at and drops them again when memory is wanted, so
a table of texts may be larger than memory; rows that are filtered, sorted or laid one after
another share its pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from rungwise.errors import StorageError
from rungwise.files import write_text, written

BATCH = 1 << 25
"""Bytes of text that are worked on at a time."""


class Spool:
    """A folder of numbered pieces of one table, each with notes; a torn piece is no piece.

    Args:
        folder: Where the pieces lie; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def notes(self, number: int) -> Mapping[str, Any] | None:
        """What was noted with a piece; None where it is not there."""
        try:
            found: Mapping[str, Any] = json.loads(self._path(number, "json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if self._path(number, "arrow").is_file() else None

    def keep(self, number: int, rows: pl.DataFrame, notes: Mapping[str, Any]) -> None:
        """Write a piece; its notes are written last, and say that it is whole.

        Raises:
            StorageError: The folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written(self._path(number, "arrow")) as table:
                rows.write_ipc(table, compression="uncompressed")
            write_text(self._path(number, "json"), json.dumps(notes))
        except OSError as error:
            raise StorageError(
                f"{self.folder} cannot be written: {error.strerror or error}", "Free some space."
            ) from error

    def rows(self, count: int) -> pl.DataFrame:
        """The first pieces as one table."""
        return pl.concat([_mapped(self._path(number, "arrow")) for number in range(count)])

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:06}.{kind}"


def batches(rows: int, size: int) -> Iterator[slice]:
    """Slices of a table of `rows` rows and `size` bytes that hold about `BATCH` bytes each."""
    step = max(1, rows * BATCH // max(size, 1))
    for begin in range(0, rows, step):
        yield slice(begin, min(begin + step, rows))


def text_bytes(rows: pl.DataFrame) -> int:
    """Bytes of all texts of a table; unlike its size in memory, this depends on the rows alone."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    sizes = rows.select(pl.col(texts).str.len_bytes().sum()) if texts else None
    return int(sizes.sum_horizontal()[0] or 0) if sizes is not None else 0


def _mapped(path: Path) -> pl.DataFrame:
    import pyarrow as pa

    with pa.memory_map(str(path)) as file:
        table = pl.from_arrow(pa.ipc.open_file(file).read_all(), rechunk=False)
    assert isinstance(table, pl.DataFrame), "an Arrow table becomes a table"
    return table
