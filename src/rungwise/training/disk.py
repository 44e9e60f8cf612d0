"""Writing files so that a disk that refuses becomes one clear line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rungwise.errors import StorageError


@contextlib.contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn an OSError inside into a StorageError that names `place`."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{place} cannot be written: {error.strerror or error}",
            "Free space or permissions there, then run the same command again.",
        ) from error
