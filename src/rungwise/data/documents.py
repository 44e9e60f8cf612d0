"""Documents that answers can be looked up in: a file with one a row, or a folder of texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from rungwise.data.columns import listed
from rungwise.data.csv_layout import FOUND, Dialect
from rungwise.data.encoding import decode
from rungwise.data.formats import read_file
from rungwise.errors import DataError
from rungwise.objects import digest_bytes, digest_json
from rungwise.table import Documents

ID_NAMES = ("document", "doc_id", "document_id", "docid", "id", "key", "url", "path")
TITLE_NAMES = ("title", "heading", "name", "subject")
TEXT_NAMES = ("text", "content", "body", "passage", "paragraph", "context", "document", "article")
SUFFIXES = (".txt", ".md")
LARGEST = 10_000_000
"""Bytes; what is as large is no document but a broken file."""
SAID = 3
"""Documents that are named where many have the same trouble."""
SCHEMA = pl.Schema({"document": pl.String(), "title": pl.String(), "text": pl.String()})
ASIDE = pl.Schema({"document": pl.String(), "reason": pl.String()})


def read_documents(
    path: Path, name: str, dialect: Dialect = FOUND
) -> tuple[Documents, tuple[str, ...]]:
    """Read every document that can be used; the others are set aside with their reason.

    Args:
        path: A CSV, TSV, JSONL or Parquet file, or a folder with `.txt` and `.md` files at any
            depth.
        name: As the task names it, for messages.
        dialect: What the user says of encoding, delimiter and quotation marks.

    Returns:
        The documents, and every guess in words.

    Raises:
        DataError: There is no such file or folder, it has no text, or no document can be used.
    """
    if path.is_dir():
        found, aside, digest, said = _of_folder(path, name, dialect)
    else:
        found, aside, digest, said = _of_file(path, name, dialect)
    reason = (
        pl.when(pl.col("text").fill_null("").str.strip_chars() == "")
        .then(pl.lit("no text"))
        .when(pl.col("text").str.len_bytes() >= LARGEST)
        .then(pl.lit("10 MB or more: not one document"))
        .when(~pl.col("document").is_first_distinct())
        .then(pl.lit("duplicate id"))
    )
    judged = found.with_columns(reason=reason)
    bad = judged.filter(pl.col("reason").is_not_null()).select(ASIDE.names())
    usable = judged.filter(pl.col("reason").is_null()).select(SCHEMA.names())
    aside = pl.concat([aside, bad])
    if usable.is_empty():
        why = f", such as {aside['document'][0]} ({aside['reason'][0]})" if len(aside) else ""
        raise DataError(
            f"None of the {len(aside)} documents in {name} can be used{why}", "Give their texts."
        )
    if len(aside):
        told = ", ".join(f"{one} ({why})" for one, why in aside.head(SAID).iter_rows())
        said += (f"{len(aside):,} documents of {name} are set aside: {told}",)
    return Documents(name, digest, usable, aside), said


def _of_file(
    path: Path, name: str, dialect: Dialect
) -> tuple[pl.DataFrame, pl.DataFrame, str, tuple[str, ...]]:
    raw, digest = read_file(path, name, (), dialect=dialect)
    columns = raw.cells.columns
    id_ = _named(columns, ID_NAMES)
    title = _named([one for one in columns if one != id_], TITLE_NAMES)
    left = [one for one in columns if one not in (id_, title)]
    text = _named(left, TEXT_NAMES) or (left[0] if len(left) == 1 else None)
    if text is None and id_ is not None:  # the only column may have the name of an id
        text, id_ = _named([id_], TEXT_NAMES), None
    if text is None:
        raise DataError(
            f"No column of {name} can be told to be the text; it has {listed(columns)}",
            "Call it `text`.",
        )
    numbers = raw.lines.cast(pl.String)
    ids = raw.cells[id_].str.strip_chars() if id_ else numbers
    found = pl.DataFrame(
        {
            "document": ids.fill_null(numbers),
            "title": raw.cells[title] if title else pl.Series([None] * len(ids), dtype=pl.String),
            "text": raw.cells[text],
        },
        SCHEMA,
    )
    bad = raw.bad.select(document=pl.format("line {}", "line"), reason="reason")
    said = [f"column `{text}` of {name} is taken as the text of a document"]
    said += [f"column `{title}` of {name} is taken as its title"] if title else []
    said.append(
        f"column `{id_}` of {name} is taken as its id"
        if id_
        else f"documents of {name} are named by their line"
    )
    return found, bad, digest, (*raw.assumptions, *said)


def _of_folder(
    path: Path, name: str, dialect: Dialect
) -> tuple[pl.DataFrame, pl.DataFrame, str, tuple[str, ...]]:
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
    if not files:
        raise DataError(
            f"The folder {name} holds no {' or '.join(SUFFIXES)} file", "Name where the texts lie."
        )
    rows, aside, digests, guesses = [], [], {}, []
    for one in files:
        document = one.relative_to(path).as_posix()
        try:
            content = one.read_bytes()
            digests[document] = digest_bytes(content)
            text, guess = _text(content, document, dialect)
        except OSError as error:
            aside.append((document, f"unreadable: {error.strerror}"))
        except DataError as error:
            aside.append((document, error.fact))
        else:
            rows.append((document, _title(text, one), text))
            guesses += [guess] if guess else []
    said = (f"documents of {name} are named by their path", *guesses[:SAID])
    found = pl.DataFrame(rows, SCHEMA, orient="row")
    return found, pl.DataFrame(aside, ASIDE, orient="row"), digest_json(digests), said


def _text(content: bytes, document: str, dialect: Dialect) -> tuple[str, str | None]:
    """The text of a file, and how its bytes were understood where that was a guess."""
    if not content.strip():
        return "", None
    decoded = decode(content, document, dialect.encoding)
    if decoded.marker is not None:
        raise DataError("undecodable: bytes that are not text in its encoding", "Correct it.")
    text = decoded.content.decode("utf-8").replace("\r\n", "\n")
    return text, decoded.assumption


def _title(text: str, file: Path) -> str:
    """The first heading of a Markdown file, else the name of the file."""
    lines = (line.strip() for line in text.split("\n") if line.strip())
    first = next(lines, "")
    if file.suffix.lower() == ".md" and first.startswith("# "):
        return first[2:].strip()
    return file.stem


def _named(columns: Sequence[str], known: Sequence[str]) -> str | None:
    by_lower = {column.lower(): column for column in reversed(columns)}
    return next((by_lower[name] for name in known if name in by_lower), None)
