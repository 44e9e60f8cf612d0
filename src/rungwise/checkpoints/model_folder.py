"""The files of a model folder: which are read, that they lie inside it, and their digest."""

from __future__ import annotations

import functools
import json
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rungwise.errors import ModelError
from rungwise.objects import digest_file, digest_json

WEIGHTS = "*.safetensors"
TEMPLATES = "additional_chat_templates/*.jinja"
DESCRIPTIONS = ("*.json", "*.txt", "*.model", "*.jinja", "*.codes", "*.spm", TEMPLATES)
"""Configuration, tokenizer and preprocessing files."""
READ = (WEIGHTS, *DESCRIPTIONS)
"""Files that belong to a checkpoint; nothing else is fetched or read."""
UNREAD = "data_config.json"
"""A list of training data in sentence-transformers folders, often large."""

Stamp = tuple[tuple[str, tuple[int, ...]], ...]
"""Name in the folder, then identity, size and times of every file."""


def files(folder: Path, *patterns: str) -> list[Path]:
    """Files of these patterns, or all that decide what a model computes, in order.

    Raises:
        ModelError: One is no regular file, or is a link that leads out of the folder.
    """
    found = {path for pattern in patterns or READ for path in folder.glob(pattern)}
    if not patterns:
        found |= set(pooling_files(folder))
    kept = sorted(path for path in found if path.name != UNREAD)
    for path in kept:
        refuse_outside(folder, path)
    return kept


def copy(folder: Path, target: Path) -> None:
    """Copy all files that decide what a model computes.

    Raises:
        ModelError: See `files`.
    """
    for path in files(folder):
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def pooling_files(folder: Path) -> list[Path]:
    """Configurations of sentence-transformers' pooling modules, wherever `modules.json` puts them.

    Raises:
        ModelError: See `modules`.
    """
    named = [
        folder / module["path"] / "config.json"
        for module in modules(folder)
        if module["type"].endswith(".Pooling") and module.get("path")
    ]
    return sorted({*folder.glob("*_Pooling/config.json"), *(one for one in named if one.is_file())})


def modules(folder: Path) -> list[dict[str, str]]:
    """The modules of a sentence-transformers folder; none where it has no `modules.json`.

    Raises:
        ModelError: The file is torn, names code of its own, or a folder outside.
    """
    path = folder / "modules.json"
    if not path.is_file():
        return []
    content = read_json(path)
    try:
        if not isinstance(content, list):
            raise TypeError("no list")
        found = [{"type": module["type"], "path": module.get("path", "")} for module in content]
        if not all(isinstance(value, str) for module in found for value in module.values()):
            raise TypeError("a module's type or path is no text")
    except (TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"{path} is not a list of modules with `type` and `path`", "Get the model again."
        ) from error
    for module in found:
        if not module["type"].startswith("sentence_transformers."):
            raise ModelError(
                f"{path} names code of its own, {module['type']}, which is never run",
                "Name a model whose modules are those of sentence-transformers.",
            )
        if module["path"] in {".", ".."} or Path(module["path"]).name != module["path"]:
            raise ModelError(
                f"{path} names the folder {module['path']!r}", "Each is a bare name in the folder."
            )
    return found


def refuse_outside(folder: Path, path: Path) -> None:
    """Raise ModelError unless a path is a regular file that lies in the folder.

    The hub's cache keeps the files of a snapshot as links to `blobs` beside it: that is inside.
    """
    whole = folder.resolve()
    root = whole.parents[1] if whole.parent.name == "snapshots" else whole
    try:
        place = path.resolve(strict=True)
        regular = stat.S_ISREG(place.stat().st_mode)
    except (OSError, RuntimeError) as error:  # a link to nowhere, or to itself
        raise ModelError(f"{path} cannot be read: a link to nothing", "Get the model again.") from (
            error
        )
    if not regular:
        raise ModelError(f"{path} is no regular file", "Get the model again.")
    if not place.is_relative_to(root):
        raise ModelError(
            f"{path} is a link to {place}, outside of the model folder",
            "Copy the file into the folder.",
        )


def read_json(path: Path, *, unique: bool = False) -> Any:
    """Parse a JSON file.

    Args:
        path: The file.
        unique: Whether a repeated key is an error.

    Raises:
        ModelError: It cannot be read, or is not JSON.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(items)
        if unique and len(content) != len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            raise ModelError(f"{path} names {twice} twice", "Get the model again.")
        return content

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror or error}", "Get the model again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON", "Get the model again.") from error


def read_mapping(path: Path) -> Mapping[str, Any]:
    """Parse a JSON file that holds a mapping; empty where there is no file.

    Raises:
        ModelError: See `read_json`; or it holds something else.
    """
    content = read_json(path) if path.is_file() else {}
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not a mapping of keys", "Get the model again.")
    return content


def stamp(folder: Path) -> Stamp:
    """What changes when a file of the folder does, without reading it.

    Raises:
        ModelError: See `files`.
    """
    told = []
    for path in files(folder):
        at = path.stat()
        known = (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
        told.append((path.relative_to(folder).as_posix(), known))
    return tuple(told)


@functools.lru_cache(maxsize=8)
def digest(folder: Path, stamped: Stamp) -> str:
    """Over the content of every file that decides what the model computes.

    Raises:
        ModelError: A file cannot be read.
    """
    try:
        return digest_json({name: digest_file(folder / name) for name, _ in stamped})
    except OSError as error:
        raise ModelError(
            f"{error.filename} cannot be read: {error.strerror or error}", "Get the model again."
        ) from error
