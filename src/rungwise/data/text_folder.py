"""A folder of class folders of texts: the folder is the label, the path the id."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from rungwise.data.csv_layout import Dialect
from rungwise.data.encoding import decode, is_utf8, legacy_encoding
from rungwise.data.raw import BAD_SCHEMA, BROKEN_CELL, Raw
from rungwise.errors import DataError
from rungwise.objects import digest_bytes, digest_file, digest_json

SUFFIXES = (".txt", ".text", ".md", "")
PARTS = frozenset(("train", "test", "validation", "valid", "val", "dev"))


def read_folder(path: Path, name: str, dialect: Dialect) -> tuple[Raw, str]:
    """Read the text files of every class folder, at any depth, in the order of their paths.

    Args:
        path: The folder.
        name: As the user wrote it, for messages.
        dialect: What the user says of the encoding.

    Returns:
        Columns `path`, `text` and `label`, and a digest of all paths and contents. A row's line
        is its place among the files.

    Raises:
        DataError: There are no class folders with texts, they are the parts of a split, or a
            link leads out of the folder.
    """
    files, said = _files(path, name)
    labels = sorted({file.relative_to(path).parts[0] for file in files})
    if labels and {label.lower() for label in labels} <= PARTS:
        raise DataError(
            f"The folders of {name} are parts ({', '.join(labels)}), not classes",
            f"Give one as the data (`--data {name}/{labels[-1]}`), another as `--test`.",
        )
    rows: list[tuple[int, str, str, str]] = []
    bad: list[tuple[int, str, str]] = []
    digests: dict[str, str] = {}
    contents: list[tuple[int, str, bytes]] = []
    for line, file in enumerate(files, 1):
        where = file.relative_to(path).as_posix()
        content = _content(file, name)
        digests[where] = digest_bytes(content)
        if len(content) > BROKEN_CELL:
            bad.append((line, "10 MB or more: not one text", where))
        else:
            contents.append((line, where, content))
    encoding, told = _encoding([content for *_, content in contents], name, dialect)
    said += told
    for line, where, content in contents:
        try:
            text = decode(content, where, None if is_utf8(content) else encoding)
        except DataError as error:
            bad.append((line, error.fact.removeprefix(f"{where} "), where))
            continue
        if text.marker is not None:
            bad.append((line, "undecodable: bytes that are not text in its encoding", where))
        else:
            whole = text.content.decode("utf-8").replace("\r\n", "\n").strip("\n")
            rows.append((line, where, whole, where.partition("/")[0]))
    cells = pl.DataFrame(
        rows, {"line": pl.Int64, "path": pl.String, "text": pl.String, "label": pl.String},
        orient="row",
    )  # fmt: skip
    said.append(f"the folder of each text in {name} is its label, and its path its id")
    known = {"id": "path", "input": "text", "label": "label"}
    aside = pl.DataFrame(bad, BAD_SCHEMA, orient="row")
    raw = Raw(cells.drop("line"), cells["line"], aside, tuple(said), known=known)
    return raw, digest_json(digests)


def _files(path: Path, name: str) -> tuple[list[Path], list[str]]:
    """Text files in class folders, sorted, and what is left out."""
    root = path.resolve()
    found: list[Path] = []
    left: Counter[str] = Counter()
    deeper = False
    for file in _walk(path):
        inner = file.relative_to(path).parts
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            raise DataError(
                f"{name}/{'/'.join(inner)} is a link that leads out of the folder",
                "Put the text itself there.",
            )
        if any(part.startswith(".") for part in inner):
            left["hidden"] += 1
        elif file.is_dir():
            left["linked folders"] += 1
        elif len(inner) == 1:
            left["not in a class folder"] += 1
        elif file.suffix.lower() not in SUFFIXES and not file.suffix[1:].isdigit():
            left[f"{file.suffix.lower()} files"] += 1
        elif file.is_file():
            found.append(file)
            deeper |= len(inner) > 2
    if not found:
        raise DataError(
            f"{name} is a folder, not a file, and holds no class folders of .txt files",
            f"Lay texts out as {name}/CLASS/….txt, or give a file.",
        )
    said = []
    if left:
        listed = ", ".join(f"{kind} ({count:,})" for kind, count in sorted(left.items()))
        said.append(f"files of {name} are left out: {listed}")
    if deeper:
        said.append(f"texts in deeper folders of {name} belong to the class of the first")
    return sorted(found, key=lambda file: file.relative_to(path).as_posix()), said


def _walk(path: Path) -> Iterator[Path]:
    """Every file, and every folder that is a link: those are not followed."""
    for folder, folders, files in os.walk(path):
        here = Path(folder)
        yield from (here / one for one in files)
        yield from (here / one for one in folders if (here / one).is_symlink())


def digest_source(path: Path, name: str) -> str:
    """Digest of a file's bytes, or of all that is read of a folder, as reading it gives.

    Raises:
        DataError: There is no such file, or the folder cannot be read.
    """
    if path.is_dir():
        return _digest_folder(path, _files(path, name)[0], name)
    if not path.is_file():
        raise DataError(f"There is no file {path}", "Check the path.")
    return digest_file(path)


def _digest_folder(path: Path, files: Sequence[Path], name: str) -> str:
    return digest_json(
        {file.relative_to(path).as_posix(): digest_bytes(_content(file, name)) for file in files}
    )


def _content(file: Path, name: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(BROKEN_CELL + 1)
    except OSError as error:
        raise DataError(
            f"{file.name} in {name} cannot be read: {error.strerror}", "Check the file."
        ) from error


def _encoding(contents: list[bytes], name: str, dialect: Dialect) -> tuple[str | None, list[str]]:
    """One encoding for all texts that are not UTF-8: a single short text would not tell it."""
    if dialect.encoding:
        return dialect.encoding, []
    foreign = [content for content in contents if not is_utf8(content) and b"\0" not in content]
    if not foreign:
        return None, []
    lines = [line for content in foreign for line in content.split(b"\n")]
    encoding, said = legacy_encoding(lines, name)
    if encoding is None:
        return None, []
    return encoding, [f"{said} ({len(foreign):,} of its {len(contents):,} texts)"]
