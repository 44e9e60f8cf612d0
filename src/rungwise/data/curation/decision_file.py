"""Reading a file of decisions: CSV, TSV, JSONL, Parquet, or a YAML list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from rungwise.data.curation.decisions import SCHEMA, check
from rungwise.data.formats import read_file
from rungwise.errors import DataError
from rungwise.unique_keys import read_yaml

COLUMNS = ("id", "action", "label", "text", "reason", "by")
"""`label` is the new label (relabel, merge), `text` the new text (redact, may be left out)."""


def read_decisions(path: Path) -> pl.DataFrame:
    """Read and check a file of decisions.

    Returns:
        A table with the columns of `rungwise.data.curation.decisions.SCHEMA`.

    Raises:
        DataError: The file cannot be read, lacks a column, or holds a decision that cannot be
            applied; the message names the line.
    """
    cells = _yaml(path) if path.suffix in (".yaml", ".yml") else _table(path)
    if missing := [name for name in ("id", "action", "reason") if name not in cells.columns]:
        raise DataError(
            f"{path.name} has no column {' and '.join(missing)}",
            f"It needs `id`, `action` and `reason`; the others are {', '.join(COLUMNS[2:])}.",
        )
    if unknown := [name for name in cells.columns if name not in (*COLUMNS, "line")]:
        raise DataError(
            f"{path.name} has the unknown column {unknown[0]!r}", f"Known: {', '.join(COLUMNS)}."
        )
    filled = cells.with_columns(
        pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in cells.columns
    ).with_columns(_text(name) for name in COLUMNS)
    value = pl.when(pl.col("action") == "redact").then("text").otherwise("label")
    named = filled.with_columns(
        value.alias("value"), pl.col("action").str.to_lowercase(), pl.col("line").cast(pl.Int64)
    )
    return check(named.select(SCHEMA.names()), path.name)


def _text(name: str) -> pl.Expr:
    """Cells without surrounding white space; null where nothing is left."""
    bare = pl.col(name).cast(pl.String).str.strip_chars()
    kept = pl.col(name).cast(pl.String) if name == "text" else bare
    return pl.when(bare != "").then(kept).alias(name)


def _table(path: Path) -> pl.DataFrame:
    raw, _ = read_file(path, path.name, ["id", "action"])
    if len(raw.bad):
        line, reason = raw.bad.row(0)[:2]
        raise DataError(f"Line {line} of {path.name} cannot be read ({reason})", "Correct it.")
    return raw.cells.with_columns(raw.lines.alias("line"))


def _yaml(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise DataError(f"There is no file {path}", "Give the path of a file of decisions.")
    try:
        content: Any = read_yaml(path.read_text(encoding="utf-8"), path.name, DataError)
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8", "Save it as UTF-8.") from error
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise DataError(f"{path.name} is not a list of decisions", "Write `- id: …` for each row.")
    names = dict.fromkeys(str(key) for one in content for key in one)
    columns = {name: [_cell(one.get(name)) for one in content] for name in names}
    columns["line"] = [str(place) for place in range(1, len(content) + 1)]
    return pl.DataFrame(columns, dict.fromkeys(columns, pl.String))


def _cell(value: Any) -> str | None:
    return None if value is None else str(value)
