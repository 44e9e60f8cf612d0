"""Which reader a file needs: by its extension, else by its content."""

from __future__ import annotations

import dataclasses
import io
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from rungwise.data import blocks
from rungwise.data.csv_layout import FOUND, Dialect
from rungwise.data.encoding import decode, wide_without_mark
from rungwise.data.gzipped import unpacked
from rungwise.data.json_list import items
from rungwise.data.raw import Raw, set_undecodable_aside
from rungwise.data.remote import refuse_remote
from rungwise.data.text_folder import read_folder
from rungwise.errors import DataError
from rungwise.objects import digest_bytes, digest_file
from rungwise.progress import Progress, Silent

Format = Literal["csv", "tsv", "jsonl", "json", "parquet", "spreadsheet"]
EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "spreadsheet",
    ".xlsm": "spreadsheet",
    ".xlsb": "spreadsheet",
    ".xls": "spreadsheet",
    ".ods": "spreadsheet",
}
SNIFFED = 1 << 16
READABLE = "Give CSV, TSV, JSON, JSONL, Parquet, XLSX, or a folder of class folders of texts."


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
        path: Where it lies; what a `.gz` file holds is read in its place.
        name: As the user wrote it, for messages.
        asked: Column names that the user gave.
        nested: Lists and objects in JSON and Parquet are cells too, as JSON; else left out.
        dialect: What the user says of encoding, delimiter, quotation marks and sheet.
        cache: Where the blocks of large files lie.
        progress: Told how far the reading of a large file is.

    Returns:
        The rows and the sha256 of the file, or of the paths and contents of a folder.

    Raises:
        DataError: The file is absent, empty, unreadable, elsewhere or of no known format.
    """
    refuse_remote(name, path)
    if path.is_dir():
        return read_folder(path, name, dialect)
    with unpacked(path, name, cache) as place:
        if cache is not None and place.is_file() and place.stat().st_size >= blocks.LARGE:
            found = _in_blocks(place, name, asked, nested, dialect, cache, progress or Silent())
            if found is not None:
                return (found[0], found[1] if place == path else digest_file(path))
        content = _bytes(place, name)
        kind, said = _format(place, name, content)
        raw = _read(content, kind, name, asked, said, nested, dialect)
        return raw, digest_bytes(content) if place == path else digest_file(path)


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
    if kind == "spreadsheet":
        return None
    seen = blocks.survey(path)
    if kind != "parquet" and (not seen.utf8 or wide_without_mark(head)):
        progress.say(f"{name} is not UTF-8, so it is read whole: write it as UTF-8 to save memory.")
        return None
    if kind == "json":
        return _list_in_blocks(path, name, asked, nested, dialect, cache, progress, seen.digest)
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


def _list_in_blocks(
    path: Path,
    name: str,
    asked: Sequence[str],
    nested: bool,
    dialect: Dialect,
    cache: Path,
    progress: Progress,
    digest: str,
) -> tuple[Raw, str] | None:
    """The same of a JSON list: its items become lines of a file that is read in blocks."""
    cache.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with tempfile.TemporaryDirectory(dir=cache, prefix="lines-") as folder:
        lines = Path(folder) / "lines.jsonl"
        with path.open(encoding="utf-8-sig") as text, lines.open("w", encoding="utf-8") as file:
            for item in items(text, name, said.append):
                file.write(item + "\n")
        found = _in_blocks(lines, name, asked, nested, dialect, cache, progress)
    if found is None:
        return None
    raw = dataclasses.replace(found[0], assumptions=(*said, *found[0].assumptions))
    return raw, digest


def _bytes(path: Path, name: str) -> bytes:
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
        if known == "json" and _is_an_object_a_line(content):
            return "jsonl", (f"{name} holds an object a line, and is read as JSONL",)
        return known, ()
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{name} is a spreadsheet or an archive", "Export it as CSV.")
    kind: Format = "csv"
    if start.startswith(b"PAR1"):
        kind = "parquet"
    elif start.startswith(b"["):
        kind = "json"
    elif start.startswith(b"{"):
        kind = "jsonl"
    return kind, (f"{name} is read as {kind.upper()}, by its content",)


def _is_an_object_a_line(content: bytes) -> bool:
    first, *others = content[:SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n")
    second = next((line.strip() for line in others if line.strip()), b"")
    return first.startswith(b"{") and first.strip().endswith(b"}") and second.startswith(b"{")


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
    from rungwise.data.spreadsheet_rows import read_spreadsheet

    if kind == "parquet":
        raw = read_parquet(content, name, asked, nested=nested)
    elif kind == "spreadsheet":
        raw = read_spreadsheet(content, name, dialect.sheet)
    else:
        text = decode(content, name, dialect.encoding)
        said += (text.assumption,) if text.assumption else ()
        lines = text.content
        if kind == "json":
            told: list[str] = []
            found = items(io.StringIO(lines.decode("utf-8")), name, told.append)
            lines = "\n".join(found).encode("utf-8")
            said += tuple(told)
        if kind in ("json", "jsonl"):
            raw = read_jsonl(lines, name, asked, nested=nested)
        else:
            raw = read_csv(text.content, name, asked, tabs=kind == "tsv", dialect=dialect)
        raw = set_undecodable_aside(raw, text.marker)
    return dataclasses.replace(raw, assumptions=said + raw.assumptions)
