"""The code that this user has allowed on this machine: sha256 of files, a line each.

A project may have come from somebody else, and its ledger with it: what stands there, they have
allowed. So a file runs only if the ledger and this list both hold it.
"""

from __future__ import annotations

import os
from pathlib import Path

from rungwise.settings import settings

FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_of_this_process: set[str] = set()


def is_trusted(digest: str) -> bool:
    """Whether this user has allowed a file of these bytes."""
    if digest in _of_this_process:
        return True
    try:
        return digest in settings().trusted.read_text("ascii", errors="replace").split()
    except OSError:
        return False


def trust(digest: str) -> str:
    """Allow a file of these bytes; returns why that holds for this process alone, or ""."""
    _of_this_process.add(digest)
    try:
        _append(settings().trusted, digest)
    except OSError as error:
        return f"{settings().trusted} cannot be written ({error.strerror})"
    return ""


def _append(path: Path, digest: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, FLAGS, 0o600)
    try:
        os.write(handle, f"{digest}\n".encode())
    finally:
        os.close(handle)
