"""Writing a release: whole, or not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from rungwise.errors import InputError, StorageError
from rungwise.objects import digest_file
from rungwise.release.manifest import ABOUT, FILE_NAME, PAGES, Manifest, digests, pages, write
from rungwise.release.version import is_version

BUILDING = ".building"
READABLE = 0o044
"""What whoever serves a release needs, beside whoever made it."""


def build(
    releases: Path,
    manifest: Manifest,
    export: Callable[[Path], None],
    card: str,
    runbook: str = "",
) -> Path:
    """Export into a folder beside the final one, digest it, and move it there at the end.

    Whatever interrupts it, Ctrl-C and a full disk included, nothing is left behind; what a
    killed process leaves is hidden, and removed by the next build.

    Args:
        releases: Where all versions lie.
        manifest: The facts; `files` and `pages` are filled in here.
        export: Writes the model, its tokenizer and its labels into the folder it is given.
        card: The model card, which becomes `README.md`.
        runbook: What operations does with it, which becomes `RUNBOOK.md`; "" for none.

    Returns:
        The folder of the release.

    Raises:
        InputError: The version exists already, or is not written as a version.
        ModelError: The export left a file that a release never holds.
        StorageError: The disk is full or the folder read-only.
    """
    target = releases / manifest.version
    if not is_version(manifest.version):
        raise InputError(f"{manifest.version!r} is not a version", "Write it as v1.0.")
    if target.exists():
        raise InputError(
            f"{target} exists, and a release is never changed", "Ship under a new version."
        )
    try:
        releases.mkdir(parents=True, exist_ok=True)
        _sweep(releases)
        with _folder(releases, manifest.version) as folder:
            export(folder)
            for name, page in zip(PAGES, (card, runbook), strict=True):
                if page:
                    (folder / name).write_text(page, encoding="utf-8")
            for path in folder.rglob("*"):  # safetensors lets nobody but its writer read
                path.chmod(path.stat().st_mode | READABLE)
            found = dataclasses.replace(manifest, files=digests(folder), pages=pages(folder))
            write(found, folder)
            for name in (FILE_NAME, ABOUT):
                (folder / name).chmod((folder / name).stat().st_mode | READABLE)
            _flush(folder)
            folder.rename(target)
            _flush_folder(releases)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror or error}",
            "Free space or permissions there, then run the same command again.",
        ) from error
    return target


def digest(folder: Path) -> str:
    """Sha256 of a release's manifest, and by it of every file that answers.

    The same attempt gives the same one, however often it is shipped.
    """
    return digest_file(folder / FILE_NAME)


def about_digest(folder: Path) -> str:
    """Sha256 of `release.json`, and by it of the pages: what else goes on record."""
    return digest_file(folder / ABOUT)


@contextlib.contextmanager
def _folder(releases: Path, version: str) -> Iterator[Path]:
    folder = releases / f"{BUILDING}-{version}-{socket.gethostname()}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(releases: Path) -> None:
    """Remove what processes of this machine left that were killed while they built."""
    for folder in releases.glob(f"{BUILDING}-*-{socket.gethostname()}-*"):
        process = folder.name.rpartition("-")[2]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
