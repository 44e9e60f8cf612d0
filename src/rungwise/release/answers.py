"""Answers beside the rows that were asked: as a table, and written as CSV, Parquet or JSONL."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
import polars as pl

from rungwise.errors import InputError, StorageError
from rungwise.files import written

if TYPE_CHECKING:
    from rungwise.table import Predictions

Form = Literal["csv", "tsv", "parquet", "jsonl"]
FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
SLICE = 8192
"""Rows that become text at a time."""
PREFIX = "rungwise_"
BESIDE = ("id", "probabilities", "error", "line")
"""What JSONL has beside the columns of the other formats."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that a release was asked.

    Attributes:
        given: The user's columns (n).
        ids: The id of each row (n).
        lines: 1-based line of each row (n), null where unknown.
        reasons: Why a row could not be answered (n), null for those that were.
        objects: Each row as a JSON object (n), null where it is none; None if `given` is all
            that there is.
    """

    given: pl.DataFrame
    ids: pl.Series
    lines: pl.Series
    reasons: pl.Series
    objects: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A row for a row, in order.

    Attributes:
        asked: The rows (n).
        answers: `label`, or `output` where text is generated, `confidence`, `review` and
            `release` (n), each under a name that no column of the user's has.
        beside: `id`, `probabilities` where the model gives some, `error` and `line` (n),
            under such names.
        cut: Whether each generated text ended at its limit (n), null without an answer; None for
            labels.
    """

    asked: Asked
    answers: pl.DataFrame
    beside: pl.DataFrame
    cut: pl.Series | None = None

    @property
    def table(self) -> pl.DataFrame:
        """The user's columns and the answers (n)."""
        return pl.concat([self.asked.given, self.answers], how="horizontal")


def answered(asked: Asked, predictions: Predictions, release: str) -> Answered:
    """Put answers beside the rows that were asked.

    Args:
        asked: The rows (n).
        predictions: Of the rows without a reason (m), in their order.
        release: The version that answered; stands beside every row, answered or not.
    """
    open_ = asked.reasons.is_null()
    places = pl.select(
        pl.when(pl.lit(open_)).then(pl.lit(open_).cast(pl.UInt32).cum_sum() - 1)
    ).to_series()
    answer = "label" if predictions.written is None else "output"
    found = {answer: predictions.outputs.cast(pl.String)}
    shares = None
    if predictions.scores is not None:
        found["confidence"] = _confidence(predictions)
        shares = pl.DataFrame(predictions.scores, schema=list(predictions.classes))
    made = pl.DataFrame(
        {
            answer: found[answer].gather(places),
            "confidence": found["confidence"].gather(places) if shares is not None else None,
            "review": predictions.review.gather(places) if predictions.review is not None else None,
            "release": release,
        },
        {
            answer: pl.String,
            "confidence": pl.Float32,
            "review": pl.Boolean,
            "release": pl.String,
        },
    )
    beside = pl.DataFrame([asked.ids.alias("id")])
    if shares is not None:
        beside = beside.with_columns(shares.to_struct("probabilities").gather(places))
    beside = beside.with_columns(asked.reasons.alias("error"), asked.lines.alias("line"))
    taken = _taken(asked, (*made.columns, *BESIDE))
    if "id" in taken:  # the user's own
        beside = beside.drop("id")
    names = {name: _free(name, taken) for name in (*made.columns, *BESIDE)}
    written = predictions.written
    cut = None if written is None else (written["ended"] == "length").gather(places)
    return Answered(
        asked, made.rename(names, strict=False), beside.rename(names, strict=False), cut
    )


def _confidence(predictions: Predictions) -> pl.Series:
    """Probability of each row's label (m); of a label without one, the largest."""
    scores = predictions.scores
    assert scores is not None, "labels with probabilities"
    place = {label: at for at, label in enumerate(predictions.classes)}
    chosen = predictions.outputs.replace_strict(place, default=None, return_dtype=pl.Int64)
    known = chosen.is_not_null().to_numpy()
    largest = scores.max(axis=1, initial=0)
    largest[known] = scores[np.flatnonzero(known), chosen.drop_nulls().to_numpy()]
    return pl.Series(largest, dtype=pl.Float32)


