"""Rows as questions and answers, one by one: what fits, and why the others do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import polars as pl

from rungwise.conversation import as_input
from rungwise.data.shape import Row, Shape, Unfit
from rungwise.data.turns import divided, has_text, written

SAMPLE_ROWS = 1000
"""Rows in which keys of a turn that are not read are looked for."""
TURN_KEYS = frozenset({"role", "content", "from", "value"})
TEXT = pl.String()
SCHEMA = {"input": TEXT, "expected": TEXT, "rejected": TEXT, "reason": TEXT}

Taken = tuple[str, str | None, str | None]
"""Input, expected output, rejected output."""


def shaped(cells: pl.DataFrame, shape: Shape, *, answered: bool) -> pl.DataFrame:
    """Read every row as a shape does.

    Args:
        cells: The columns of the shape that the file has, as strings (n).
        shape: What they are.
        answered: Every row must hold an answer.

    Returns:
        `input`, `expected` (null where nobody has answered), `rejected` (null where the shape has
        none) and `reason`: why the row cannot be used, or null (n). A row that cannot be used
        shows the first cell of its question as its input.
    """
    columns = " + ".join(f"`{name}`" for name in _spoken(cells, shape))

    def take(row: Row) -> Taken:
        example = shape.example(row, answered=answered)
        asked, answer = divided(example.turns, columns, answered=answered)
        return as_input(asked), answer, example.rejected

    return _each(cells, take, cells.columns[0])


def questions(cells: pl.DataFrame) -> pl.DataFrame:
    """Read one column (n) of questions, each a text or a list of turns; as `shaped`.

    The answer stands in another column, so a list must not end with one.
    """
    column = cells.columns[0]

    def take(row: Row) -> Taken:
        cell = row[column]
        if cell is None or not has_text(cell):
            return cell or "", None, None
        asked, answer = divided(written(row, column, "user"), f"`{column}`", answered=False)
        if answer is not None:
            raise Unfit(
                f"`{column}` ends with the assistant",
                "expected a user's turn last, for the answer stands in another column",
            )
        return as_input(asked), None, None

    return _each(cells, take, column)


def keys_not_read(cells: pl.DataFrame) -> list[str]:
    """Keys of turns that no shape reads, such as a speaker's name, in the first thousand rows."""
    found: dict[str, None] = {}
    for row in cells.head(SAMPLE_ROWS).iter_rows():
        for cell in row:
            for turn in _list_in(cell):
                if isinstance(turn, dict) and TURN_KEYS & turn.keys():
                    found |= {key: None for key, value in turn.items() if value is not None}
    return [key for key in found if key not in TURN_KEYS]


def _each(cells: pl.DataFrame, take: Callable[[Row], Taken], first: str) -> pl.DataFrame:
    rows: list[tuple[str | None, str | None, str | None, str | None]] = []
    for row in cells.iter_rows(named=True):
        try:
            rows.append((*take(row), None))
        except Unfit as unfit:
            rows.append((row[first], None, None, str(unfit)))
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _spoken(cells: pl.DataFrame, shape: Shape) -> Sequence[str]:
    """Columns that together hold the turns up to the answer."""
    return [name for name in (*shape.asked, *shape.answer[:1]) if name in cells.columns]


def _list_in(cell: str | None) -> list[object]:
    if cell is None or not cell.lstrip().startswith("["):
        return []
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []
