"""`predict`: answer every row of a file with a release, in order, nothing dropped."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import polars as pl

from rungwise.data.inputs import InputsReading, read_inputs, read_stream, read_texts
from rungwise.data.remote import refuse_remote
from rungwise.errors import InputError
from rungwise.progress import Progress
from rungwise.release.answers import Answered, Asked, answered, form, write
from rungwise.release.opened import Answers
from rungwise.release.unasked import unasked
from rungwise.task import FILE_NAME, Task
from rungwise.workflow.released import located
from rungwise.workflow.workspace import Workspace

STREAM = Path("-")
"""Standard input, or standard output."""


def predict(
    workspace: Workspace,
    file: Path | None,
    release: str | None,
    output: Path | None,
    texts: Sequence[str] = (),
    written: Mapping[str, str | None] = MappingProxyType({}),
    *,
    sample: bool = True,
) -> int:
    """Answer a file's rows, or texts; returns how many rows there are.

    Args:
        workspace: The task folder.
        file: With the input column of the task, in any format that is read; `-` for standard
            input.
        release: Such as `v1.0`, unless given the champion, or the newest if none is in
            production; or the folder of a release, here or copied away from its project.
        output: Where the answers go, in the format that the name ends in; JSON lines on
            standard output unless given.
        texts: What is asked in place of a file.
        written: `encoding`, `delimiter` and `quote` of the file, where they are said; they hold
            for this file alone, in place of what the task says of its own.
        sample: Keep some of the rows in the sample of production, if the release is the project's.

    Raises:
        InputError: There is no such release, nothing to answer, or no such output format.
        LedgerError: The release is not the one that was shipped.
        DataError: The file cannot be read.
        ModelError: A file of the release has changed.
    """
    if (file is None) == (not texts):
        fact = "Both a file and a text are given" if texts else "Nothing is given to answer"
        raise InputError(fact, "Name a file, `-` for standard input, or give `--text`.")
    target = None if output == STREAM else output
    kind = form(target) if target is not None else "jsonl"
    predictor, folder, task = located(workspace, release)
    if target is not None:
        _keep(target, file, workspace)
    said = {key: value for key, value in written.items() if value is not None}
    task = task.model_copy(update={"data": task.data.model_copy(update=said)})
    reading = _reading(file, texts, task, workspace.progress)
    for assumption in reading.assumptions:
        workspace.progress.say(assumption)
    made = answer(predictor, reading, workspace.progress)
    write(made, sys.stdout.buffer if target is None else target, kind)
    source = "standard input" if file == STREAM else file.name if file else "the texts"
    say_unanswered(made, source, workspace.progress)
    if sample and folder.parent == workspace.releases:
        from rungwise.workflow.sampled import keep_predictions

        keep_predictions(workspace, predictor, reading, made, source)
    if target is not None:
        rows = len(made.answers)
        workspace.progress.say(f"{target} has {rows:,} {'row' if rows == 1 else 'rows'}.")
    return len(made.answers)


def answer(predictor: Answers, reading: InputsReading, progress: Progress) -> Answered:
    """Answer what was read: a row for a row, those that cannot be answered with their reason."""
    predictions = predictor.predict(reading.inputs, progress)
    why = unasked(predictions)
    rows = reading.rows
    # Rows that could be read are asked in order, so their reasons lie in that order too.
    readable = pl.col("reason").is_null()
    place = pl.when(readable).then(readable.cast(pl.UInt32).cum_sum() - 1)
    later = why.gather(rows.select(place.alias("place")).to_series())
    reasons = rows.select(pl.coalesce("reason", pl.lit(later))).to_series()
    asked = Asked(reading.given, rows["id"], rows["line"], reasons, reading.objects)
    return answered(asked, predictions.where(why.is_null()), predictor.version)


def _reading(
    file: Path | None, texts: Sequence[str], task: Task, progress: Progress
) -> InputsReading:
    if file is None:
        return read_texts(texts, task)
    if file == STREAM:
        return read_stream(sys.stdin.buffer, task)
    refuse_remote(str(file), file)
    return read_inputs(file, task, progress)


def _keep(target: Path, asked: Path | None, workspace: Workspace) -> None:
    """Refuse to write answers over the rows that are asked, or over a file of the task.

    Raises:
        InputError: They would be lost.
    """
    if asked is not None and _same(target, asked):
        fact = f"{target} is the file that is asked, and the answers would take its place"
        raise InputError(fact, "Name another file with `-o`.")
    if not (workspace.folder / FILE_NAME).is_file():
        return
    data = workspace.task.data
    files = (data.source, *data.added, data.validation, data.test, data.production, data.documents,
             data.general, data.probe)  # fmt: skip
    if any(one is not None and _same(target, workspace.folder / one) for one in files):
        fact = f"{target} is a file of the task, and the answers would take its place"
        raise InputError(fact, "Name another file with `-o`.")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def say_unanswered(made: Answered, name: str, progress: Progress) -> None:
    """Say which rows have no answer, by reason."""
    aside = made.asked.reasons.is_not_null()
    if not (count := int(aside.sum())):
        return
    first = pl.DataFrame(
        {"line": made.asked.lines.filter(aside), "reason": made.asked.reasons.filter(aside)}
    )
    kind = pl.col("reason").str.split(":").list.first()
    told = first.group_by(kind, maintain_order=True).agg(pl.len(), pl.col("line").first())
    listed = ", ".join(
        f"{reason} ({rows:,}, such as line {line})" for reason, rows, line in told.iter_rows()
    )
    rows = "row" if count == 1 else "rows"
    verb = "has" if count == 1 else "have"
    progress.say(f"{count:,} {rows} of {name} {verb} no answer: {listed}.")
