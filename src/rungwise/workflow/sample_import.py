"""`monitor import`: requests that somebody else's server answered, and outcomes that came later.

A model behind one's own gateway is watched as one that `serve` answers with: the file fills the
same sample, by the same choice. The same file, or a log that has grown, adds only what is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from rungwise.data.columns import INPUT_NAMES
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.inputs import inputs_of
from rungwise.data.raw import Raw
from rungwise.data.times import read_times
from rungwise.errors import InputError, RungwiseError, StorageError
from rungwise.evaluation.wording import counted
from rungwise.objects import digest_bytes
from rungwise.plugins import kind_of
from rungwise.sample import Requests, opened, outcome_labels
from rungwise.sample.outcome_labels import Outcomes
from rungwise.sample.redaction import safe_ids
from rungwise.sample.request_rows import FOLDER
from rungwise.workflow.programmes import in_production, today
from rungwise.workflow.released import opened_release
from rungwise.workflow.sampled import sampler
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.release.opened import Answers

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "request_id", "uuid"),
    "time": ("time", "timestamp", "created", "created_at", "date", "datetime"),
    "input": ("input", *INPUT_NAMES),
    "answer": ("answer", "prediction", "predicted", "predicted_label", "response", "output"),
    "version": ("version", "model", "model_version", "release"),
    "confidence": ("confidence", "probability", "score"),
    "label": ("label", "true_label", "truth", "actual", "outcome", "expected"),
}
"""Role → names of its column, in the order in which they are looked for."""
NO_TIME, NO_ANSWER, LATER = "no time that can be read", "no answer", "a time in the future"


@dataclass(frozen=True, slots=True)
class SampleImport:
    """What became of a file.

    Attributes:
        rows: Requests in it.
        kept: New rows of the sample.
        known: Rows that were chosen and are in the sample already.
        aside: Why rows cannot be used → how many.
        labels: Rows with an outcome.
        outcomes: What has become of all outcomes so far.
        versions: Which releases answered → rows.
        said: What was assumed, and what could not be done.
    """

    rows: int
    kept: int = 0
    known: int = 0
    aside: Mapping[str, int] = field(default_factory=dict)
    labels: int = 0
    outcomes: Outcomes = field(default_factory=Outcomes)
    versions: Mapping[str, int] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def import_sample(
    workspace: Workspace,
    path: Path,
    *,
    version: str = "",
    selection: str = "",
    columns: Mapping[str, str] | None = None,
) -> SampleImport:
    """Read requests, or outcomes of requests, into the sample of production.

    Args:
        workspace: The task folder.
        path: CSV, JSONL, Parquet or any format that is read.
        version: Which release answered, if no column says it; the one in production by default.
        selection: How the rows that have a label were selected.
        columns: Role of `NAMES` → the column that has it.

    Raises:
        DataError: The file cannot be read.
        InputError: A column is missing, or labels come without a selection.
        StorageError: The sample cannot be written.
    """
    task = workspace.task
    raw, _ = read_file(
        path, path.name, [], nested=kind_of(task).conversations,
        dialect=Dialect.of(task.data, path.name),
    )  # fmt: skip
    found = _columns(raw.cells.columns, columns or {}, task.data.input, path.name)
    if "label" in found and not selection.strip() and raw.cells[found["label"]].count():
        raise InputError(
            f"{path.name} has labels (column {found['label']!r}), and how their rows were selected "
            "is not said",
            'Say it: `--selection "customers who complained"`, or `--selection "all requests"`.',
        )
    if "input" not in found:
        return _outcomes_alone(workspace, raw, found, selection, path.name)
    if "answer" not in found:
        raise InputError(f"{path.name} has no column of answers", "Name it: `--answer COLUMN`.")
    return _requests(workspace, raw, found, (version, selection, path.name))


def _columns(
    available: Sequence[str],
    asked: Mapping[str, str],
    task_input: str | tuple[str, ...] | None,
    name: str,
) -> dict[str, str]:
    """Role → column; a joined input stands as "" if the file has all of its columns."""
    found: dict[str, str] = {}
    for role, column in asked.items():
        if column not in available:
            raise InputError(f"{name} has no column {column!r}", f"It has: {', '.join(available)}.")
        found[role] = column
    if "input" not in found and isinstance(task_input, tuple):
        if set(task_input) <= set(available):
            found["input"] = ""
    elif "input" not in found and task_input in available:
        found["input"] = str(task_input)
    by_small = {column.lower().strip(): column for column in reversed(available)}
    for role, names in NAMES.items():
        left = [n for n in names if n in by_small and by_small[n] not in found.values()]
        if role not in found and left:
            found[role] = by_small[left[0]]
    return found


def _requests(
    workspace: Workspace, raw: Raw, found: Mapping[str, str], told: tuple[str, str, str]
) -> SampleImport:
    version, selection, name = told
    chosen = {"id": found.get("id"), "label": None, "time": None, "group": None, "annotator": None}
    if found["input"]:
        chosen["input"] = found["input"]
    task = workspace.task.model_copy(update={"data": workspace.task.data.model_copy(update=chosen)})
    reading = inputs_of(raw, task, name)
    good = reading.rows["reason"].is_null()
    cells = reading.given.filter(good).cast(pl.String)
    said: list[str] = list(reading.assumptions)
    rows = pl.DataFrame(
        {
            "id": reading.inputs.ids,
            "text": reading.inputs.values,
            "answer": _cells(cells, found.get("answer")),
            "time": _times(cells, found.get("time"), name, said),
            "version": _versions(workspace, cells, found.get("version"), version, said),
            "confidence": _confidence(cells, found.get("confidence")),
            "label": _cells(cells, found.get("label")),
        }
    )
    late = datetime.now(UTC) + timedelta(days=1)
    rows = rows.with_columns(
        reason=pl.when(pl.col("time").is_null()).then(pl.lit(NO_TIME))
        .when(pl.col("answer").is_null()).then(pl.lit(NO_ANSWER))
        .when(pl.col("time") > late).then(pl.lit(LATER))
    )  # fmt: skip
    aside = Counter(str(reason).split(":")[0] for reason in reading.rows["reason"].drop_nulls())
    aside += Counter(rows["reason"].drop_nulls().to_list())
    rows = rows.filter(pl.col("reason").is_null()).drop("reason")
    if "id" not in found:
        rows = rows.with_columns(_made_ids(rows))
    labels = rows.drop_nulls("label")
    kept, known, failed = _kept(workspace, rows, said)
    if failed:
        raise StorageError(f"The sample cannot be written: {failed}", "Free it, then try again.")
    _keep_labels(workspace, labels, selection)
    outcomes = opened(workspace.hidden / FOLDER).outcomes
    versions = dict(rows["version"].value_counts(sort=True).iter_rows())
    return SampleImport(
        len(reading.rows), kept, known, dict(aside), len(labels), outcomes, versions, tuple(said)
    )


def _kept(workspace: Workspace, rows: pl.DataFrame, said: list[str]) -> tuple[int, int, str]:
    """New rows, rows that were there, and why the sample could not be written, or ""."""
    there = opened(workspace.hidden / FOLDER).rows.select("version", pl.col("time").dt.date(), "id")
    writer = sampler(workspace, set(there.iter_rows()))
    for (version,), part in rows.group_by("version", maintain_order=True):
        served = _served(workspace, str(version), said)
        confidence = part["confidence"]
        writer.add(
            Requests(
                version=str(version),
                source="import",
                texts=part["text"].to_list(),
                answers=part["answer"].to_list(),
                sizes=served.sizes if served else _code_points,
                ids=part["id"].to_list(),
                times=part["time"].to_list(),
                confidence=None if confidence.has_nulls() else confidence.to_numpy(),
                embed=served.embed if served and served.classes else None,
                classes=served.classes if served else _labels(workspace),
            )
        )
    writer.close()
    return writer.counts.kept, writer.counts.known, writer.counts.last


def _served(workspace: Workspace, version: str, said: list[str]) -> Answers | None:
    """The release of that version, for embeddings; None, aloud, if there is none."""
    if version not in {one.version for one in workspace.state.releases}:
        said.append(
            f"{version} is no release of this project: its requests are kept, and `monitor check` "
            "has nothing to compare them with."
        )
        return None
    try:
        return opened_release(workspace, version)[0]
    except RungwiseError as error:
        said.append(f"Requests of {version} are kept without embeddings: {error.fact}.")
        return None


def _labels(workspace: Workspace) -> tuple[str, ...]:
    split = workspace.state.split
    return split.classes if split else ()


def _code_points(texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.fromiter((max(1, len(text)) for text in texts), np.int64, len(texts))


def _cells(cells: pl.DataFrame, column: str | None) -> pl.Series:
    if column is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    bare = cells[column].str.strip_chars()
    return bare.set(bare == "", None)


def _times(cells: pl.DataFrame, column: str | None, name: str, said: list[str]) -> pl.Series:
    if column is None:
        said.append(f"{name} has no column of times: its requests count as of now.")
        return pl.Series([datetime.now(UTC)]).new_from_index(0, len(cells))
    read = read_times(cells[column], column, name)
    said += read.said
    return read.micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _versions(
    workspace: Workspace, cells: pl.DataFrame, column: str | None, version: str, said: list[str]
) -> pl.Series:
    stated = version
    if not stated and (column is None or cells[column].has_nulls()):
        stated, _ = in_production(workspace, today())
        said.append(f"Rows that name no release count for {stated}, which is in production.")
    fixed = pl.Series([stated], dtype=pl.String).new_from_index(0, len(cells))
    return fixed if column is None or version else _cells(cells, column).fill_null(stated)


def _confidence(cells: pl.DataFrame, column: str | None) -> pl.Series:
    """Numbers from 0 to 1; null otherwise."""
    if column is None:
        return pl.Series([None], dtype=pl.Float32).new_from_index(0, len(cells))
    read = cells[column].cast(pl.Float32, strict=False)
    return read.set(~read.is_between(0, 1), None)


def _made_ids(rows: pl.DataFrame) -> pl.Series:
    """By time, input and answer, so that a log which has grown names its old rows as before."""
    seen: Counter[str] = Counter()
    made = []
    for time, text, answer in rows.select("time", "text", "answer").iter_rows():
        digest = digest_bytes(f"{time}\0{text}\0{answer}".encode())[:16]
        seen[digest] += 1
        made.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return pl.Series("id", made, pl.String)


def _outcomes_alone(
    workspace: Workspace, raw: Raw, found: Mapping[str, str], selection: str, name: str
) -> SampleImport:
    if "id" not in found or "label" not in found:
        raise InputError(
            f"{name} has neither inputs and answers nor ids and labels",
            "Name the columns: `--input`, `--answer`, `--id`, `--label`.",
        )
    rows = pl.DataFrame(
        {role: _cells(raw.cells.cast(pl.String), found[role]) for role in ("id", "label")}
    )
    labels = rows.drop_nulls()
    without = len(rows) - len(labels)
    _keep_labels(workspace, labels, selection)
    outcomes = opened(workspace.hidden / FOLDER).outcomes
    aside = {"no id or no label": without} if without else {}
    return SampleImport(len(rows), aside=aside, labels=len(labels), outcomes=outcomes)


def _keep_labels(workspace: Workspace, labels: pl.DataFrame, selection: str) -> None:
    frame = labels.select(
        safe_ids(labels["id"]).alias("id"),
        "label",
        pl.lit(selection.strip()).alias("selection"),
        pl.lit(datetime.now(UTC)).cast(pl.Datetime("us", "UTC")).alias("time"),
    )
    try:
        outcome_labels.add(workspace.hidden / FOLDER, frame)
    except OSError as error:
        raise StorageError(
            f"Outcomes cannot be written: {error.strerror}", "Free space, then try again."
        ) from error


def sentences(found: SampleImport, name: str) -> list[str]:
    """What became of a file, for people."""
    told = list(found.said)
    if found.versions or found.kept:
        rows = counted(found.rows, "request")
        told.append(f"{rows} of {name}: {found.kept:,} new in the sample, redacted.")
    if found.known:
        told.append(f"Already in the sample: {counted(found.known, 'row')}.")
    for reason, count in found.aside.items():
        told.append(f"{counted(count, 'row')} cannot be used: {reason}.")
    if found.labels:
        told.append(
            f"{counted(found.labels, 'outcome')}; in all, {found.outcomes.joined:,} stand beside "
            "a kept request. They are no spot checks."
        )
    if found.outcomes.unknown and found.labels:
        told.append(
            f"{counted(found.outcomes.unknown, 'outcome')} of requests that the sample does not "
            "hold: most requests are never kept."
        )
    if found.outcomes.repeated and found.labels:
        told.append(f"{counted(found.outcomes.repeated, 'outcome')} came again.")
    if found.outcomes.contradicted:
        told.append(
            f"{counted(found.outcomes.contradicted, 'request')} with different outcomes, which "
            "count as none."
        )
    return told
