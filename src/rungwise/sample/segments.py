"""Files of the sample: whole or not at all, known by their own digest, bounded in number of bytes.

One folder a day of requests (UTC). A writer has one file in it, which it writes anew as rows are
added: to a temporary name, flushed, then renamed to a name that ends in the digest of its bytes. So
a file that a killed process or a damaged disk left torn is told from a whole one, and a reader that
meets an old and a new file of one writer sees the same rows twice, never half of them.
"""

from __future__ import annotations

import io
import os
import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from rungwise.files import written
from rungwise.objects import digest_bytes

DIGITS = 24
NAME = re.compile(rf"[\w-]+-(?P<digest>[0-9a-f]{{{DIGITS}}})\.parquet")


def writer_name() -> str:
    """A name that no other writer has."""
    return f"{os.getpid()}-{uuid.uuid4().hex[:8]}"


def write(folder: Path, writer: str, rows: pl.DataFrame) -> Path:
    """Write rows as the file of one writer in a folder; its earlier files there are removed.

    Raises:
        OSError: The disk is full or the folder cannot be written; nothing is half there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()  # so that a full disk is an error of ours and not of the library
    rows.write_parquet(held)
    content = held.getvalue()
    target = folder / f"{writer}-{digest_bytes(content)[:DIGITS]}.parquet"
    with written(target) as file:
        file.write(content)
    for other in folder.glob(f"{writer}-*.parquet"):
        if other != target:
            other.unlink(missing_ok=True)
    return target


def read(path: Path) -> pl.DataFrame | None:
    """The rows of a file; None if it is torn or gone."""
    named = NAME.fullmatch(path.name)
    try:
        content = path.read_bytes()
        if named is None or digest_bytes(content)[:DIGITS] != named["digest"]:
            return None
        return pl.read_parquet(io.BytesIO(content))
    except (OSError, PolarsError, ValueError):
        return None


def days(folder: Path) -> list[tuple[date, Path]]:
    """The folders of days, oldest first."""
    found = []
    for place in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append((date.fromisoformat(place.name), place))
        except ValueError:
            continue
    return sorted(found)


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder that should be whole, in order of their names."""
    yield from sorted(folder.glob("*.parquet")) if folder.is_dir() else ()


def bound(folder: Path, most: int, keep: date) -> int:
    """Remove the oldest days until the sample has at most so many bytes.

    Args:
        folder: Of the sample.
        most: Bytes of all days.
        keep: This day stays whatever its size.

    Returns:
        How many bytes are left.
    """
    sizes = {}
    for day, place in days(folder):
        sizes[day] = (place, sum(_size(file) for file in place.iterdir()))
    total = sum(size for _, size in sizes.values())
    for day, (place, size) in sorted(sizes.items()):
        if total <= most:
            break
        if day == keep:
            continue
        for file in place.iterdir():
            file.unlink(missing_ok=True)
        try:
            place.rmdir()
        except OSError:
            continue  # another writer has just put a file there
        total -= size
    return total


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
