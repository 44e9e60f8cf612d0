"""Answers of a system in use today, from a file: each row's answer by its id or its input."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rungwise.data.label_match import Classes
from rungwise.errors import DataError, ModelError
from rungwise.evaluation.wording import counted
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Epoch, Numbers
from rungwise.table import Inputs, Predictions

FILE = "answers.json"
SHOWN = 5
"""Answers, or classes, that a message names."""
KEYS = ("id", "input")
"""Columns by which an answer finds its row, the first that matches all rows."""


@dataclass(frozen=True)
class ImportedAnswers:
    """Answers by row: a table with `output` and one or both of `id` and `input`."""

    name: str
    table: pl.DataFrame
    classes: tuple[str, ...]
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=dict)

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Look every row up, by id where all ids are known, else by its exact input.

        Raises:
            DataError: Rows have no answer, or more than one.
        """
        found = {key: self._matched(inputs, key) for key in KEYS if key in self.table.columns}
        outputs = min(found.values(), key=lambda column: column.null_count())
        if missing := outputs.null_count():
            example = inputs.ids.filter(outputs.is_null())[0]
            raise DataError(
                f"The answers of {self.name} lack {missing:,} of {len(inputs):,} rows, "
                f"such as row {example}",
                "Let the system answer every row, then import the file again.",
            )
        return Predictions(inputs.ids, outputs, None, self.classes)

    def save(self, folder: Path) -> None:
        """Write the answers as JSON columns."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {"name": self.name, "answers": self.table.to_dict(as_series=False)}
        (folder / FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def export(self, folder: Path) -> None:
        """Refuse: there is no model.

        Raises:
            ModelError: Always.
        """
        raise ModelError(
            f"{self.name} is known by its answers alone; there is no model to ship",
            "Ship an attempt of another rung.",
        )

    def _matched(self, inputs: Inputs, key: str) -> pl.Series:
        asked = pl.DataFrame({key: inputs.ids if key == "id" else inputs.values})
        known = self.table.select(key, "output").unique()
        twice = known.filter(pl.col(key).is_duplicated() & pl.col(key).is_in(asked[key].implode()))
        if len(twice):
            value = str(twice[key][0])
            raise DataError(
                f"The answers of {self.name} give two outputs for {key} {value[:60]!r}",
                "Leave one answer a row, then import the file again.",
            )
        return asked.join(known, on=key, how="left", maintain_order="left")["output"]


def read(name: str, frame: pl.DataFrame, context: RungContext) -> ImportedAnswers:
    """The answers of a table as it was imported; each inferred default is said aloud.

    Raises:
        DataError: Columns are missing, an answer could mean two classes, or none does mean one.
    """
    table = _columns(name, frame)
    details: Numbers = {}
    if context.classes:
        table, details = _as_classes(name, table, context)
    if context.task.data.id is None and "input" not in table.columns:
        context.progress.say(
            f"The `id` of the answers of {name} is taken for the line of a row: the task names "
            "no column of ids (`data.id`)."
        )
    return ImportedAnswers(name, table, context.classes, details=details)


def load(folder: Path, classes: tuple[str, ...]) -> ImportedAnswers:
    """What `save` wrote."""
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return ImportedAnswers(content["name"], pl.DataFrame(content["answers"]), classes)


def _as_classes(
    name: str, table: pl.DataFrame, context: RungContext
) -> tuple[pl.DataFrame, Numbers]:
    """The answers with the spelling of the classes, and what was done, which is also said.

    Raises:
        DataError: An answer is a spelling of two classes, or no answer is one of any.
    """
    known = Classes(context.classes)
    rows = dict(table["output"].drop_nulls().value_counts().iter_rows())
    meant = {answer: known.spelt(answer) for answer in rows}
    listed = ", ".join(map(repr, context.classes[:SHOWN]))
    for answer, classes in meant.items():
        if len(classes) > 1:
            raise DataError(
                f"The answers of {name} hold {answer!r}, which could be "
                f"{' or '.join(map(repr, classes))}",
                "Write each answer as the class is written, then import the file again.",
            )
    if rows and not any(meant.values()):
        raise DataError(
            f"The answers of {name} name no class: they hold "
            f"{', '.join(map(repr, sorted(rows)[:SHOWN]))}, and the classes are {listed}",
            "Write each answer as the class is written, then import the file again.",
        )
    spelt = {answer: one[0] for answer, one in meant.items() if one and one[0] != answer}
    unknown = {answer: rows[answer] for answer, one in meant.items() if not one}
    if spelt:
        told = ", ".join(_pair(*one) for one in sorted(spelt.items())[:SHOWN])
        many = counted(len(spelt), "other spelling")
        context.progress.say(f"The answers of {name} have {many} of classes: {told}.")
    if unknown:
        frequent = sorted(unknown, key=lambda one: (-unknown[one], one))
        told = ", ".join(map(repr, frequent[:SHOWN]))
        many = counted(sum(unknown.values()), "answer")
        context.progress.say(
            f"{many} of {name} without a class of the task count as wrong: {told}; the classes are "
            f"{listed}."
        )
    details: Numbers = {"respelled": spelt, "unknown": sum(unknown.values())}
    return table.with_columns(pl.col("output").replace(spelt)), details if spelt or unknown else {}


def _pair(answer: str, label: str) -> str:
    """Both spellings, such that a reader sees how they differ."""
    same = unicodedata.normalize("NFC", answer) == unicodedata.normalize("NFC", label)
    shown = ascii if same else repr
    return f"{shown(answer)} is read as {shown(label)}"


def _columns(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    renamed = (
        frame if "output" in frame.columns else frame.rename({"label": "output"}, strict=False)
    )
    keys = [key for key in KEYS if key in renamed.columns]
    if "output" not in renamed.columns or not keys:
        raise DataError(
            f"The answers of {name} have the columns {', '.join(frame.columns)}",
            "They need `label`, and `id` or `input` to say which row each belongs to.",
        )
    return renamed.select(*keys, "output").cast(pl.String)
