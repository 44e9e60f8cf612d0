"""A release as it is opened: each file read once, hashed, and used from those very bytes.

What is hashed at one moment and opened by its path at another may have been exchanged between them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from rungwise.errors import LedgerError, ModelError, RungwiseError, StorageError
from rungwise.objects import CHUNK, digest_bytes
from rungwise.release.manifest import ABOUT, FILE_NAME, RESTORE, Manifest, contents, of_bytes
from rungwise.release.version import is_version

FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class Package:
    """The files of a release, or of an export that is none yet.

    Args:
        folder: Where they lie.
        recorded: The ledger's digest of the manifest, where a ledger vouches for the release.
        about: Its digest of `release.json`; "" for releases of earlier versions.
        exported: True for a folder that a rung has exported: it has no digests to check.

    Attributes:
        manifest: The facts; None for an export.
        digest: Sha256 of the manifest, and by it of every file; "" for an export.

    Raises:
        LedgerError: The manifest, or what lies beside it, is not the one on record.
        ModelError: The folder is no release, lacks a file or has another, or holds a link or a
            file that can carry code.
        StorageError: A file cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        recorded: str | None = None,
        about: str = "",
        exported: bool = False,
    ) -> None:
        self.folder = folder
        self.manifest: Manifest | None = None
        self.digest = ""
        self._wrong = ModelError if recorded is None else LedgerError
        self._held: dict[str, bytes] = {}
        self._digests: dict[str, str] = {}
        self._copy: Path | None = None
        if exported:
            self.names = contents(folder)
            return
        if not (folder / FILE_NAME).is_file():
            raise ModelError(f"{folder} is not a release: it has no {FILE_NAME}", "Name a release.")
        content = b"".join(self._pieces(FILE_NAME))
        self.digest = digest_bytes(content)
        if recorded is not None and self.digest != recorded:
            raise LedgerError(f"{folder / FILE_NAME} is not the one on record", RESTORE)
        beside = self._beside(about)
        self.manifest = of_bytes(content, folder / FILE_NAME, beside)
        self.names = contents(folder)
        self._digests = {**self.manifest.files, **self.manifest.pages}
        if beside is not None:
            self._digests[ABOUT], self._held[ABOUT] = digest_bytes(beside), beside
        self._compare(self.manifest)

    @property
    def version(self) -> str:
        """The release's version; "" for an export."""
        return self.manifest.version if self.manifest else ""

    def read(self, name: str) -> bytes:
        """The bytes of a file, whose hash is the manifest's.

        Raises:
            ModelError: The file is missing, or has changed (LedgerError where a ledger vouches).
        """
        if name not in self._held:
            if name not in self.names:
                raise ModelError(f"{self.folder / name} is missing", RESTORE)
            self._held[name] = b"".join(self._checked(name))
        return self._held[name]

    def read_all(self) -> None:
        """Read and check what was not read yet, without keeping it."""
        for name in self.names:
            if name not in self._held:
                for _ in self._checked(name):
                    pass

    def copied(self) -> Path:
        """A private copy of all files, hashed while they are copied; gone with this object.

        For readers that open their files by path, such as those of a language model's weights.
        An export is its own copy: it lies in a private folder already.

        Raises:
            StorageError: There is no room for it.
        """
        if self.manifest is None:
            return self.folder
        if self._copy is None:
            self._copy = self._made()
        return self._copy

    def _beside(self, recorded: str) -> bytes | None:
        """The bytes of `release.json`; None if there is none and none is on record."""
        path = self.folder / ABOUT
        if not path.is_file():
            if recorded:
                raise self._wrong(f"{path} is missing", RESTORE)
            return None
        content = b"".join(self._pieces(ABOUT))
        if recorded and digest_bytes(content) != recorded:
            raise LedgerError(f"{path} is not the one on record", RESTORE)
        return content

    def _made(self) -> Path:
        size = sum((self.folder / name).stat().st_size for name in self.names)
        place = Path(tempfile.gettempdir())
        if (free := shutil.disk_usage(place).free) < size:
            raise StorageError(
                f"{place} has {free:,} bytes free, and a copy of the release takes {size:,}",
                "Free space there, or set TMPDIR to another folder.",
            )
        copy = Path(tempfile.mkdtemp(prefix="rungwise-release-"))
        weakref.finalize(self, shutil.rmtree, copy, ignore_errors=True)
        for name in self.names:
            target = copy / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    held = self._held.get(name)
                    file.writelines(self._checked(name) if held is None else [held])
            except OSError as error:
                raise StorageError(
                    f"{target} cannot be written: {error.strerror}",
                    "Free space there, or set TMPDIR to another folder.",
                ) from error
        return copy

    def _compare(self, manifest: Manifest) -> None:
        """Refuse files that are missing or too many; what they hold is checked as they are read."""
        if is_version(self.folder.name) and self.folder.name != manifest.version:
            raise self._wrong(
                f"{self.folder} says in its {ABOUT} that it is release {manifest.version}",
                "Give the folder that version's name again, or get the release again.",
            )
        for name in sorted({*self._digests, *self.names}):
            if name not in self.names:
                raise self._wrong(f"Release {manifest.version} lacks {name}", RESTORE)
            if name not in self._digests:
                fact = f"Release {manifest.version} has {name}, which is not its own"
                raise self._wrong(fact, RESTORE)

    def _checked(self, name: str) -> Iterator[bytes]:
        """The pieces of a file; raises after the last one if its hash is another."""
        state = hashlib.sha256()
        for piece in self._pieces(name):
            state.update(piece)
            yield piece
        if self.manifest is not None and state.hexdigest() != self._digests[name]:
            raise self._changed(name)

    def _changed(self, name: str) -> RungwiseError:
        return self._wrong(f"{name} of release {self.version} has changed", RESTORE)

    def _pieces(self, name: str) -> Iterator[bytes]:
        path = self.folder / name
        try:
            with os.fdopen(os.open(path, FLAGS), "rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
        except OSError as error:
            raise StorageError(
                f"{path} cannot be read: {error.strerror}", "Free it, then try again."
            ) from error


def check(folder: Path, recorded: str | None = None, about: str = "") -> Manifest:
    """Hash every file of a release again and return its manifest; raises as `Package` does."""
    package = Package(folder, recorded=recorded, about=about)
    package.read_all()
    assert package.manifest is not None, "a release has a manifest"
    return package.manifest
