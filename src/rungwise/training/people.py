"""People, addresses and numbers in texts, as the learnt reader finds them (R18).

A row that takes too long or is too long is *unchecked*, never clean.
"""

from __future__ import annotations

import time
from collections import defaultdict
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.learnt import values
from rungwise.data.personal.reading import LONGEST, Reading
from rungwise.data.personal.written import written
from rungwise.errors import ModelError
from rungwise.progress import Progress
from rungwise.training.tagger import Tagger, chances, load
from rungwise.training.trunk import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENCODER = "all-MiniLM-L6-v2"
"""The packaged encoder, with which the reader learnt."""
ROWS, WINDOWS = 1_000, 32
"""Rows whose answers are held at a time, and windows that are read at a time."""


def tagger() -> Tagger:
    """The reader that comes with the package."""
    with as_file(files("rungwise.data.personal").joinpath("tagger.safetensors")) as path:
        return load(path)


def read(texts: pl.Series, trunk: Trunk, seconds: float, progress: Progress) -> Reading:
    """Have the learnt reader look at every row.

    Args:
        texts: Raw cells (n).
        trunk: The encoder that it learnt with.
        seconds: Longest time for one row.
        progress: Where long work is reported.

    Raises:
        ModelError: It learnt with another version of the encoder.
    """
    reader = tagger()
    if trunk.backbone.digest != reader.described.encoder:
        raise ModelError(
            f"The reader of names learnt with another {ENCODER} than the one installed",
            "Install the version that `rungwise[offline]` asks for.",
        )
    found: list[tuple[int, int, int, str]] = []
    unchecked: list[int] = []
    begins = range(0, len(texts), ROWS)
    for begin in progress.over(begins, "names and addresses", len(begins)):
        part = texts.slice(begin, ROWS)
        spans, left = _in_slice(part, reader, trunk, seconds)
        found += [(row + begin, start, end, kind) for row, start, end, kind in spans]
        unchecked += [row + begin for row in left]
    return Reading(pl.DataFrame(found, SCHEMA, orient="row"), tuple(unchecked))


def _in_slice(
    texts: pl.Series, reader: Tagger, trunk: Trunk, seconds: float
) -> tuple[list[tuple[int, int, int, str]], list[int]]:
    cells = [text or "" for text in texts]
    late = {row for row, text in enumerate(cells) if len(text) > LONGEST}
    backbone: Any = trunk.backbone
    pieces = backbone.pieces(["" if row in late else text for row, text in enumerate(cells)])
    answers, slow = _answers(pieces, cells, reader, trunk, seconds)
    late |= slow
    described, found = reader.described, []
    for row, text in enumerate(cells):
        begin, end = pieces.offsets[row : row + 2]
        if row not in late and end > begin:
            starts, ends = pieces.starts[begin:end].tolist(), pieces.ends[begin:end].tolist()
            own = values(text, starts, ends, answers[begin:end], described.kinds, described.least)
            found += [(row, *span) for span in own]
    return found, sorted(late)


def _answers(
    pieces: Any, cells: list[str], reader: Tagger, trunk: Trunk, seconds: float
) -> tuple[NDArray[np.float32], set[int]]:
    """Chances of every piece (pieces, 1 + kinds), and the rows that took too long."""
    traits = np.concatenate(
        [
            written(text, pieces.starts[begin:end].tolist(), pieces.ends[begin:end].tolist())
            for text, begin, end in zip(cells, pieces.offsets[:-1], pieces.offsets[1:], strict=True)
        ]
    )
    answers = np.zeros((len(traits), 1 + len(reader.described.kinds)), np.float32)
    windows = pieces.windows()
    rows = np.searchsorted(pieces.offsets, windows[:, 0], side="right") - 1
    order = np.argsort(windows[:, 1] - windows[:, 0], kind="stable")
    spent: defaultdict[int, float] = defaultdict(float)
    for at in range(0, len(order), WINDOWS):
        chosen = [one for one in order[at : at + WINDOWS] if spent[int(rows[one])] <= seconds]
        if not chosen:
            continue
        began = time.monotonic()
        batch = windows[chosen]
        own = [traits[first:last] for first, last in batch[:, :2]]
        told = chances(reader, trunk.encoder, pieces.batch(batch), own)
        for (first, _, since, until), answer in zip(batch, told, strict=True):
            answers[since:until] = answer[since - first : until - first]
        each = (time.monotonic() - began) / len(chosen)
        for one in chosen:
            spent[int(rows[one])] += each
    return answers, {row for row, took in spent.items() if took > seconds}
