"""Rows for a person to decide on, as a file, and the decisions read back (R12, R14, C5).

The file goes out with `decision` empty and comes back with `keep`, `relabel` or `drop`, and who
decided. Every shape that is wrong is named by its row, the column and what was expected.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import polars as pl

from rungwise.data.formats import read_file
from rungwise.errors import DataError, StorageError
from rungwise.records import Decision, Ruled

COLUMNS = (
    "id", "split", "input", "given", "suggested", "reason", "decision", "label", "by",
)  # fmt: skip
NEEDED = ("id", "decision", "by")
DECISIONS: tuple[Ruled, ...] = get_args(Ruled)
LONGEST = 2000
"""Code points of an input that are shown to whoever decides."""
WRITTEN = (".csv", ".jsonl")


def write(rows: pl.DataFrame, path: Path) -> None:
    """Write rows to decide on as CSV or JSONL, by the file's extension.

    Args:
        rows: The columns `id`, `split`, `input`, `given`, `suggested` and `reason`.
        path: Where to; it must not be there yet.

    Raises:
        DataError: The extension is neither.
        StorageError: The file cannot be written.
    """
    check_format(path)
    blank = pl.lit("", pl.String)
    write_columns(rows.with_columns(decision=blank, label=blank, by=blank), COLUMNS, path)


def write_columns(rows: pl.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Write some columns of rows as CSV or JSONL, with inputs of a length that people read.

    Raises:
        DataError: The extension is neither.
        StorageError: The file cannot be written.
    """
    check_format(path)
    text = pl.col("input")
    shown = pl.when(text.str.len_chars() > LONGEST).then(
        pl.format("{}…", text.str.head(LONGEST - 1))
    )
    asked = rows.with_columns(shown.otherwise(text).alias("input")).select(columns)
    try:
        if path.suffix.lower() == ".csv":
            asked.write_csv(path)
        else:
            asked.write_ndjson(path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", "Choose another place."
        ) from error


def check_format(path: Path) -> None:
    """Refuse a file whose extension says neither CSV nor JSONL."""
    if path.suffix.lower() not in WRITTEN:
        raise DataError(
            f"A review file ends in .csv or .jsonl, not in {path.suffix or 'nothing'!r}",
            "Give it such a name.",
        )


def read(
    path: Path, rows: pl.DataFrame, classes: tuple[str, ...]
) -> tuple[dict[str, Decision], int]:
    """The decisions of a file; rows whose `decision` is empty are left undecided.

    Args:
        path: A file that `write` made and a person filled in.
        rows: The rows that may be decided on, with `id`, `expected` and `part`.
        classes: Labels that a row can be given.

    Returns:
        Row id → what was decided, and the number of rows that are still undecided.

    Raises:
        DataError: A column is absent, or a row has a value that cannot be used.
    """
    check_format(path)
    raw, _ = read_file(path, path.name, NEEDED)
    columns = raw.cells.columns
    for name in NEEDED:
        if name not in columns:
            found = ", ".join(f"`{column}`" for column in columns)
            near = difflib.get_close_matches(name, columns, 1)
            raise DataError(
                f"{path.name} has no column `{name}`; it has {found}",
                f"Rename `{near[0]}` to `{name}`."
                if near
                else f"It needs {', '.join(f'`{one}`' for one in NEEDED)}.",
            )
    if len(raw.bad):
        line, reason = raw.bad.select("line", "reason").row(0)
        raise DataError(f"{path.name} line {line} cannot be read: {reason}", "Correct the row.")
    known = dict(rows.select("id", "expected").iter_rows())
    measured = set(rows.filter(pl.col("part") == "validation")["id"])
    decided: dict[str, Decision] = {}
    for line, cells in _filled(raw.cells.with_columns(raw.lines.alias(" line"))):
        where = f"{path.name} line {line}"
        row = cells["id"]
        if row not in known:
            raise DataError(
                f"{where}: column `id` is {row!r}, which is no row of train or validation",
                "Keep the ids as they were written; the test part is never changed.",
            )
        if row in decided:
            raise DataError(f"{where}: column `id` is {row!r} a second time", "Decide it once.")
        decided[row] = _decision(cells, known[row], classes, where)
        if row in measured and decided[row].decision == "drop":
            raise DataError(
                f"{where}: column `decision` is 'drop', and the row is in validation",
                "Expected `keep` or `relabel`: validation loses no row that was measured on.",
            )
    return decided, len(raw.cells) - len(decided)


def _filled(cells: pl.DataFrame) -> Iterator[tuple[int, dict[str, str]]]:
    asked = cells.filter(pl.col("decision").fill_null("").str.strip_chars() != "")
    for row in asked.iter_rows(named=True):
        line = row.pop(" line")
        yield line, {name: (value or "").strip() for name, value in row.items()}


def _decision(cells: dict[str, str], given: str, classes: tuple[str, ...], where: str) -> Decision:
    told = cells["decision"].lower()
    decision = next((one for one in DECISIONS if one == told), None)
    if decision is None:
        raise DataError(
            f"{where}: column `decision` is {cells['decision']!r}",
            f"Expected {', '.join(DECISIONS)}, or nothing.",
        )
    if not cells["by"]:
        raise DataError(f"{where}: column `by` is empty", "Expected the name of whoever decided.")
    label = None
    if decision == "relabel":
        label = cells.get("label") or cells.get("suggested") or ""
        if label not in classes:
            near = difflib.get_close_matches(label, classes, 1)
            raise DataError(
                f"{where}: column `label` is {label!r}, which is no class",
                f"Did you mean {near[0]!r}?" if near else "Expected a label of the data.",
            )
        if label == given:
            raise DataError(
                f"{where}: column `label` is {label!r}, which the row has already",
                "Expected another label, or the decision `keep`.",
            )
    return Decision(decision, label, cells["by"], cells.get("reason", ""))
