"""Writing a file whole or not at all: a full disk or a killed process leaves what was there."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` once it is complete and safe on disk.

    A file that is replaced keeps its permissions, and a link to it stays a link; a new file gets
    the permissions that the process gives to new files. What is no regular file, such as
    `/dev/stdout`, is written as it stands.

    Raises:
        OSError: The folder is absent, full or read-only; `path` is as it was before.
    """
    target = Path(os.path.realpath(path))
    before = target.stat().st_mode if target.exists() else None
    if before is not None and not stat.S_ISREG(before):
        with target.open("wb") as file:
            yield file
        return
    temporary = target.with_name(f".writing-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            temporary.chmod(stat.S_IMODE(before))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    _keep_entry(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text in the place of `path`, line ends as they are; see `written`."""
    with written(path) as file:
        file.write(text.encode("utf-8"))


def _keep_entry(folder: Path) -> None:
    """Bring the folder's entry for a renamed file to the disk, where a file system can do that."""
    with contextlib.suppress(OSError):  # the file itself is safe, under its old or its new name
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
