"""Texts as short vectors of their words' weights, for whatever compares rows by features."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.near.words import words
from rungwise.data.normalise import normalised

SIZE = 256
"""Length of a vector: distances keep to within some ten percent (Johnson & Lindenstrauss 1984)."""


def vectors(texts: pl.Series, seed: int) -> NDArray[np.float32]:
    """Random projections of the words' weights in bits, float32 (n, `SIZE`), of length 1 or 0."""
    single = words(normalised(texts)).single
    signs = np.random.default_rng(seed).choice(
        np.array([-1, 1], np.float32), (len(single.bits), SIZE)
    )
    projected = np.asarray(single.present @ (signs * single.bits[:, None]), dtype=np.float32)
    length = np.linalg.norm(projected, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(
        projected, length, out=np.zeros_like(projected), where=length > 0
    )
    return unit
