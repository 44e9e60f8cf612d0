"""Files that gzip packed: unpacked a piece at a time into a file beside the cache."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from rungwise.errors import DataError, StorageError
from rungwise.objects import CHUNK

RATIO = 200
"""Times its packed size that a file of text may have; deflate packs zeros a thousand times."""
HARMLESS = 1 << 28
"""Bytes below which the ratio does not matter."""


@contextlib.contextmanager
def unpacked(path: Path, name: str, cache: Path | None) -> Iterator[Path]:
    """A file with what a `.gz` file holds; any other file itself.

    Args:
        path: The file.
        name: As the user wrote it, for messages.
        cache: Where to unpack; the system's folder for temporary files unless given.

    Raises:
        DataError: It is torn, no gzip, or unpacks to far more than text would.
        StorageError: What it holds cannot be written.
    """
    if path.suffix.lower() != ".gz" or not path.is_file():
        yield path
        return
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpacked-") as folder:
        place = Path(folder) / path.stem
        try:
            _unpack(path, name, place)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                f"{name} is not a whole gzip file: {error}", "Pack it again, or give it unpacked."
            ) from error
        except OSError as error:
            raise StorageError(
                f"{name} cannot be unpacked: {error.strerror or error}", "Free some space."
            ) from error
        yield place


def _unpack(path: Path, name: str, place: Path) -> None:
    most = max(HARMLESS, RATIO * path.stat().st_size)
    size = 0
    with gzip.open(path, "rb") as packed, place.open("wb") as plain:
        while piece := packed.read(CHUNK):
            size += len(piece)
            if size > most:
                raise DataError(
                    f"{name} unpacks to more than {most:,} bytes, {RATIO} times its size",
                    "If that is right, unpack it with `gunzip` and give what comes out.",
                )
            plain.write(piece)
