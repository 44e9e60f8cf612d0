"""Pairs of answers to one prompt as token ids; nothing is cut, what does not fit is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.models.language.local import LocalLanguageModel
from rungwise.table import Examples
from rungwise.training.language.supervised import Supervised, supervised
from rungwise.training.prompting.prompted import Prompted

NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Pairs:
    """Two answers to each prompt.

    Attributes:
        chosen, rejected: Prompt, answer and stop token of each pair, aligned (n).
        unpaired: Rows without a rejected answer, or whose two answers are the same.
        too_long: Pairs of which one side is longer than the model reads.
        longest: Tokens of the longest side, those left out included.
    """

    chosen: Supervised
    rejected: Supervised
    unpaired: int
    too_long: int
    longest: int

    def __len__(self) -> int:
        return len(self.chosen.ids)

    @property
    def sides(self) -> tuple[Supervised, Supervised]:
        """The chosen side, and the rejected one."""
        return self.chosen, self.rejected

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of the longer side (n)."""
        return np.maximum(self.chosen.lengths, self.rejected.lengths)


def pairs(
    model: LocalLanguageModel, prompted: Prompted, part: Examples, rejected: pl.Series
) -> Pairs:
    """Code what is asked and both answers.

    Args:
        model: Whose tokenizer, chat template and context are used.
        prompted: Puts the prompts together.
        part: Its expected answers are the chosen ones (rows).
        rejected: The others; null where there is none (rows).

    Raises:
        ModelError: See `supervised.stop_token`.
    """
    paired = rejected.is_not_null() & (rejected != part.expected).fill_null(value=False)
    asked = prompted.prompts(part.inputs.values.filter(paired))
    both = [
        supervised(model, asked, answers.filter(paired).to_list(), NO_LIMIT)
        for answers in (part.expected, rejected)
    ]
    longer = np.maximum(both[0].lengths, both[1].lengths)
    kept = np.flatnonzero(longer <= model.context)
    chosen, other = (_of(side, kept) for side in both)
    return Pairs(
        chosen,
        other,
        unpaired=len(part) - len(longer),
        too_long=len(longer) - len(kept),
        longest=int(longer.max(initial=0)),
    )


def _of(side: Supervised, kept: NDArray[np.int64]) -> Supervised:
    return Supervised(tuple(side.ids[row] for row in kept), side.begins[kept], 0, side.longest)
