"""What stands above each chunk of a document, so that a chunk says what it is about."""

from __future__ import annotations

from typing import Literal

import polars as pl

from rungwise.training.retrieval.chunking import END

Title = Literal["given", "first_sentence", "none"]
LONGEST = 200
"""Letters of a first sentence that serve as a title; what is longer is cut between words."""


def titled(documents: pl.DataFrame, title: Title) -> pl.DataFrame:
    """Documents (n) with the titles that are wanted.

    Args:
        documents: `document`, `title` and `text`.
        title: `given` leaves them; `first_sentence` puts what each document begins with, beside a
            title where there is one; `none` takes them away.
    """
    if title == "given":
        return documents
    if title == "none":
        return documents.with_columns(pl.lit(None, pl.String).alias("title"))
    leads = [lead(text)[:LONGEST].rstrip() for text in documents["text"]]
    both = [
        f"{given}: {first}" if given else first
        for given, first in zip(documents["title"], leads, strict=True)
    ]
    return documents.with_columns(pl.Series("title", both, pl.String))


def lead(text: str) -> str:
    """The first sentence, or line, of a text."""
    told = text.strip()
    end = END.search(told)
    return told[: end.end()].strip() if end else told
