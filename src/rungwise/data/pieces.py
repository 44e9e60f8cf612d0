"""A text file in pieces of whole lines."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path


def pieces(path: Path, offset: int, size: int) -> Generator[tuple[bytes, bool], int, None]:
    """Yield a piece and whether the file goes on behind it; told how many bytes of it were used.

    What was not used begins the next piece. A piece ends with a line feed unless the file does not.

    Args:
        path: The file.
        offset: Where to begin.
        size: Bytes that are read at a time; a longer line makes a longer piece.
    """
    with path.open("rb") as file:
        file.seek(offset)
        rest, more = b"", True
        while more:
            read = file.read(size)
            more = len(read) == size
            rest += read
            whole = rest.rfind(b"\n") + 1 if more else len(rest)
            if whole:
                used = yield rest[:whole], more
                rest = rest[used:]
