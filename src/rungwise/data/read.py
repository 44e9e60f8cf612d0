"""The task's files become tables; what cannot be used is set aside with its reason."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import polars as pl

from rungwise.data import quarantine
from rungwise.data.columns import inputs, listed, named
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.joined_inputs import unread_texts
from rungwise.data.missing import said_of_words
from rungwise.data.personal.redact import personal_ids
from rungwise.data.ratings import rated_texts, with_ratings_named
from rungwise.data.raw import Raw
from rungwise.data.rows import set_aside, table, usable, with_repeated_ids, with_times
from rungwise.data.soundness import check_cells, check_distinct, check_part, check_source
from rungwise.data.spool import Spool
from rungwise.data.understood import Understood, understood
from rungwise.data_section import Data
from rungwise.errors import DataError
from rungwise.objects import digest_json
from rungwise.plugins import kind_of, modality_of
from rungwise.progress import Progress
from rungwise.task import Task


@dataclass(frozen=True, slots=True)
class Reading:
    """What the user's files hold.

    Attributes:
        frames: "source" with the rows that joined it later, and "validation" and "test" where the
            task names them → rows with the columns of `rungwise.table.COLUMNS`, in file order. Ids
            are unique across them.
        quarantine: Rows set aside, with the columns of `rungwise.data.quarantine.SCHEMA`.
        sources: Path as written in the task → sha256 of the file.
        assumptions: Every inferred default, in words.
    """

    frames: Mapping[str, pl.DataFrame]
    quarantine: pl.DataFrame
    sources: Mapping[str, str]
    assumptions: tuple[str, ...]


def read(task: Task, folder: Path, progress: Progress, cache: Path | None = None) -> Reading:
    """Read every file that the task names; paths are relative to `folder`.

    With a `cache`, files larger than memory can be read: their texts stay on disk.

    Raises:
        DataError: A file or a column is absent, or the rows cannot serve the task.
    """
    names = {
        part: name
        for part in ("source", "validation", "test")
        if (name := getattr(task.data, part)) is not None
    }
    said: list[str] = []
    tables: dict[str, pl.DataFrame] = {}
    sources: dict[str, str] = {}
    asked = task.data
    for part, name in progress.over(names.items(), "reading", len(names)):
        tables[part], sources[name], asked = _read_one(
            name, folder, asked, task, part, said, cache, progress
        )
    tables = _with_distinct_ids(tables, names, task.data, said)
    joined = _joined(task, folder, asked, tables, sources, said, cache, progress)
    aside = pl.concat(
        [quarantine.empty(), *(set_aside(rows) for rows in (*tables.values(), *joined))]
    )
    frames = {part: usable(rows) for part, rows in tables.items()}
    frames["source"] = pl.concat([frames["source"], *map(usable, joined)])
    check_source(frames["source"], aside, task)
    check_distinct(frames, names, sources)
    for part in ("validation", "test"):
        if part in frames:
            check_part(frames[part], frames["source"], names[part], task)
    return Reading(frames, aside, sources, tuple(said))


def _joined(
    task: Task,
    folder: Path,
    asked: Data,
    tables: Mapping[str, pl.DataFrame],
    sources: dict[str, str],
    said: list[str],
    cache: Path | None,
    progress: Progress,
) -> list[pl.DataFrame]:
    """Rows of the files that joined the source later; ids of the others stay as they are.

    Raises:
        DataError: A file is one that the task has already.
    """
    taken = set(pl.concat([rows["id"].drop_nulls() for rows in tables.values()]))
    found = []
    for name in task.data.added:
        rows, digest, asked = _read_one(name, folder, asked, task, name, said, cache, progress)
        if twin := next((one for one, known in sources.items() if known == digest), None):
            raise DataError(
                f"{name} holds the same bytes as {twin}", "Add a file of rows that are new."
            )
        sources[name] = digest
        ids = set(rows["id"].drop_nulls())
        if taken & ids:
            stem = Path(name).stem
            rows = rows.with_columns(id=pl.format("{}:{}", pl.lit(stem), "id"))
            ids = set(rows["id"].drop_nulls())
            if taken & ids:
                rows = rows.with_columns(id=pl.format("{}:{}", pl.lit(digest[:8]), "id"))
                ids = set(rows["id"].drop_nulls())
            said.append(f"rows of {name} have ids that are taken, so each begins with its file")
        taken |= ids
        found.append(rows)
    return found


def _read_one(
    name: str,
    folder: Path,
    asked: Data,
    task: Task,
    part: str,
    said: list[str],
    cache: Path | None,
    progress: Progress,
) -> tuple[pl.DataFrame, str, Data]:
    """One file's rows and digest, and the columns that the next files are expected to have."""
    # `init` reads before its folder exists, and `missing/../file` cannot be opened as it stands.
    kind = kind_of(task)
    path = Path(os.path.normpath(folder.resolve() / name))
    dialect = Dialect.of(asked, name)
    raw, digest = read_file(
        path,
        name,
        named(asked),
        nested=kind.conversations,
        dialect=dialect,
        cache=cache,
        progress=progress,
    )
    said += raw.assumptions
    key = digest_json(["joined", digest, *inputs(asked), astuple(dialect)])
    spool = Spool(cache / key) if cache else None
    found = understood(raw, asked, name, kind, first=part == "source", spool=spool)
    said += found.assumptions
    if part == "source" and (not kind.conversations or inputs(asked)):
        said += _unread(raw, found, asked, name)
    raw, columns = found.raw, found.columns
    rows = table(raw, columns, name, modality_of(task), reasons=found.reasons)
    check_cells(rows, name)
    if part not in ("validation", "test") and columns.time and asked.by_time:
        rows, told = with_times(rows, columns.time, name, asked.time_format)
        said += told
    if columns.label and raw.cells[columns.label].str.contains(r"^\s|\s$").any():
        said.append(f"white space around the labels of {name} is left out")
    if columns.group:
        said += said_of_words(raw.cells[columns.group], name, "group")
    if columns.annotator:
        said += said_of_words(raw.cells[columns.annotator], name, "annotator")
        rows, several = with_ratings_named(rows) if columns.id else (rows, rated_texts(rows))
        if several:
            said.append(
                f"{several:,} items of {name} were labelled by several people: each label is a row "
                + ("of its own, named `item@annotator`, " if columns.id else "of its own ")
                + "in training and in measuring"
            )
    if columns.id:
        rows = with_repeated_ids(rows)
        if personal := personal_ids(rows["id"]):
            said.append(
                f"{personal:,} ids of {name} hold e-mail addresses: ids go on record for ever as "
                "they are, so name a column without personal values (`data.id`), or none"
            )
    elif part == "source":
        said.append(f"rows of {name} are named by their line")
    return rows, digest, found.following


