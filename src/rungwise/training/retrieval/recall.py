"""Whether what is needed was found, apart from whether the answer was right (R39)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.normalise import normalised, signed, wording
from rungwise.evaluation.proportions import wilson
from rungwise.records import Numbers
from rungwise.table import Examples
from rungwise.training.retrieval.best import NONE

SIGN = re.compile(r"^[+\-<>=≤≥]|^[^\W\d]\W")
"""What an answer must keep: `-3` is not found in a chunk that says `3`, nor `c++` in `c`."""
AT = (1, 5, 10)
"""Chunks among which what is needed should be."""


def recall(
    found: NDArray[np.int64],
    rows: Examples,
    chunks: pl.DataFrame,
    of_row: Mapping[str, str],
    level: float,
) -> Numbers:
    """Share of rows for which one of the first k chunks is of the row's own document.

    Where no row names its document, the share for which one of them holds the expected answer,
    among the rows whose answer any chunk holds; of a short answer that is too kind, as a chunk may
    hold it by chance. `by` says which.

    Args:
        found: Places of chunks (rows, at least 10 where there are so many), the best first.
        rows: What was asked, and the expected answers.
        chunks: As `chunking.SCHEMA`.
        of_row: Row id → document.
        level: Of the intervals (Wilson).

    Returns:
        `by`, and `recall@1`, `recall@5`, `recall@10`: `value`, `low`, `high`, `rows`. Without a
        single row to judge by there is no recall.
    """
    wanted = [of_row.get(id_) for id_ in rows.inputs.ids]
    if any(one is not None for one in wanted):
        by, right = "document", _of_document(found, wanted, chunks)
    else:
        by, right = "answer", _with_answer(found, rows.expected, chunks)
    counted = right[right[:, -1] != NONE]
    if not len(counted):
        return {"by": by}
    return {"by": by, **{f"recall@{k}": _share(counted[:, :k], level) for k in AT}}


def _share(right: NDArray[np.int64], level: float) -> Numbers:
    hits, rows = int((right == 1).any(axis=1).sum()), len(right)
    low, high = wilson(hits, rows, level)
    return {"value": hits / rows, "low": low, "high": high, "rows": rows}


def _of_document(
    found: NDArray[np.int64], wanted: list[str | None], chunks: pl.DataFrame
) -> NDArray[np.int64]:
    """1 where a found chunk is of the right document (rows, depth); `NONE` in rows without one."""
    documents = np.array([*chunks["document"], ""], dtype=object)[found]
    right: NDArray[np.int64] = np.equal(documents, np.array(wanted, dtype=object)[:, None]).astype(
        np.int64
    )
    right[[one is None for one in wanted]] = NONE
    return right


def _with_answer(
    found: NDArray[np.int64], expected: pl.Series, chunks: pl.DataFrame
) -> NDArray[np.int64]:
    """1 where a found chunk holds the answer (rows, depth); `NONE` in rows whose none does."""
    texts, signs = _words_and_signs(chunks["text"])
    together = "\n".join(texts)
    right = np.full(found.shape, NONE, np.int64)
    for row, (answer, its) in enumerate(zip(*_words_and_signs(expected), strict=True)):
        if not answer.strip() or answer not in together:
            continue

        def holds(place: int, answer: str = answer, its: set[str] = its) -> bool:
            return answer in texts[place] and its <= signs[place]

        hits = [place != NONE and holds(place) for place in found[row].tolist()]
        if any(hits) or not its or any(holds(place) for place in range(len(texts))):
            right[row] = hits
    return right


def _words_and_signs(texts: pl.Series) -> tuple[list[str], list[set[str]]]:
    """The words of each text between spaces, and its numbers and letters that have a sign."""
    same = normalised(texts)
    signs = [{one for one in found if SIGN.search(one)} for found in signed(same)]
    return (" " + wording(same) + " ").to_list(), signs
