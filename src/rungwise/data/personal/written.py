"""How each piece of a text is written: what an encoder that folds case no longer sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRAITS = 14
LONG = 10
"""Digits from which a number counts as long."""


def written(text: str, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.float32]:
    """Case, digits and neighbours of the pieces of one text (pieces, `TRAITS`), 0 to 1.

    Args:
        text: The raw cell.
        starts: Where each piece begins, in code points (pieces).
        ends: Where it ends, exclusive (pieces).
    """
    whole = (text != text.lower() and text == text.upper(), text == text.lower())
    traits = np.zeros((len(starts), TRAITS), np.float32)
    ended, reached = True, 0
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        piece = text[start:end]
        if not piece:
            continue
        between = text[reached:start].strip() or text[reached - 1 : reached]
        ended = start == 0 or "\n" in text[reached:start] or between in ".!?:"
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        number = piece.isdigit()
        traits[place] = (
            piece[0].isupper(),
            len(piece) > 1 and piece.isupper(),
            piece.islower(),
            number,
            not piece[0].isalnum(),
            before.isalnum(),
            before in ("", "\n"),
            before == " ",
            after.isalnum(),
            *whole,
            min(len(piece), LONG) / LONG if number else 0,
            ended,
            not piece.isascii(),
        )
        reached = end
    return traits