def _unread(raw: Raw, found: Understood, asked: Data, name: str) -> list[str]:
    """What to say of columns of text that are not read."""
    texts = unread_texts(raw.cells, [*found.meant])
    if not texts:
        return []
    read = inputs(asked) or (found.columns.input,)
    options = " ".join(f'--input "{one}"' if " " in one else f"--input {one}"
                       for one in (*read, texts[0]))  # fmt: skip
    holds = "holds text and is" if len(texts) == 1 else "hold text and are"
    return [
        f"column{'' if len(texts) == 1 else 's'} {listed(texts)} of {name} {holds} not read; "
        f"to read several columns, name each: `{options}`"
    ]


def _with_distinct_ids(
    tables: dict[str, pl.DataFrame], names: Mapping[str, str], asked: Data, said: list[str]
) -> dict[str, pl.DataFrame]:
    """Put the file before each id where two files would use the same one."""
    ids = pl.concat([rows["id"].drop_nulls().unique() for rows in tables.values()])
    if len(tables) == 1 or (asked.id and ids.n_unique() == len(ids)):
        return tables
    stems = {part: Path(name).stem for part, name in names.items()}
    if len(set(stems.values())) < len(stems):
        stems = dict(names)
    said.append(
        "files share row ids, so each id begins with its file: "
        + ", ".join(f"`{stem}:…`" for stem in stems.values())
    )
    return {
        part: rows.with_columns(id=pl.format("{}:{}", pl.lit(stems[part]), "id"))
        for part, rows in tables.items()
    }
