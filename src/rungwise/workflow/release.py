"""A release in Python: opened once, it answers texts and frames with frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rungwise.data.frames import TAKEN, is_pandas_frame, library, table_of
from rungwise.data.inputs import InputsReading, read_frame, read_inputs, read_texts
from rungwise.errors import DataError, InputError
from rungwise.progress import Progress
from rungwise.release.answers import Answered
from rungwise.release.opened import Answers
from rungwise.task import Task
from rungwise.workflow.predict import answer, say_unanswered
from rungwise.workflow.released import located
from rungwise.workflow.workspace import Workspace


class Release:
    """A release that is open, its files checked.

    Attributes:
        version: Such as `v1.0`.
        folder: Where its files lie.
    """

    def __init__(self, predictor: Answers, folder: Path, task: Task, progress: Progress) -> None:
        self.version, self.folder = predictor.version, folder
        self._predictor, self._task, self._progress = predictor, task, progress

    def predict(self, inputs: Any) -> Any:
        """Answer texts, or the rows of a frame, in order.

        Args:
            inputs: A list or series of texts; a frame of polars or pandas, an Arrow table, a
                `datasets.Dataset` or a list of mappings, with the input column of the task; the
                path of a file, as a `Path`; or one text.

        Returns:
            A frame, a row for a row: the columns that were given, then `label` (`output` of a
            task that generates text), `confidence`, `review` and `release`. pandas comes back as
            pandas, with its index; everything else as polars. A row without an answer has null,
            and the reason is said.

        Raises:
            DataError: There is no row, or no input column.
            InputError: The inputs are none of these.
        """
        reading, name = self._read(inputs)
        for assumption in reading.assumptions:
            self._progress.say(assumption)
        made = answer(self._predictor, reading, self._progress)
        say_unanswered(made, name, self._progress)
        return _beside(inputs, made) if library(inputs) == "pandas" else made.table

    def _read(self, inputs: Any) -> tuple[InputsReading, str]:
        if isinstance(inputs, Path):
            return read_inputs(inputs, self._task, self._progress), inputs.name
        if (table := table_of(_mappings(inputs))) is not None:
            for what in table.said:
                self._progress.say(what)
            return read_frame(table.polars(), self._task), "the frame"
        return read_texts(_texts(inputs), self._task), "the texts"

    def __repr__(self) -> str:
        return f"Release({self.version!r}, {str(self.folder)!r})"


def open_release(workspace: Workspace, release: str | None) -> Release:
    """Open a release by its version, or its folder; arguments and errors are those of `predict`."""
    predictor, folder, task = located(workspace, release)
    return Release(predictor, folder, task, workspace.progress)


def _mappings(inputs: Any) -> Any:
    """A list of mappings as a frame; other inputs as they are."""
    if isinstance(inputs, list | tuple) and inputs and all(isinstance(i, Mapping) for i in inputs):
        return pl.DataFrame(list(inputs), infer_schema_length=None)
    return inputs


def _texts(inputs: Any) -> Sequence[str | None]:
    """Texts as a list; null, None and NaN stay without a text.

    Raises:
        InputError: They are none.
    """
    if isinstance(inputs, str):
        return [inputs]
    listed = inputs.to_list() if isinstance(inputs, pl.Series) else inputs
    if library(inputs) in ("pandas", "numpy", "pyarrow") and hasattr(inputs, "tolist"):
        listed = inputs.tolist()
    if not isinstance(listed, list | tuple):
        raise InputError(
            f"A {type(inputs).__name__} is no input", f"Give a list of texts, or {TAKEN}."
        )
    texts = [None if _missing(one) else one for one in listed]
    for place, one in enumerate(texts):
        if one is not None and not isinstance(one, str):
            raise InputError(
                f"Item {place} of the texts is a {type(one).__name__}: {one!r:.40}",
                "Give texts, or a frame with the input column of the task.",
            )
    if not texts:
        raise DataError("There is no text to answer", "Give at least one.")
    return texts


def _missing(one: Any) -> bool:
    """Whether it is None, NaN, or what pandas has in their place."""
    nan = isinstance(one, float) and math.isnan(one)
    return one is None or nan or type(one).__name__ in ("NAType", "NaTType")


def _beside(given: Any, made: Answered) -> Any:
    """The answers behind a pandas frame or series, in its order and with its index."""
    answers = {name: made.answers[name].to_list() for name in made.answers.columns}
    if is_pandas_frame(given):
        return given.assign(**answers)
    first = made.asked.given.columns[0]
    return (
        given.rename(given.name if given.name is not None else first).to_frame().assign(**answers)
    )
