"""Texts as pieces with their places, and the windows in which an encoder reads them whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW, MARGIN = 126, 16
"""Pieces that are read at a time, and how many at an inner edge are read for context alone."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Token ids of texts, special tokens left out, and where they stand.

    Attributes:
        flat: Ids of all texts, one after the other (pieces).
        starts: Where each begins in its text, in code points (pieces).
        ends: Where it ends, exclusive (pieces).
        offsets: Where each text starts; the last one is the end (texts + 1).
        around: The ids that stand before and behind every window.
        pad_id: The id that fills a batch up.
    """

    flat: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    offsets: NDArray[np.int64]
    around: tuple[int, int]
    pad_id: int

    def windows(self) -> NDArray[np.int64]:
        """First piece, last (exclusive), and the ones between which it answers (windows, 4).

        Neighbours overlap, so that every piece but those at the ends of a text is answered with
        `MARGIN` pieces on either side.
        """
        found: list[tuple[int, int, int, int]] = []
        for begin, end in zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True):
            first = answered = begin
            while answered < end:
                last = min(first + WINDOW, end)
                until = end if last == end else last - MARGIN
                found.append((first, last, answered, until))
                answered, first = until, until - MARGIN
        return np.array(found, np.int64).reshape(-1, 4)

    def batch(self, windows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids and mask (windows, longest + 2), with the special tokens, padded on the right."""
        lengths = windows[:, 1] - windows[:, 0]
        columns = np.arange(lengths.max(initial=0) + 2) - 1
        inside = (columns >= 0) & (columns < lengths[:, None])
        ids = self.flat[np.where(inside, windows[:, :1] + columns, 0)]
        ids = np.where(inside, ids, self.pad_id)
        ids[:, 0] = self.around[0]
        ids[np.arange(len(windows)), lengths + 1] = self.around[1]
        return ids, (columns <= lengths[:, None]).astype(np.int64)


def pieces(texts: Sequence[str], tokenizer: Any, around: tuple[int, int], pad_id: int) -> Pieces:
    """Cut texts into pieces; nothing is left off, however long they are."""
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    counts = np.cumsum([0, *(len(one.ids) for one in encoded)])
    flat = np.array([id for one in encoded for id in one.ids], np.int64)
    places = np.array([pair for one in encoded for pair in one.offsets], np.int64).reshape(-1, 2)
    return Pieces(flat, places[:, 0], places[:, 1], counts, around, pad_id)
