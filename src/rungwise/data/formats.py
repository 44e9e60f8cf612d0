"""Which reader a file needs: by its extension, else by its content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rungwise.data.encoding import decode
from rungwise.data.raw import Raw, set_undecodable_aside
from rungwise.errors import DataError
from rungwise.objects import digest_bytes

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
READABLE = "Give CSV, TSV, JSONL or Parquet."


def read_file(
    path: Path, name: str, asked: Sequence[str], *, nested: bool = False
) -> tuple[Raw, str]:
    """Read any file into rows, and digest it.

    Args:
        path: Where it lies.
        name: As the user wrote it, for messages.
        asked: Column names that the user gave.
        nested: Lists and objects in JSONL and Parquet are cells too, as JSON; else left out.

    Returns:
        The rows and the sha256 of the file.

    Raises:
        DataError: The file is absent, empty, unreadable or of no known format.
    """
    content = _bytes(path, name)
    kind, said = _format(path, name, content)
    return _read(content, kind, name, asked, said, nested), digest_bytes(content)


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
) -> Raw:
    from rungwise.data.csv_rows import read_csv
    from rungwise.data.jsonl_rows import read_jsonl
    from rungwise.data.parquet_rows import read_parquet

    if kind == "parquet":
        raw = read_parquet(content, name, nested=nested)
    else:
        text = decode(content, name)
        said += (text.assumption,) if text.assumption else ()
        if kind == "jsonl":
            raw = read_jsonl(text.content, name, asked, nested=nested)
        else:
            raw = read_csv(text.content, name, asked, tabs=kind == "tsv")
        raw = set_undecodable_aside(raw, text.marker)
    return Raw(raw.cells, raw.lines, raw.bad, said + raw.assumptions)
