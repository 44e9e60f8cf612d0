"""Which language a text is written in, where enough of it is there to say so (R16).

By py3langid: naive Bayes on byte n-grams, 139 languages, a model of 5 MB that needs no network
(Lui & Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool").
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

LETTERS = 25
"""A text with fewer is not judged: `Card not working?` has too little to tell by."""
SURE = 0.95
"""Posterior below which a text is not judged; high, for naive Bayes is too sure of itself."""
LEAST_ROWS, LEAST_SHARE = 3, 0.01
"""A language counts from so many rows and such a part of the judged rows on: below, a few odd texts
may only look like it."""
JOINED, SEEMING, MANY, LIKELY = 200, 0.5, 0.25, 3
"""Of so many short texts: how likely a language is that a text seems to be in, the share of them
from which it counts, and how many times likelier than the next it is for all of them together."""
READ = 2000
"""Characters of a text that tell its language."""
BESIDE = re.compile(r"https?://\S+|\S+@\S+|[@#]\w+|\d+")
"""Addresses, mentions and numbers are in no language."""


def languages(texts: pl.Series) -> pl.Series:
    """ISO 639 codes, such as `en` (n); null where a text is too short or too mixed to say.

    Args:
        texts: Strings (n), no nulls.
    """
    identifier = _identifier()
    read = texts.str.head(READ)  # as columns: long texts would all become strings of Python's
    return pl.Series("language", [_one(text, identifier) for text in read], dtype=pl.String)


def likely_languages(texts: pl.Series) -> pl.Series:
    """ISO 639 codes (n), never null unless no text has anything to tell by.

    A text that is too short to say by itself is taken to be in the likeliest of the languages that
    several others are in, that many short ones seem to be in, or that all short ones, read as one
    text, are in.

    Args:
        texts: Strings (n), no nulls.
    """
    sure = languages(texts)
    counted = sure.drop_nulls().value_counts(name="rows").sort("rows", descending=True)
    enough = pl.max_horizontal(pl.lit(LEAST_ROWS), LEAST_SHARE * pl.col("rows").sum())
    known = counted.filter(pl.col("rows") >= enough)["language"].to_list()
    known = list(dict.fromkeys([*known, *_of_short(texts.filter(sure.is_null()).head(JOINED))]))
    if len(known) < 2:
        return pl.Series("language", known or [None], dtype=pl.String).new_from_index(0, len(texts))
    identifier, told = _identifier(), sure.is_in(known).fill_null(False)
    likeliest = [
        code if is_told else _among(text, known, identifier)
        for text, code, is_told in zip(texts.str.head(READ), sure, told, strict=True)
    ]
    return pl.Series("language", likeliest, dtype=pl.String)


def _of_short(texts: pl.Series) -> list[str]:
    """Languages of texts that say too little alone: what many seem to be in, and all together."""
    plain = [BESIDE.sub(" ", text) for text in texts]
    seeming = [_identifier().classify(text) for text in plain if any(map(str.isalpha, text))]
    counts = Counter(code for code, probability in seeming if probability >= SEEMING)
    found = [code for code, count in counts.most_common() if count >= MANY * len(texts)]
    joined = " ".join(plain)
    if sum(map(str.isalpha, joined)) >= LETTERS:
        (code, probability), (_, next_probability), *_ = _identifier().rank(joined)
        found += [code] if probability >= LIKELY * next_probability else []
    return [str(code) for code in found if code != "zxx"]


def _among(text: str, known: Sequence[str], identifier: Any) -> str:
    """The likeliest of some languages, which stand in the order of their frequency."""
    plain = BESIDE.sub(" ", text)
    if not any(map(str.isalpha, plain)):
        return known[0]
    ranks = {code: place for place, (code, _) in enumerate(identifier.rank(plain))}
    return min(known, key=lambda code: ranks.get(code, len(ranks)))


def _one(text: str, identifier: Any) -> str | None:
    plain = BESIDE.sub(" ", text)
    if sum(map(str.isalpha, plain)) < LETTERS:
        return None
    code, probability = identifier.classify(plain)
    return str(code) if probability >= SURE and code != "zxx" else None


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
