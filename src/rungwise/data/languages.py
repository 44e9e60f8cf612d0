"""Which language a text is written in, where enough of it is there to say so (R16).

By py3langid: naive Bayes on byte n-grams, 139 languages, a model of 5 MB that needs no network
(Lui & Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool").
"""

from __future__ import annotations

import functools
import re
from typing import Any

import polars as pl

LETTERS = 25
"""A text with fewer is not judged: `Card not working?` has too little to tell by."""
SURE = 0.95
"""Posterior below which a text is not judged; high, for naive Bayes is too sure of itself."""
BESIDE = re.compile(r"https?://\S+|\S+@\S+|[@#]\w+|\d+")
"""Addresses, mentions and numbers are in no language."""


def languages(texts: pl.Series) -> pl.Series:
    """ISO 639 codes, such as `en` (n); null where a text is too short or too mixed to say.

    Args:
        texts: Strings (n), no nulls.
    """
    identifier = _identifier()
    return pl.Series("language", [_one(text, identifier) for text in texts], dtype=pl.String)


def _one(text: str, identifier: Any) -> str | None:
    plain = BESIDE.sub(" ", text[:2000])
    if sum(map(str.isalpha, plain)) < LETTERS:
        return None
    code, probability = identifier.classify(plain)
    return str(code) if probability >= SURE and code != "zxx" else None


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
