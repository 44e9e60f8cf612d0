"""A made-up encoder for tests: texts with the same letters lie together."""

from __future__ import annotations

import string

import numpy as np
import polars as pl
from numpy.typing import NDArray


def letters(texts: pl.Series) -> NDArray[np.float32]:
    """How often each letter and digit occurs, at unit length (n, 36)."""
    lower = texts.str.to_lowercase()
    signs = string.ascii_lowercase + string.digits
    columns = [lower.str.count_matches(sign, literal=True).to_numpy() for sign in signs]
    counts = np.stack(columns, axis=1).astype(np.float32)
    lengths = np.linalg.norm(counts, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = counts / np.maximum(lengths, 1)
    return scaled


def longer(texts: pl.Series) -> NDArray[np.bool_]:
    """Whether a text has more than 12 characters."""
    return (texts.str.len_chars() > 12).to_numpy()