def _taken(asked: Asked, names: Sequence[str]) -> set[str]:
    """The user's columns, and those of the names that are keys of a JSON object of theirs."""
    taken = set(asked.given.columns)
    if asked.objects is not None:
        found = pl.DataFrame([asked.objects.alias("object")]).select(
            pl.col("object").str.contains(rf'"{name}"\s*:').any().alias(name) for name in names
        )
        taken |= {name for name in names if found[name][0]}
    return taken


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = PREFIX + name
    return name


def form(target: Path) -> Form:
    """The format that a file's name asks for.

    Raises:
        InputError: None that is written.
    """
    known = FORMS.get(target.suffix.lower())
    if known is None:
        raise InputError(
            f"{target.name} names no format that answers are written in",
            "End the name in .csv, .tsv, .parquet or .jsonl.",
        )
    return known


def write(made: Answered, target: Path | BinaryIO, form: Form = "jsonl") -> None:
    """Write answers, a row for a row.

    CSV, TSV and Parquet have the user's columns, then the answers. JSONL has `id` and
    `probabilities` too, and where a row could not be answered `error` and `line`.

    Args:
        made: The answers.
        target: A path, which appears only once it is whole, or an open stream such as
            `sys.stdout.buffer`.
        form: How they are written.

    Raises:
        StorageError: The disk is full or the folder read-only.
    """
    whole = written(target) if isinstance(target, Path) else contextlib.nullcontext(target)
    try:
        with whole as file:
            _write(made, file, form)
            file.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough, as `head` does
    except OSError as error:
        raise _refused(target, error) from error


def _write(made: Answered, file: BinaryIO, form: Form) -> None:
    if form == "jsonl":
        file.writelines(_objects(made))
    elif form == "parquet":
        whole = io.BytesIO()  # so that a full disk is an error of ours and not of the library
        made.table.write_parquet(whole)
        file.write(whole.getbuffer())
    else:
        separator = "\t" if form == "tsv" else ","
        for start in range(0, max(1, len(made.answers)), SLICE):
            rows = made.table.slice(start, SLICE)
            text = rows.write_csv(separator=separator, include_header=start == 0)
            file.write(text.encode("utf-8"))


def _objects(made: Answered) -> Iterator[bytes]:
    """JSON lines: the user's object and the answers' as one."""
    given, objects = made.asked.given, made.asked.objects
    failed = [_free(name, set(given.columns)) for name in ("error", "line")]
    failed = [name for name in made.beside.columns if name in failed]
    for start in range(0, len(made.answers), SLICE):
        theirs = _lines(given.slice(start, SLICE), len(made.answers) - start)
        if objects is not None:
            kept = objects.slice(start, SLICE)
            theirs = [line if line is not None else "{}" for line in kept]
        beside = made.beside.slice(start, SLICE)
        parts = [made.answers.slice(start, SLICE), beside.drop(failed)]
        ours = _lines(pl.concat(parts, how="horizontal"), SLICE)
        why = _lines(beside.select(failed), SLICE)
        answered = made.asked.reasons.slice(start, SLICE).is_null()
        for own, answer, reason, good in zip(theirs, ours, why, answered, strict=False):
            pieces = [own, answer] if good else [own, answer, reason]
            inner = (piece.strip()[1:-1].strip() for piece in pieces)
            yield ("{" + ",".join(piece for piece in inner if piece) + "}\n").encode("utf-8")


def _lines(rows: pl.DataFrame, count: int) -> list[str]:
    if not rows.width:
        return ["{}"] * min(count, SLICE)
    return rows.write_ndjson().splitlines()


def _refused(target: Path | BinaryIO, error: OSError) -> StorageError:
    if isinstance(target, Path) and isinstance(error, FileNotFoundError):
        return StorageError(
            f"{target} cannot be written: there is no folder {target.parent}",
            "Make the folder, or name another file.",
        )
    name = target if isinstance(target, Path) else "The output"
    return StorageError(
        f"{name} cannot be written: {error.strerror}",
        "Free space or permissions there, then run the same command again.",
    )
