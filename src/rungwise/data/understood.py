"""What the rows of a file mean: two columns of it, or a shape that a model learns to write from.

Columns that the user names win. Else, where a model is to write, the file's columns tell its
shape; and where they have none, input and label are found by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import polars as pl

from rungwise.data import quarantine
from rungwise.data.columns import (
    BESIDE,
    Columns,
    check_inputs,
    find,
    find_beside,
    inputs,
    listed,
)
from rungwise.data.examples import keys_not_read, questions, shaped
from rungwise.data.joined_inputs import join_inputs
from rungwise.data.raw import Raw
from rungwise.data.shape import every_shape, find_shapes, shapes_listed
from rungwise.data.spool import Spool
from rungwise.data.wanted import VERDICTS, are_verdicts, may_be_verdicts, unwanted
from rungwise.data_section import Data
from rungwise.errors import DataError
from rungwise.protocols import TaskKind

BEFORE = {
    "system": "is read as the system text",
    "history": "is read as the earlier questions and answers",
}
NOT_READ = ("system", "history", "tools", "functions", "images", "audios", "videos")
"""Columns of known formats that would change what is asked."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A file's rows, and what they mean.

    Attributes:
        raw: The rows (n), with the columns that `columns` names.
        columns: Which of them is what.
        reasons: Why a row cannot be used, or null (n); None where nothing is known yet.
        rejected: The answer that was not chosen (n); None where the file has none.
        meant: The file's own columns that have a meaning.
        following: What the user's next files are expected to have.
        assumptions: Every guess, in words.
    """

    raw: Raw
    columns: Columns
    reasons: pl.Series | None
    rejected: pl.Series | None
    meant: frozenset[str | None]
    following: Data
    assumptions: tuple[str, ...]


def understood(
    raw: Raw,
    asked: Data,
    name: str,
    kind: TaskKind,
    *,
    first: bool = True,
    label: bool = True,
    spool: Spool | None = None,
) -> Understood:
    """Tell what the rows of a file mean.

    Args:
        raw: Its cells.
        asked: The task's `data` section.
        name: The file, for messages.
        kind: The task's.
        first: The file is the training data, and has every column that the task names.
        label: Every row must have its label, or its answer.
        spool: Where many joined texts are laid; in memory if left out.

    Raises:
        DataError: A named column is absent, nothing tells the input and the label, or no row
            fits the shape that the columns have.
    """
    if unnamed := {role: at for role, at in raw.known.items() if getattr(asked, role) is None}:
        told = asked.model_copy(update=unnamed)
        bare = replace(raw, known={})
        found = understood(bare, told, name, kind, first=first, label=label, spool=spool)
        return replace(found, following=found.following.model_copy(update={"id": asked.id}))
    if isinstance(asked.input, tuple):
        return _by_several(raw, asked, name, kind, first=first, label=label, spool=spool)
    available = raw.cells.columns
    left_out = ", and ".join(one for one in raw.assumptions if " left out: " in one)
    if not kind.conversations:
        columns, said = find(available, asked, name, first=first, label=label, left_out=left_out)
        return _by_column(raw, columns, asked, said, label=label)
    if asked.input is None and asked.label is None:
        fits = find_shapes(available, answered=label)
        if fits:
            return _by_shape(raw, asked, name, fits[0], first=first, label=label)
    other = f"the shapes that are known without names are {shapes_listed()}"
    columns, said = find(
        available, asked, name, first=first, label=label, otherwise=other, left_out=left_out
    )
    for verdict in (one for one in VERDICTS if label and one in available and one != columns.label):
        cells = raw.cells[verdict]
        if are_verdicts(cells) and (false := unwanted(cells)):
            said += (
                f"`{verdict}` of {name} is false in {false:,} of {len(cells):,} rows: they are "
                "learnt as right answers because you name the columns",
            )
    found = _by_column(raw, columns, asked, said, label=label)
    rows = questions(raw.cells.select(columns.input))
    answers = raw.cells[columns.label] if columns.label else None
    beside = {role: getattr(columns, role) for role in BESIDE}
    raw, columns = _by_role(raw, beside, rows["input"], answers)
    return replace(found, raw=raw, columns=columns, reasons=rows["reason"])


def _by_several(
    raw: Raw,
    asked: Data,
    name: str,
    kind: TaskKind,
    *,
    first: bool,
    label: bool,
    spool: Spool | None,
) -> Understood:
    """The same, of a file in which several columns are the input."""
    check_inputs(raw.cells.columns, asked, name)
    columns = inputs(asked)
    joined, column = join_inputs(raw, columns, spool)
    # A column that is read as the input is not guessed to be the label.
    spent = [one for one in columns if one not in {getattr(asked, role) for role in BESIDE}]
    joined = replace(joined, cells=joined.cells.drop(spent))
    single = asked.model_copy(update={"input": column})
    found = understood(joined, single, name, kind, first=first, label=label)
    form = " ⏎ ".join(f"{each}: …" for each in columns)
    said = f"columns {listed(columns)} of {name} are joined as the input, as “{form}”"
    return replace(
        found,
        meant=found.meant | set(columns),
        following=found.following.model_copy(update={"input": asked.input}),
        assumptions=(said, *found.assumptions),
    )


def _by_column(
    raw: Raw, columns: Columns, asked: Data, said: tuple[str, ...], *, label: bool
) -> Understood:
    return Understood(
        raw=raw,
        columns=columns,
        reasons=_no_text(raw, [columns.input, *([columns.label, columns.id] if label else [])]),
        rejected=None,
        meant=frozenset(astuple(columns)),
        following=asked.model_copy(update={"input": columns.input, "label": columns.label}),
        assumptions=said,
    )


def _no_text(raw: Raw, needed: Sequence[str | None]) -> pl.Series | None:
    """Against each row (n), the first of the needed columns that holds a list or an object."""
    inside = raw.inside.filter(pl.col("column").is_in([one for one in needed if one]))
    if inside.is_empty():
        return None
    told = pl.format("a list or an object, not text: in `{}`", "column").alias("reason")
    first = inside.group_by("line", maintain_order=True).first().select("line", told)
    lines = raw.lines.to_frame("line")
    return lines.join(first, on="line", how="left", maintain_order="left")["reason"]


def _by_shape(
    raw: Raw, asked: Data, name: str, found: str, *, first: bool, label: bool
) -> Understood:
    shape = every_shape()[found]
    read = [
        column
        for column in (*shape.asked, *shape.optional, *shape.answer)
        if column in raw.cells.columns
        and (column not in VERDICTS or are_verdicts(raw.cells[column]))
    ]
    beside, said = find_beside(raw.cells.columns, asked, name, first=first)
    cells = raw.cells.select(read)
    rows = shaped(cells, shape, answered=label)
    if label and len(rows) and rows["reason"].null_count() == 0:
        raise _none_fits(raw, rows, name, found)
    rejected = rows["rejected"].str.strip_chars()
    answers = rows["expected"] if label or rows["expected"].count() else None
    by_role, columns = _by_role(raw, beside, rows["input"], answers)
    return Understood(
        raw=by_role,
        columns=columns,
        reasons=rows["reason"],
        rejected=rejected if rejected.count() else None,
        meant=frozenset({*read, *beside.values()}),
        following=asked,
        assumptions=(*said, *_guesses(name, found, raw, cells, rejected)),
    )


def _guesses(
    name: str, shape: str, raw: Raw, cells: pl.DataFrame, rejected: pl.Series
) -> list[str]:
    read = ", ".join(f"`{column}`" for column in cells.columns)
    columns = f"column {read} of {name} is" if cells.width == 1 else f"columns {read} of {name} are"
    said = [f"{columns} read as {every_shape()[shape].meaning}"]
    said += [
        f"the columns of {name} fit the shape `{other}` too"
        for other in find_shapes(raw.cells.columns, answered=True)
        if other != shape
    ]
    if keys := keys_not_read(cells):
        left = ", ".join(f"`{key}`" for key in keys)
        said.append(f"of the turns in {name} these keys are left out: {left}")
    said += _further(name, raw, cells)
    if empty := int((rejected == "").sum()):
        said.append(f"{empty:,} rows of {name} have an empty `rejected`: nothing was answered")
    return said


def _further(name: str, raw: Raw, cells: pl.DataFrame) -> list[str]:
    """What becomes of columns that turn up beside a shape's own."""

    def filled(column: str) -> int:
        cell = raw.cells[column].fill_null("").str.strip_chars()
        return int((~cell.is_in(["", "[]", "{}", "null"])).sum())

    said = []
    for column, meaning in BEFORE.items():
        if column in cells.columns and (rows := filled(column)):
            said.append(f"`{column}` of {name} {meaning} of {rows:,} rows")
    for verdict in (one for one in VERDICTS if one in cells.columns):
        if false := unwanted(cells[verdict]):
            said.append(
                f"`{verdict}` of {name} says which completions were wanted: {false:,} of "
                f"{len(cells):,} are false and are set aside, not learnt as answers"
            )
    for column in (one for one in VERDICTS if one in raw.cells.columns):
        if column not in cells.columns and may_be_verdicts(raw.cells[column]):
            said.append(
                f"`{column}` of {name} is not read: if it says which answers were wanted, write "
                "true and false there"
            )
    for column in NOT_READ:
        if column in raw.cells.columns and column not in cells.columns and (rows := filled(column)):
            said.append(f"`{column}` of {name} is not shown to the model ({rows:,} rows)")
    return said


def _by_role(
    raw: Raw, beside: Mapping[str, str | None], inputs: pl.Series, answers: pl.Series | None
) -> tuple[Raw, Columns]:
    """Cells under the names of their roles, so that no column of the file is in the way."""
    cells = [raw.cells[column].alias(role) for role, column in beside.items() if column]
    cells.append(inputs.alias("input"))
    if answers is not None:
        cells.append(answers.alias("expected"))
    label = None if answers is None else "expected"
    names = {role: role if column else None for role, column in beside.items()}
    return replace(raw, cells=pl.DataFrame(cells)), Columns(input="input", label=label, **names)


def _none_fits(raw: Raw, rows: pl.DataFrame, name: str, shape: str) -> DataError:
    counted = quarantine.kinds(rows).items()
    kinds = ", ".join(f"{kind} {count}" for kind, count in counted)
    return DataError(
        f"None of the {len(rows)} rows of {name} fits the shape `{shape}` ({kinds}), "
        f"such as line {raw.lines[0]} ({rows['reason'][0]}); it has {listed(raw.cells.columns)}",
        f"Name two columns (`--input`, `--label`), or write one of the known shapes: "
        f"{shapes_listed()}.",
    )
