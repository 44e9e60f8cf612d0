"""A long look at many rows in pieces: each is kept when it is done, and not asked for again.

Text is written at seconds a row. A test of hundreds of rows that is interrupted goes on where it
was; what is answered does not depend on the rows that it is asked beside.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from rungwise.files import written
from rungwise.objects import digest_json
from rungwise.progress import Progress, Silent
from rungwise.protocols import Fitted
from rungwise.table import Inputs, Predictions
from rungwise.workflow.stored_predictions import as_bytes, of_bytes

PIECE = 32
"""Rows that an interruption costs at most."""


class Within(Silent):
    """Passes on what is said, and shows no bar: the pieces are what is counted."""

    def __init__(self, progress: Progress) -> None:
        self._shown = progress

    def say(self, message: str) -> None:
        """Pass the message on."""
        self._shown.say(message)


def in_pieces(
    fitted: Fitted, inputs: Inputs, attempt: str, folder: Path, progress: Progress
) -> Predictions:
    """Answer every input, in order.

    Args:
        fitted: What answers.
        inputs: The rows.
        attempt: Id of the attempt that `fitted` was restored from.
        folder: Keeps what is done until `forget`.
        progress: Where to report.
    """
    place = _place(folder, attempt, inputs)
    place.mkdir(parents=True, exist_ok=True)
    starts = range(0, max(1, len(inputs)), PIECE)
    known = {start: place / f"{start}.parquet" for start in starts}
    if done := sum(path.is_file() for path in known.values()):
        rows = min(done * PIECE, len(inputs))
        progress.say(f"{rows:,} of {len(inputs):,} rows were answered before the interruption.")
    pieces = []
    for start in progress.over(starts, f"answering {len(inputs):,} rows", len(starts)):
        path = known[start]
        if not path.is_file():
            piece = Inputs(inputs.ids.slice(start, PIECE), inputs.values.slice(start, PIECE))
            _keep(fitted.predict(piece, Within(progress)), path)
        pieces.append(of_bytes(path.read_bytes(), ()))
    written = [piece.written for piece in pieces if piece.written is not None]
    outputs = pl.concat([piece.outputs for piece in pieces])
    return Predictions(inputs.ids, outputs, None, (), pl.concat(written))


def forget(folder: Path, attempt: str, inputs: Inputs) -> None:
    """Remove what was kept, once the whole is on record."""
    shutil.rmtree(_place(folder, attempt, inputs), ignore_errors=True)


def _place(folder: Path, attempt: str, inputs: Inputs) -> Path:
    asked = {"ids": inputs.ids.to_list(), "values": inputs.values.to_list()}
    return folder / digest_json({"attempt": attempt, **asked})


def _keep(predictions: Predictions, path: Path) -> None:
    with written(path) as file:
        file.write(as_bytes(predictions, prompts=True))
