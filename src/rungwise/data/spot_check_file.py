"""The file of a weekly spot check: rows to label, out and back, as spreadsheets leave it (R74).

It is the file of `audit --review --blind`: `id`, `input`, `label`, `by`, without the answer that
the release gave. A generated text cannot be judged unseen: its file has `answer`, `verdict` and
`corrected` in place of `label`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from rungwise.data import blind_sample
from rungwise.data.adjudication import write_columns
from rungwise.data.formats import read_file
from rungwise.data.label_match import Classes
from rungwise.errors import DataError
from rungwise.spot_check import SpotLabel

LABELS = blind_sample.COLUMNS
TEXTS = ("id", "input", "answer", "verdict", "corrected", "by")
NONE = "none"
"""A label for a request that belongs to no class: whatever was answered is wrong."""
PASS, FAIL = "pass", "fail"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would run as a formula."""


def write(rows: pl.DataFrame, path: Path, *, texts: bool) -> None:
    """Write rows to label as CSV or JSONL.

    Args:
        rows: The columns `row`, `text` and `answer`.
        path: The file.
        texts: Whether answers are generated texts, which are shown to be judged.

    Raises:
        DataError: The extension is neither.
        StorageError: The file cannot be written.
    """
    blank = pl.lit("", pl.String)
    asked = rows.select(
        pl.col("row").alias("id"),
        _plain("text").alias("input"),
        _plain("answer"),
        *(blank.alias(name) for name in ("label", "verdict", "corrected", "by")),
    )
    write_columns(asked, TEXTS if texts else LABELS, path)


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says.

    Attributes:
        labels: Row → what was said of it, once for each reviewer named in the file.
        blank: Rows without a label.
        never_drawn: Ids with a label that no spot check drew.
        mended: Rows whose id a spreadsheet had changed, found by its number or its input.
    """

    labels: tuple[tuple[str, SpotLabel], ...]
    blank: int
    never_drawn: tuple[str, ...]
    mended: int


def read(path: Path, drawn: pl.DataFrame, classes: tuple[str, ...], by: str = "") -> Read:
    """Read labels back: columns in any order, further columns, absent rows.

    Args:
        path: The file, in any format that data may have.
        drawn: Rows of all draws, with `row`, `text` and `answer`.
        classes: Labels of the release; () if it generates text.
        by: Who labelled rows whose column `by` is empty.

    Raises:
        DataError: A column is absent, a cell cannot be used, or two rows with one id and one
            reviewer say different things; the message names the line.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder", "Name the file that `rungwise monitor draw` wrote.")
    raw, _ = read_file(path, path.name, ("id",))
    if len(raw.bad):
        line, reason = raw.bad.select("line", "reason").row(0)
        raise DataError(f"{path.name} line {line} cannot be read: {reason}", "Correct the row.")
    cells = _named(raw.cells, path, ("label",) if classes else ("verdict",))
    answers = dict(drawn.select("row", "answer").iter_rows())
    ids, known = _Ids(drawn), Classes(classes)
    labels: dict[tuple[str, str], tuple[int, SpotLabel]] = {}
    never, blank = [], 0
    for line, cell in zip(raw.lines, cells.iter_rows(named=True), strict=True):
        where = f"{path.name} line {line}"
        if not (cell["label"] or cell["verdict"] or cell["corrected"]):
            blank += bool(cell["id"])
            continue
        row = ids.of(cell["id"], cell["input"])
        if row is None:
            never.append(cell["id"])
            continue
        if ids.is_of_another(row, cell["input"]):
            raise DataError(
                f"{where}: `input` is another request than {cell['id']!r}",
                "A column may have been sorted alone: take the file as it was drawn, and sort rows "
                "as a whole.",
            )
        said = _label(cell, where, known) if classes else _verdict(cell, answers[row], where)
        name = cell["by"] or by.strip()
        if not name:
            raise DataError(
                f"{where}: column `by` is empty",
                "Write who labelled the row, or give `--by NAME` for all such rows.",
            )
        right = (
            said == _class(answers[row], known) if classes else cell["verdict"].casefold() != FAIL
        )
        if not classes and said:
            right = _same(said, answers[row])
        found = SpotLabel(said, right, name)
        earlier = labels.setdefault((row, name), (line, found))
        if earlier[1] != found:
            raise DataError(
                f"{where}: {name} labels {cell['id']!r} otherwise than in line {earlier[0]}",
                "Keep one of the two rows; another reviewer writes another name.",
            )
    told = tuple((row, label) for (row, _), (_, label) in labels.items())
    return Read(told, blank, tuple(dict.fromkeys(never)), ids.mended)


