"""People, addresses and numbers in texts, as the learnt reader finds them (R18).

A row that takes too long or is too long is *unchecked*, never clean. All of it is numpy: an audit
that runs before anything is measured must not wait for torch.
"""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.learnt import values
from rungwise.data.personal.plain import only_plain
from rungwise.data.personal.reading import LONGEST, Reading
from rungwise.data.personal.written import written
from rungwise.errors import ModelError
from rungwise.modalities.text import tagger
from rungwise.progress import Progress
from rungwise.settings import cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.modalities.text import TextBackbone
    from rungwise.modalities.text.bert import Blocks
    from rungwise.modalities.text.pieces import Pieces

ENCODER = "all-MiniLM-L6-v2"
"""The packaged encoder, with which the reader learnt."""
ROWS, WINDOWS = 1_000, 32
"""Rows whose answers are held at a time, and windows that are read at a time."""


@cache
def reader() -> tagger.Tagger:
    """The reader that comes with the package."""
    with as_file(files("rungwise.data.personal").joinpath("tagger.safetensors")) as path:
        return tagger.load(path)


def read(texts: pl.Series, backbone: TextBackbone, seconds: float, progress: Progress) -> Reading:
    """Have the learnt reader look at every row that holds more than plain words.

    Args:
        texts: Raw cells (n).
        backbone: The encoder that it learnt with.
        seconds: Longest time for one row.
        progress: Where long work is reported.

    Raises:
        ModelError: It learnt with another version of the encoder.
    """
    if backbone.digest != reader().encoder:
        raise ModelError(
            f"The reader of names learnt with another {ENCODER} than the one installed",
            "Install the version that `rungwise[offline]` asks for.",
        )
    chosen = (~only_plain(texts)).arg_true().to_list()
    blocks = backbone.first_blocks(max(reader().boundaries)) if chosen else None
    found: list[tuple[int, int, int, str]] = []
    unchecked: list[int] = []
    begins = range(0, len(chosen), ROWS)
    for begin in progress.over(begins, "names and addresses", len(begins)):
        assert blocks is not None, "there are rows to read"
        rows = chosen[begin : begin + ROWS]
        spans, left = _in_slice([texts[row] or "" for row in rows], backbone, blocks, seconds)
        found += [(rows[place], start, end, kind) for place, start, end, kind in spans]
        unchecked += [rows[place] for place in left]
    return Reading(pl.DataFrame(found, SCHEMA, orient="row"), tuple(unchecked))


def _in_slice(
    cells: list[str], backbone: TextBackbone, blocks: Blocks, seconds: float
) -> tuple[list[tuple[int, int, int, str]], list[int]]:
    late = {row for row, text in enumerate(cells) if len(text) > LONGEST}
    pieces = backbone.pieces(["" if row in late else text for row, text in enumerate(cells)])
    chances, slow = answers(pieces, cells, blocks, seconds)
    late |= slow
    found = []
    for row, text in enumerate(cells):
        begin, end = pieces.offsets[row : row + 2]
        if row not in late and end > begin:
            starts, ends = pieces.starts[begin:end].tolist(), pieces.ends[begin:end].tolist()
            own = values(text, starts, ends, chances[begin:end], reader().kinds, reader().least)
            found += [(row, *span) for span in own]
    return found, sorted(late)


def answers(
    pieces: Pieces, cells: list[str], blocks: Blocks, seconds: float
) -> tuple[NDArray[np.float32], set[int]]:
    """Read texts in windows.

    Args:
        pieces: The texts in pieces.
        cells: The texts (n).
        blocks: The encoder's first blocks.
        seconds: Longest time for one row.

    Returns:
        Chances of every piece (pieces, 1 + kinds), and the rows that took too long.
    """
    traits = np.concatenate(
        [
            written(text, pieces.starts[begin:end].tolist(), pieces.ends[begin:end].tolist())
            for text, begin, end in zip(cells, pieces.offsets[:-1], pieces.offsets[1:], strict=True)
        ]
    )
    chances = np.zeros((len(traits), 1 + len(reader().kinds)), np.float32)
    windows = pieces.windows()
    rows = np.searchsorted(pieces.offsets, windows[:, 0], side="right") - 1
    order = np.argsort(windows[:, 1] - windows[:, 0], kind="stable")
    spent: defaultdict[int, float] = defaultdict(float)

    def look(at: int) -> tuple[list[int], float]:
        chosen = [
            one for one in order[at : at + WINDOWS] if spent.get(int(rows[one]), 0.0) <= seconds
        ]
        if not chosen:
            return [], 0.0
        began = time.monotonic()
        batch = windows[chosen]
        ids, mask = pieces.batch(batch)
        hidden = blocks.inputs(ids, mask, reader().boundaries)[:, 1:-1]
        told = reader().chances(hidden, [traits[first:last] for first, last in batch[:, :2]])
        for (first, _, since, until), answer in zip(batch, told, strict=True):
            chances[since:until] = answer[since - first : until - first]
        return rows[chosen].tolist(), (time.monotonic() - began) / len(chosen)

    # A thread a core, each with batches of its own: the threads of BLAS wait for each other in
    # every product, spinning, and take four times as long on a machine that others use as well.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(cores()) as pool:
        for looked, each in pool.map(look, range(0, len(order), WINDOWS)):
            for row in looked:
                spent[row] += each
    return chances, {row for row, took in spent.items() if took > seconds}
