"""Which reader a file needs: by its extension, else by its content."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from rungwise.data import blocks
from rungwise.data.csv_layout import FOUND, Dialect
from rungwise.data.encoding import decode, wide_without_mark
from rungwise.data.raw import Raw, set_undecodable_aside
from rungwise.errors import DataError
from rungwise.objects import digest_bytes
from rungwise.progress import Progress, Silent

Format = Literal["csv", "tsv", "jsonl", "parquet"]
EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
SNIFFED = 1 << 16
READABLE = "Give CSV, TSV, JSONL or Parquet."


def read_file(
    path: Path,
    name: str,
    asked: Sequence[str],
    *,
    nested: bool = False,
    dialect: Dialect = FOUND,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Raw, str]:
    """Read any file into rows, and digest it.

    A large file of UTF-8 or Parquet is read in blocks, where there is a cache to keep them in.

    Args:
        path: Where it lies.
        name: As the user wrote it, for messages.
        asked: Column names that the user gave.
        nested: Lists and objects in JSONL and Parquet are cells too, as JSON; else left out.
        dialect: What the user says of encoding, delimiter and quotation marks.
        cache: Where the blocks of large files lie.
        progress: Told how far the reading of a large file is.

    Returns:
        The rows and the sha256 of the file.

    Raises:
        DataError: The file is absent, empty, unreadable or of no known format.
    """
    if cache is not None and path.is_file() and path.stat().st_size >= blocks.LARGE:
        found = _in_blocks(path, name, asked, nested, dialect, cache, progress or Silent())
        if found is not None:
            return found
    content = _bytes(path, name)
    kind, said = _format(path, name, content)
    return _read(content, kind, name, asked, said, nested, dialect), digest_bytes(content)


def read_content(
    content: bytes,
    name: str,
    asked: Sequence[str],
    *,
    nested: bool = False,
    dialect: Dialect = FOUND,
) -> Raw:
    """Read rows that lie in memory; their format is told by their content.

    Arguments and errors are those of `read_file`.
    """
    if not content.strip():
        raise DataError(f"{name} is empty", "Give rows.")
    kind, said = _format(Path(), name, content)
    return _read(content, kind, name, asked, said, nested, dialect)


def _in_blocks(
    path: Path,
    name: str,
    asked: Sequence[str],
    nested: bool,
    dialect: Dialect,
    cache: Path,
    progress: Progress,
) -> tuple[Raw, str] | None:
    """What `read_file` returns; None where the file can only be read whole."""
    from rungwise.data.block_readers import CsvBlocks, JsonlBlocks, ParquetBlocks, QuotesAreText

    with path.open("rb") as file:
        head = file.read(SNIFFED)
    kind, said = _format(path, name, head)
    seen = blocks.survey(path)
    if kind != "parquet" and (not seen.utf8 or wide_without_mark(head)):
        progress.say(f"{name} is not UTF-8, so it is read whole: write it as UTF-8 to save memory.")
        return None
    key: list[object] = [kind, list(asked), nested]
    if dialect != FOUND:
        key.append(dataclasses.astuple(dialect))
    finish = partial(blocks.converted, seen=seen, name=name, cache=cache, progress=progress)
    if kind == "parquet":
        raw = finish(ParquetBlocks(path, name, asked, nested), asked=key)
    elif kind == "jsonl":
        raw = finish(JsonlBlocks(path, name, asked, nested), asked=key)
        known = [column for column in raw.cells.columns if raw.cells[column].count()]
        raw = dataclasses.replace(raw, cells=raw.cells.select(known))
    else:
        taken = CsvBlocks(
            path, name, asked, tabs=kind == "tsv", quotes=dialect.quote != "", dialect=dialect
        )
        try:
            raw = finish(taken, asked=key)
        except QuotesAreText:
            raw = finish(dataclasses.replace(taken, quotes=False), asked=[*key, "quotes are text"])
    return dataclasses.replace(raw, assumptions=said + raw.assumptions), seen.digest


def _bytes(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise DataError(f"{name} is a folder, not a file", READABLE)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path.resolve()}", "Check the path.") from error
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}", "Check the file.") from error
    if not content.strip():
        raise DataError(f"{name} is empty", "Give a file with rows.")
    return content


def _format(path: Path, name: str, content: bytes) -> tuple[Format, tuple[str, ...]]:
    if known := EXTENSIONS.get(path.suffix.lower()):
        return known, ()
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{name} is a spreadsheet or an archive", "Export it as CSV.")
    if start.startswith(b"["):
        raise DataError(f"{name} is one JSON list", "Write one JSON object a line (JSONL).")
    kind: Format = "csv"
    if start.startswith(b"PAR1"):
        kind = "parquet"
    elif start.startswith(b"{"):
        kind = "jsonl"
    return kind, (f"{name} is read as {kind.upper()}, by its content",)


def _read(
    content: bytes,
    kind: Format,
    name: str,
    asked: Sequence[str],
    said: tuple[str, ...],
    nested: bool,
    dialect: Dialect,
) -> Raw:
    from rungwise.data.csv_rows import read_csv
    from rungwise.data.jsonl_rows import read_jsonl
    from rungwise.data.parquet_rows import read_parquet

    if kind == "parquet":
        raw = read_parquet(content, name, asked, nested=nested)
    else:
        text = decode(content, name, dialect.encoding)
        said += (text.assumption,) if text.assumption else ()
        if kind == "jsonl":
            raw = read_jsonl(text.content, name, asked, nested=nested)
        else:
            raw = read_csv(text.content, name, asked, tabs=kind == "tsv", dialect=dialect)
        raw = set_undecodable_aside(raw, text.marker)
    return dataclasses.replace(raw, assumptions=said + raw.assumptions)
