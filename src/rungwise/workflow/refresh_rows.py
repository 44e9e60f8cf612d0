"""The rows of a refresh: which have joined since a release, and what each weighs.

A row that was drawn by the champion's doubts has the inverse probability of its draw in the column
`weight` of its file; rows of files without that column weigh 1.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.personal.redact import REPLACED
from rungwise.errors import DataError
from rungwise.evaluation.wording import counted
from rungwise.ledger.kinds import record_of
from rungwise.ledger.read import entries
from rungwise.records import ReleaseRecord, SplitRecord
from rungwise.workflow.joined_rows import known_files
from rungwise.workflow.workspace import Workspace

WEIGHT = "weight"


def joined_since(workspace: Workspace, release: ReleaseRecord) -> bool:
    """Whether rows have joined since a release was made, and its own rows kept their parts.

    After a division with other settings, rows that it learnt from may stand in the test part.
    """
    split, before = workspace.state.split, _split_of(workspace, release)
    if split is None or before is None:
        return False
    known, now = known_files(before), known_files(split)
    settings = (one.numbers.get("settings") for one in (before, split))
    return len(now) > len(known) and now[: len(known)] == known and len({*map(str, settings)}) == 1


def redacted_rows(workspace: Workspace, release: ReleaseRecord) -> int:
    """Rows that joined since a release and hold `<EMAIL>` or the like; said if there are any."""
    before = _split_of(workspace, release)
    known = known_files(before) if before is not None else ()
    added = [name for name in workspace.task.data.added if name not in known]
    joined = pl.concat(
        workspace.part(part).select("source", "input") for part in ("train", "validation", "test")
    ).filter(pl.col("source").is_in(added))
    count = int(joined["input"].str.contains(REPLACED).sum())
    if count:
        workspace.progress.say(
            f"In {counted(count, 'row')} that joined, personal values are redacted, as in the "
            "sample of production: the release learns `<EMAIL>` and the like where requests have "
            "values. `--originals FILE` gives your own texts of spot checks by id."
        )
    return count


def _split_of(workspace: Workspace, release: ReleaseRecord) -> SplitRecord | None:
    """The split of a release, as its rows were divided before any curation."""
    curated = {
        entry.payload["id"]: entry.payload["split"]
        for entry in entries(workspace.ledger, "curation")
    }
    division = curated.get(release.data, release.data)
    for entry in reversed(entries(workspace.ledger, "split")):
        record = record_of("split", entry.payload)
        if isinstance(record, SplitRecord) and record.id == division:
            return record
    return None


def weights_of(workspace: Workspace, rows: pl.DataFrame) -> NDArray[np.float64] | None:
    """Inverse probability of the draw of each row (n); None if no file of them has weights.

    Raises:
        DataError: A weight is not a positive number.
    """
    files = [name for name in rows["source"].unique().drop_nulls().sort() if name]
    added = [name for name in files if name in workspace.task.data.added]
    parts = [part for name in added if (part := file_weights(workspace, name)) is not None]
    if not parts:
        return None
    joined = rows.select("source", "line").join(
        pl.concat(parts), on=["source", "line"], how="left", maintain_order="left"
    )
    weights = joined[WEIGHT].fill_null(1.0).to_numpy()
    workspace.progress.say("Rows count by the inverse probability of their draw (column `weight`).")
    return weights.astype(np.float64)


def file_weights(workspace: Workspace, name: str) -> pl.DataFrame | None:
    """`source`, `line` and `weight` of every row of a file; None if it has no such column.

    Raises:
        DataError: A weight is not a positive number.
    """
    path, dialect = workspace.folder / name, Dialect.of(workspace.task.data, name)
    raw, _ = read_file(path, name, (), nested=True, dialect=dialect)
    if WEIGHT not in raw.cells.columns:
        return None
    values = raw.cells[WEIGHT].cast(pl.Float64, strict=False)
    wrong = (values.is_null() & raw.cells[WEIGHT].is_not_null()) | (values <= 0)
    if (wrong | values.is_infinite()).fill_null(value=False).any():
        place = int((wrong | values.is_infinite()).fill_null(value=False).arg_max() or 0)
        raise DataError(
            f"Line {raw.lines[place]} of {name} has the weight {raw.cells[WEIGHT][place]!r}",
            "Write the inverse probability of the row's draw, a positive number, or leave the "
            "column out.",
        )
    return pl.DataFrame(
        {
            "source": pl.repeat(name, len(values), eager=True),
            "line": raw.lines,
            WEIGHT: values,
        }
    )
