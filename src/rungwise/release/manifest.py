"""What a release is made of and what earned it, and whether it is still that (R71).

`manifest.json` holds what is the same however often an attempt is shipped, and the digest of every
file that answers. What differs (version, time, paths, decisions) is in `release.json`, with the
digests of the pages for people. Releases of earlier versions have all of it in `manifest.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rungwise.decision_rule import DecisionRule
from rungwise.errors import ModelError, StorageError
from rungwise.go_decision import Go
from rungwise.objects import digest_file
from rungwise.records import Measurement, Numbers, Override, from_json, to_json
from rungwise.unique_keys import unique

FILE_NAME, ABOUT = "manifest.json", "release.json"
PAGES = ("README.md", "RUNBOOK.md")
"""Written for people, about one version: they answer nothing."""
DIFFERS = (
    "version", "created", "task", "sources", "evidence", "overrides", "go", "below_target", "pages",
    "monitoring",
)  # fmt: skip
"""Fields that `release.json` holds."""

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
        files: Path inside the folder → sha256 of each file that answers; all but `manifest.json`
            in releases of earlier versions.
        refit: Id of the attempt whose model this is, if the selected one was trained once more on
            train and validation; else "".
        go: The go decision that accepted what the test left open, or None.
        below_target: Whether the test value misses the target.
        pages: Name → sha256 of the pages for people.
        thresholds: How probabilities become answers; None in releases of earlier versions and of
            generated text.
        monitoring: The plan by which it is watched, and who confirmed it when; {} in releases of
            earlier versions.
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
    refit: str = ""
    go: Go | None = None
    below_target: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)
    thresholds: DecisionRule | None = None
    monitoring: Mapping[str, Any] = field(default_factory=dict)


def write(manifest: Manifest, folder: Path) -> None:
    """Write `manifest.json` and `release.json`, readable by people."""
    told = to_json(manifest)
    parts = {
        FILE_NAME: {key: value for key, value in told.items() if key not in DIFFERS},
        ABOUT: {key: told[key] for key in DIFFERS},
    }
    for name, part in parts.items():
        text = json.dumps(part, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def of_bytes(content: bytes, path: Path, about: bytes | None = None) -> Manifest:
    """Parse `manifest.json`; whether the files are still those is the package's question.

    Args:
        content: Its bytes.
        path: Where it lies.
        about: The bytes of `release.json`; None in releases of earlier versions.

    Raises:
        ModelError: It is no manifest, or the two do not belong together.
    """
    try:
        told = json.loads(content.decode("utf-8"), object_pairs_hook=unique)
        if about is not None:
            beside = json.loads(about.decode("utf-8"), object_pairs_hook=unique)
            if (
                not set(beside) <= set(DIFFERS)
                or "version" not in beside
                or set(beside) & set(told)
            ):
                raise TypeError(f"{ABOUT} has other fields")
            told |= beside
            if not set(beside.get("pages", {})) <= set(PAGES):
                raise TypeError(f"`pages` of {ABOUT} names other files than {', '.join(PAGES)}")
        manifest = from_json(Manifest, told)
        named = [*manifest.files.items(), *manifest.pages.items()]
        if not all(isinstance(one, str) for pair in named for one in pair):
            raise TypeError("`files` names no files")
        if not all(isinstance(label, str) for label in manifest.classes):
            raise TypeError("`classes` names no classes")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ModelError(
            f"{path} cannot be read: {str(error).splitlines()[0]}", "Get the release again."
        ) from error
    return manifest


def contents(folder: Path) -> list[str]:
    """Every file below a folder but the manifest, by its path inside, sorted.

    Raises:
        ModelError: A file is of a kind that a release never holds, such as a pickle or a link.
        StorageError: A folder cannot be listed.
    """
    try:
        found = sorted(_files(folder))
    except OSError as error:
        raise StorageError(
            f"{error.filename} cannot be read: {error.strerror}", "Free it, then try again."
        ) from error
    for path in found:
        if path.suffix not in SUFFIXES:
            raise ModelError(
                f"{path} is no {', '.join(SUFFIXES)} file, and a release has no others",
                "Remove it: it may be a pickle, which is never opened.",
            )
    names = (path.relative_to(folder).as_posix() for path in found)
    return [name for name in names if name != FILE_NAME]


def _files(folder: Path) -> Iterator[Path]:
    """Plain files below a folder; a link could lead to a file that no digest covers."""
    with os.scandir(folder) as listing:
        entries = list(listing)
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path)
        elif entry.is_file(follow_symlinks=False):
            yield path
        else:
            what = "a symbolic link" if entry.is_symlink() else "no plain file"
            raise ModelError(f"{path} is {what}, and a release has none", "Remove it.")


def digests(folder: Path) -> dict[str, str]:
    """Sha256 of each of the `contents` that answers."""
    aside = (*PAGES, ABOUT)
    return {name: digest_file(folder / name) for name in contents(folder) if name not in aside}


def pages(folder: Path) -> dict[str, str]:
    """Sha256 of each page for people."""
    return {name: digest_file(folder / name) for name in PAGES if (folder / name).is_file()}
