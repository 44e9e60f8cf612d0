"""Writing answers as JSON lines, one a row of the input, in its order."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import polars as pl

from rungwise.errors import StorageError

if TYPE_CHECKING:
    from rungwise.records import Quarantined
    from rungwise.table import Predictions

SLICE = 8192
"""Rows that become text at a time."""


def write(
    predictions: Predictions,
    lines: pl.Series,
    unread: Sequence[Quarantined],
    release: str,
    target: Path | BinaryIO,
) -> None:
    """Write one JSON object a row of the input.

    A row that was answered gives `id`, `label`, `probabilities` (class → share, where the model
    gives any) and `release`, or where text was generated `id`, `output` and `release`; a row that
    could not be read gives `id` (null where it has none), `error`, `line` and `release`: nothing
    is dropped silently.

    Args:
        predictions: The answers, in input order.
        lines: Line of each answered row in the input, ascending; null where unknown.
        unread: Rows that were set aside; each stands where its line says.
        release: The version that answered.
        target: A path, which appears only once it is whole, or an open stream such as
            `sys.stdout.buffer`.

    Raises:
        StorageError: The disk is full or the folder read-only.
    """
    pieces = _pieces(predictions, lines, unread, release)
    if isinstance(target, Path):
        with _whole(target) as file:
            file.writelines(pieces)
        return
    try:
        target.writelines(pieces)
        target.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough, as `head` does
    except OSError as error:
        raise _refused("The output", error) from error


def _pieces(
    predictions: Predictions, lines: pl.Series, unread: Sequence[Quarantined], release: str
) -> Iterator[bytes]:
    table = _table(predictions, release)
    waiting = sorted(unread, key=lambda row: row.line)
    # A row without a line stands where the row before it does.
    known = lines.cast(pl.Int64).fill_null(strategy="forward").fill_null(0).cum_max().to_numpy()
    places = np.searchsorted(known, [row.line for row in waiting])
    done = 0
    for row, place in zip(waiting, places.tolist(), strict=True):
        yield from _answers(table[done:place])
        yield _error(row, release)
        done = place
    yield from _answers(table[done:])


def _table(predictions: Predictions, release: str) -> pl.DataFrame:
    answer = "label" if predictions.written is None else "output"
    columns = [predictions.ids.alias("id"), predictions.outputs.alias(answer)]
    if predictions.scores is not None:
        shares = pl.DataFrame(predictions.scores, schema=list(predictions.classes))
        columns.append(shares.to_struct("probabilities"))
    return pl.DataFrame(columns).with_columns(release=pl.lit(release))


def _answers(table: pl.DataFrame) -> Iterator[bytes]:
    for piece in table.iter_slices(SLICE):
        buffer = io.BytesIO()
        piece.write_ndjson(buffer)
        yield buffer.getvalue()


def _error(row: Quarantined, release: str) -> bytes:
    answer = {"id": row.id or None, "error": row.reason, "line": row.line, "release": release}
    return (json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` once it is complete."""
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(str(target), error) from error


def _refused(target: str, error: OSError) -> StorageError:
    return StorageError(
        f"{target} cannot be written: {error.strerror}",
        "Free space or permissions there, then run the same command again.",
    )
