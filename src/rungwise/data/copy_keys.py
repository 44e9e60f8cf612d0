"""A number for each text that its copies share: what comparing texts needs to hold of them."""

from __future__ import annotations

import polars as pl

from rungwise.data.normalise import normalised
from rungwise.data.spool import batches


def copy_keys(texts: pl.Series) -> pl.Series:
    """Texts with the same key are the same to a reader (R21): see `normalised`.

    Of sentence punctuation alone nothing is left; such texts are compared as they are.

    A key is a hash of 64 bits: the chance that any two of ten million different texts share
    one is three in a million. It holds within one process; never store it.

    Args:
        texts: Strings (n), no nulls; they may be larger than memory.

    Returns:
        UInt64 (n), aligned.
    """
    size = int(texts.str.len_bytes().sum() or 0)
    keys = [_same(texts[part]).hash(seed=21) for part in batches(len(texts), size)]
    return pl.concat(keys).alias(texts.name) if keys else texts.cast(pl.UInt64)


def _same(texts: pl.Series) -> pl.Series:
    same = normalised(texts)
    return same.zip_with(same != "", texts.str.strip_chars())