class _Ids:
    """Rows by their id, also as a spreadsheet writes it: 0012 as 12, 123456789012 as 1.23457E+11.

    Args:
        drawn: Columns `row` and `text`.
    """

    def __init__(self, drawn: pl.DataFrame) -> None:
        rows, texts = drawn["row"].to_list(), drawn.select(_plain("text"))["text"].to_list()
        self._exact = frozenset(rows)
        self._numbers = _once({row: _number(row) for row in rows})
        self._inputs = _once(dict(zip(rows, map(_input, texts), strict=True)))
        self.mended = 0

    def of(self, id_: str, text: str) -> str | None:
        """The row; None if it was never drawn."""
        if id_ in self._exact:
            return id_
        row = self._numbers.get(_number(id_) or "") or self._inputs.get(_input(text) or "")
        self.mended += row is not None
        return row

    def is_of_another(self, row: str, text: str) -> bool:
        """Whether an input is for certain that of another drawn row."""
        return self._inputs.get(_input(text) or "", row) != row


def _once(keys: Mapping[str, str | None]) -> dict[str, str]:
    """Key → row, for keys that only one row has."""
    rows: dict[str, list[str]] = {}
    for row, key in keys.items():
        if key:
            rows.setdefault(key, []).append(row)
    return {key: found[0] for key, found in rows.items() if len(found) == 1}


def _number(id_: str) -> str | None:
    try:
        return format(Decimal(id_).normalize(), "f") if id_.isascii() else None
    except (InvalidOperation, ValueError):
        return None


def _input(text: str | None) -> str | None:
    """An input by which its row is found: spaces may differ, and the file may have cut it."""
    return " ".join((text or "").split()).removesuffix("…")[:1000] or None


def _named(cells: pl.DataFrame, path: Path, needed: tuple[str, ...]) -> pl.DataFrame:
    """The columns by name, however they are capitalised; those that may be absent are empty."""
    names = {name.strip().lstrip("\ufeff").casefold(): name for name in cells.columns}
    for name in ("id", *needed):
        if name not in names:
            told = ", ".join(f"`{column}`" for column in cells.columns)
            near = difflib.get_close_matches(name, list(names), 1)
            raise DataError(
                f"{path.name} has no column `{name}`; it has {told}",
                f"Rename `{names[near[0]]}` to `{name}`."
                if near
                else "Label the file that `rungwise monitor draw` wrote.",
            )
    every = dict.fromkeys((*LABELS, *TEXTS))
    blank = pl.lit("", pl.String)
    return cells.select(
        (pl.col(names[name]).cast(pl.String).fill_null("").str.strip_chars() if name in names
         else blank).alias(name)
        for name in every
    )  # fmt: skip


def _class(answer: str, classes: Classes) -> str:
    """An answer as the release spells its class: others' gateways may spell it otherwise."""
    found = classes.spelt(answer)
    return found[0] if len(found) == 1 else answer


def _label(cell: Mapping[str, str], where: str, classes: Classes) -> str:
    label = cell["label"]
    found = classes.spelt(label)
    if len(found) == 1:
        return found[0]
    if label.casefold() == NONE:
        return NONE
    near = difflib.get_close_matches(label, classes.labels, 1)
    hint = f"Did you mean {near[0]!r}?" if near else "Expected a label of the release."
    raise DataError(
        f"{where}: column `label` is {label!r}, which is no class",
        f"{hint} A request that belongs to no class is labelled `{NONE}`.",
    )


def _verdict(cell: Mapping[str, str], answer: str, where: str) -> str:
    """The corrected answer; "" if the answer was only judged."""
    verdict, corrected = cell["verdict"].casefold(), cell["corrected"]
    if verdict not in ("", PASS, FAIL):
        raise DataError(
            f"{where}: column `verdict` is {cell['verdict']!r}",
            f"Expected {PASS} or {FAIL}, or a better answer in `corrected`.",
        )
    if verdict == PASS and corrected and not _same(corrected, answer):
        raise DataError(
            f"{where}: `verdict` is pass and `corrected` is another answer",
            "Empty one of the two: an answer that has to be corrected fails.",
        )
    if verdict == FAIL and corrected and _same(corrected, answer):
        raise DataError(
            f"{where}: `verdict` is fail and `corrected` is the answer itself",
            "Write what would be right, or nothing.",
        )
    return corrected


def _same(one: str, other: str) -> bool:
    """Whether two texts differ in spaces at most, or by the mark before a formula."""
    first, second = (" ".join(text.split()).removeprefix("'") for text in (one, other))
    return first == second


def _plain(column: str) -> pl.Expr:
    """A text that no spreadsheet runs: production's inputs are written by anybody."""
    text = pl.col(column).fill_null("")
    runs = pl.any_horizontal(text.str.starts_with(sign) for sign in FORMULA)
    return pl.when(runs).then(pl.format("'{}", text)).otherwise(text).alias(column)
