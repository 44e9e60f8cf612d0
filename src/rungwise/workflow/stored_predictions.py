"""Predictions and prompts as Parquet: a row each, so that a new metric needs no new run (R32)."""

from __future__ import annotations

import io

import numpy as np
import polars as pl

from rungwise.table import WRITTEN, Predictions

SCORE, PROMPT = "score:", "prompt"


def as_bytes(predictions: Predictions, *, prompts: bool = False) -> bytes:
    """A Parquet file: `id`, `output`, `score:CLASS` of each class, and `WRITTEN` of texts.

    Args:
        predictions: The answers.
        prompts: Whether `prompt` goes into it as well, if a model was asked.
    """
    frame = pl.DataFrame({"id": predictions.ids, "output": predictions.outputs})
    if predictions.scores is not None:
        scores = [
            pl.Series(f"{SCORE}{name}", predictions.scores[:, place])
            for place, name in enumerate(predictions.classes)
        ]
        frame = frame.hstack(scores)
    if predictions.written is not None:
        asked = prompts and PROMPT in predictions.written.columns
        columns = [PROMPT, *WRITTEN] if asked else list(WRITTEN)
        frame = frame.hstack(predictions.written.select(columns))
    return _parquet(frame)


def of_bytes(content: bytes, classes: tuple[str, ...]) -> Predictions:
    """What `as_bytes` wrote; `classes` are those of the split, where no score names any."""
    frame = pl.read_parquet(io.BytesIO(content))
    scored = [name for name in frame.columns if name.startswith(SCORE)]
    scores = frame.select(scored).to_numpy().astype(np.float32) if scored else None
    named = tuple(name.removeprefix(SCORE) for name in scored)
    told = [name for name in (PROMPT, *WRITTEN) if name in frame.columns]
    written = frame.select(told) if told else None
    return Predictions(frame["id"], frame["output"], scores, named or classes, written)


def prompts_as_bytes(predictions: Predictions) -> bytes:
    """A Parquet file of `id` and `prompt`; empty where no text was generated.

    Prompts share their beginning, which costs next to nothing once compressed.
    """
    if predictions.written is None or PROMPT not in predictions.written.columns:
        return b""
    frame = pl.DataFrame({"id": predictions.ids, PROMPT: predictions.written[PROMPT]})
    return _parquet(frame)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
