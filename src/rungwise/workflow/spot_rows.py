"""Labels of spot checks as rows that can join: a file with the columns of the source (R74, R75).

The sample of production keeps texts with personal values redacted. They are learnt from as they are
only aloud; `originals` gives the user's own texts by id.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from rungwise.data.columns import find
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.errors import DataError, StorageError
from rungwise.evaluation.wording import counted
from rungwise.workflow.refresh_rows import WEIGHT
from rungwise.workflow.spot_checks import labelled_rows
from rungwise.workflow.workspace import Workspace

REQUEST = "request"
"""Column of such a file with the id under which a row was drawn."""
PREFIX = "spot-labels-"
UNUSED = {"row": pl.String, "text": pl.String, "label": pl.String, WEIGHT: pl.Float64}
NONE = "none"
"""The label of a request that belongs to no class: nothing can be learnt from it."""


def unused(workspace: Workspace) -> pl.DataFrame:
    """Labelled requests that no file of the task holds yet: `row`, `text`, `label`, `weight`."""
    rows = labelled_rows(workspace)
    if rows.is_empty():
        return pl.DataFrame(schema=UNUSED)
    right = pl.when("right").then(pl.col("answer"))
    label = pl.coalesce("label", right).alias("label")
    taken = {row for name in workspace.task.data.added for row in _requests(workspace, name)}
    return (
        rows.with_columns(label)
        .filter(pl.col("label").is_not_null() & (pl.col("label") != NONE))
        .filter(~pl.col("row").is_in(list(taken)))
        .unique("row", keep="first", maintain_order=True)
        .select(list(UNUSED))
    )


def write(workspace: Workspace, originals: Path | None) -> Path | None:
    """Write what is unused as a file in the task folder; returns None if nothing is.

    Raises:
        DataError: The columns of the source cannot be told, or `originals` has no `id` and input.
        StorageError: The file cannot be written.
    """
    rows = unused(workspace)
    if rows.is_empty():
        return None
    texts, label = _columns(workspace)
    if originals is not None:
        own = _originals(originals, texts)
        rows = rows.join(own, on="row", how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("original", "text").alias("text"))
    rows = rows.filter(pl.col("text").is_not_null())
    if rows.is_empty():
        return None
    number = sum(name.startswith(PREFIX) for name in workspace.task.data.added) + 1
    path = workspace.folder / f"{PREFIX}{number}.csv"
    columns = [
        pl.col("text").alias(texts),
        pl.col("label").alias(label),
        pl.col("row").alias(REQUEST),
        WEIGHT,
    ]
    try:
        rows.select(columns).write_csv(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "Free it.") from error
    workspace.progress.say(f"{path.name} holds {counted(len(rows), 'row')} of spot checks.")
    return path


def _requests(workspace: Workspace, name: str) -> list[str]:
    """Ids of the requests that a file of spot checks holds."""
    path = workspace.folder / name
    if not path.name.startswith(PREFIX) or not path.is_file():
        return []
    cells = read_file(path, name, (), dialect=Dialect.of(workspace.task.data, name))[0].cells
    return cells[REQUEST].drop_nulls().to_list() if REQUEST in cells.columns else []


def _columns(workspace: Workspace) -> tuple[str, str]:
    """The columns of the source that are the input and the label."""
    data = workspace.task.data
    by_hand = "Write the rows into a file of these columns, and give it: `rungwise refresh FILE`."
    if isinstance(data.input, tuple):
        fact = f"Several columns of {data.source} are the input, and spot checks have one text"
        raise DataError(fact, by_hand)
    if data.input and data.label:
        return data.input, data.label
    path = workspace.folder / data.source
    cells = read_file(path, data.source, (), dialect=Dialect.of(data, data.source))[0].cells
    try:
        found, _ = find(cells.columns, data, data.source)
    except DataError as error:
        raise DataError(error.fact, by_hand) from None
    assert found.label is not None, "rows of the source have labels"
    return found.input, found.label


def _originals(path: Path, texts: str) -> pl.DataFrame:
    """`row` and `original` of a file of the user's own texts."""
    if not path.is_file():
        raise DataError(f"There is no file {path}", "Give the path of your own texts.")
    cells = read_file(path, path.name, ("id", texts))[0].cells
    column = next((name for name in (texts, "input", "text") if name in cells.columns), None)
    if "id" not in cells.columns or column is None:
        raise DataError(
            f"{path} has the columns {', '.join(cells.columns)}",
            f"It needs `id`, as the file of the spot check has it, and `{texts}`.",
        )
    known = cells.select(pl.col("id").alias("row"), pl.col(column).alias("original"))
    return known.drop_nulls().unique("row", keep="first")
