"""Check digits of many numbers at once."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

WIDEST_CARD = 19
"""Digits of the longest card number (ISO/IEC 7812)."""
WIDEST_IBAN = 34
"""Characters of the longest IBAN (ISO 13616)."""


def luhn(numbers: pl.Series) -> NDArray[np.bool_]:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B).

    Args:
        numbers: Digits alone, at most 19 (n).
    """
    digits = _codes(numbers.str.pad_start(WIDEST_CARD, "0"), WIDEST_CARD).astype(np.int64) - 48
    doubled = digits[:, -2::-2] * 2
    total = digits[:, -1::-2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    return np.asarray(total % 10 == 0)


def mod_97(numbers: pl.Series) -> NDArray[np.bool_]:
    """Whether an IBAN's check digits hold: moved to the end, letters as 10 to 35, it is 1 mod 97.

    Args:
        numbers: Upper-case letters and digits alone, 5 to 34 (n) (ISO 13616, ISO/IEC 7064).
    """
    turned = numbers.str.slice(4) + numbers.str.head(4)
    codes = _codes(turned.str.pad_start(WIDEST_IBAN, "0"), WIDEST_IBAN).astype(np.int64)
    letter = codes >= ord("A")
    digit = np.where(letter, codes - ord("A") + 10, codes - ord("0"))
    remainder = np.zeros(len(numbers), np.int64)
    for column in range(WIDEST_IBAN):
        factor = np.where(letter[:, column], 100, 10)
        remainder = (remainder * factor + digit[:, column]) % 97
    return np.asarray(remainder == 1)


def _codes(texts: pl.Series, width: int) -> NDArray[np.uint8]:
    """ASCII codes (n, width) of texts that all have `width` characters."""
    if texts.is_empty():
        return np.zeros((0, width), np.uint8)
    return np.frombuffer(texts.str.join("")[0].encode("ascii"), np.uint8).reshape(-1, width)
