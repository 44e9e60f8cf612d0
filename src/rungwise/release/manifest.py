"""What a release is made of and what earned it, and whether it is still that (R71)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rungwise.errors import LedgerError, ModelError, StorageError
from rungwise.objects import digest_file
from rungwise.records import Measurement, Numbers, Override, from_json, to_json

FILE_NAME = "manifest.json"

RESTORE = "Get the release again, or ship a new version."

SUFFIXES = (".onnx", ".data", ".safetensors", ".json", ".txt", ".model", ".md", ".jinja")
"""Files that a release may hold. None of them can carry code, a chat template included, which runs
in jinja's sandbox; a pickle could."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a release that is not in its weights.

    Attributes:
        version: Such as `v1.0` (R72).
        created: ISO 8601 in UTC.
        task: The goal, its metric and target, and where the rows came from.
        classes: Every label, in the order of the probabilities.
        model: `name` and `digest` of the base model.
        rung: Which approach earned it.
        attempt: Id of the attempt that was selected.
        configuration: What that attempt was told.
        evidence: Ids of every attempt that it was selected among.
        data: Digest of the split.
        sources: Path as written in the task → sha256 of the file.
        validation: Metrics on validation, with intervals; the goal's first.
        test: Metrics on the sealed test part; the goal's first.
        unseal: How often the test part was looked at; above 1 it was no longer unseen (C7).
        overrides: What named people let pass (R4).
        versions: Package versions it was made with.
        files: Path inside the folder → sha256, all but the manifest itself.
    """

    version: str
    created: str
    task: Mapping[str, Any]
    classes: tuple[str, ...]
    model: Mapping[str, str]
    rung: str
    attempt: str
    configuration: Numbers
    evidence: tuple[str, ...]
    data: str
    sources: Mapping[str, str]
    validation: tuple[Measurement, ...]
    test: tuple[Measurement, ...]
    unseal: int
    overrides: tuple[Override, ...]
    versions: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)


def write(manifest: Manifest, folder: Path) -> None:
    """Write `manifest.json`, readable by people."""
    text = json.dumps(to_json(manifest), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Read `manifest.json`; whether the files are still those is `check`'s question.

    Raises:
        ModelError: The folder is no release, or its manifest cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ModelError(f"{folder} is not a release: it has no {FILE_NAME}", "Name a release.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return from_json(Manifest, content)
    except (ValueError, TypeError, AttributeError, OSError) as error:
        raise ModelError(
            f"{path} cannot be read: {str(error).splitlines()[0]}", "Get the release again."
        ) from error


def contents(folder: Path) -> list[str]:
    """Every file below a folder but the manifest, by its path inside.

    Raises:
        ModelError: A file is of a kind that a release never holds, such as a pickle.
    """
    paths = sorted(path for path in folder.rglob("*") if not path.is_dir())
    for path in paths:
        if path.suffix not in SUFFIXES:
            raise ModelError(
                f"{path} is no {', '.join(SUFFIXES)} file, and a release has no others",
                "Remove it: it may be a pickle, which is never opened.",
            )
    names = (path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != FILE_NAME]


def digests(folder: Path) -> dict[str, str]:
    """Sha256 of each of the `contents`."""
    return {name: digest_file(folder / name) for name in contents(folder)}


def check(folder: Path, recorded: str | None = None) -> Manifest:
    """Hash every file again and return the manifest.

    Args:
        folder: The release.
        recorded: The ledger's digest of the manifest, where there is a ledger to ask.

    Raises:
        ModelError: A file differs, is missing or was added; the first by name is named.
        LedgerError: The same, where `recorded` makes it a question of what is on record.
        StorageError: A file cannot be read.
    """
    wrong = ModelError if recorded is None else LedgerError
    manifest = read(folder)
    try:
        if recorded is not None and digest_file(folder / FILE_NAME) != recorded:
            raise wrong(f"{folder / FILE_NAME} is not the one on record", RESTORE)
        found = digests(folder)
    except OSError as error:
        raise StorageError(
            f"{error.filename} cannot be read: {error.strerror}", "Free it, then try again."
        ) from error
    for name in sorted({*manifest.files, *found}):
        if name not in found:
            raise wrong(f"Release {manifest.version} lacks {name}", RESTORE)
        if name not in manifest.files:
            raise wrong(f"Release {manifest.version} has {name}, which is not its own", RESTORE)
        if found[name] != manifest.files[name]:
            raise wrong(f"{name} of release {manifest.version} has changed", RESTORE)
    return manifest
