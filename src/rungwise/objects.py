"""Content-addressed store: what is put in is found again by its sha256, and only whole.

A file is written beside its place, flushed, then renamed: a killed process leaves no half
object. A folder is stored as a small JSON listing of its files' digests.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from rungwise.errors import LedgerError, StorageError

CHUNK = 1 << 20
READABLE = 0o644
DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_bytes(content: bytes) -> str:
    """Sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_json(value: Any) -> str:
    """Digest of a JSON value, independent of the order of its keys."""
    return digest_bytes(canonical(value).encode("utf-8"))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; NaN is refused."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_file(path: Path) -> str:
    """Sha256 of a file, read in pieces."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            state.update(piece)
    return state.hexdigest()


class Objects:
    """The store below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where the object lies.

        Raises:
            LedgerError: It is on record but not in the store.
        """
        place = self._place(digest)
        if not place.is_file():
            raise LedgerError(
                f"Object {digest[:12]} is on record but not in {self.folder}",
                "Restore the folder from a backup, or run the step again.",
            )
        return place

    def has(self, digest: str) -> bool:
        """Whether the object is there."""
        return self._place(digest).is_file()

    def put(self, content: bytes) -> str:
        """Store bytes and return their digest."""
        with self._writing() as temporary:
            temporary.write_bytes(content)
            return self._keep(temporary)

    def put_written(self, write: Callable[[Path], object]) -> str:
        """Store what `write` writes to the path that it is given, and return its digest."""
        with self._writing() as temporary:
            write(temporary)
            return self._keep(temporary)

    def put_file(self, source: Path) -> str:
        """Store a copy of a file and return its digest."""
        with self._writing() as temporary:
            shutil.copyfile(source, temporary)
            return self._keep(temporary)

    def put_folder(self, source: Path) -> str:
        """Store every file below a folder and return the digest of the listing."""
        files = sorted(path for path in source.rglob("*") if path.is_file())
        listing = {path.relative_to(source).as_posix(): self.put_file(path) for path in files}
        return self.put(canonical(listing).encode("utf-8"))

    def read(self, digest: str) -> bytes:
        """The object's bytes.

        Raises:
            LedgerError: The object is absent, or its bytes have changed.
        """
        content = self.path(digest).read_bytes()
        if digest_bytes(content) != digest:
            raise changed(digest)
        return content

    def folder_to(self, digest: str, target: Path) -> None:
        """Lay a stored folder out at `target`.

        Raises:
            LedgerError: An object is absent or has changed, or the listing is none that
                `put_folder` makes: a project that was sent could name files outside of `target`.
        """
        for name, file_digest in self._listing(digest).items():
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.read(file_digest))

    def _listing(self, digest: str) -> dict[str, str]:
        try:
            listing = json.loads(self.read(digest))
        except (ValueError, RecursionError):
            listing = None
        if not isinstance(listing, dict) or not all(map(_is_inside, listing)):
            raise LedgerError(
                f"Object {digest[:12]} is no listing of a folder's own files",
                "Restore the project from a backup.",
            )
        return {name: str(file_digest) for name, file_digest in listing.items()}

    def _place(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise LedgerError(
                f"{digest[:80]!r} is on record as an object, and no sha256",
                "Restore the project from a backup.",
            )
        return self.folder / digest[:2] / digest[2:]

    def _keep(self, temporary: Path) -> str:
        digest = digest_file(temporary)
        temporary.chmod(READABLE)  # mkstemp lets nobody else read; a team shares the folder
        place = self._place(digest)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(place)
        return digest

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Path]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
            os.close(handle)
        except OSError as error:
            raise _refused(self.folder, error) from error
        temporary = Path(name)
        try:
            yield temporary
        except OSError as error:
            raise _refused(self.folder, error) from error
        finally:
            temporary.unlink(missing_ok=True)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    bare = name == path.as_posix() and not path.is_absolute()
    return bare and bool(path.parts) and ".." not in path.parts


def changed(digest: str) -> LedgerError:
    """An object whose bytes are not those that were stored."""
    return LedgerError(f"Object {digest[:12]} has changed on disk", "Restore it from a backup.")


def _refused(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{folder} cannot be written: {error.strerror}",
        "Free space or permissions there, then run the same command again.",
    )
