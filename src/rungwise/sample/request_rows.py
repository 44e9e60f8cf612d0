"""The columns of the sample, and the requests that a writer is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[numpy.float32] | None"]
Measure = Callable[[Sequence[str]], "NDArray[numpy.int64]"]
Source = Literal["serve", "predict", "import"]
FOLDER = "sample"
"""Below `.rungwise/`."""

STORED = pl.Schema(
    {
        "id": pl.String(),
        "time": pl.Datetime("us", "UTC"),
        "version": pl.String(),
        "text": pl.String(),
        "answer": pl.String(),
        "confidence": pl.Float32(),
        "review": pl.Boolean(),
        "probabilities": pl.List(pl.Float32()),
        "embedding": pl.List(pl.Float32()),
        "size": pl.Int64(),
        "weight": pl.Float64(),
        "uniform": pl.Boolean(),
        "source": pl.String(),
        "cut": pl.Boolean(),
    }
)
"""What a writer keeps of one request.

    id             the request's id, or one that was made
    time           when it was answered, UTC
    version        the release that answered
    text           the input, redacted; cut after `LONGEST` characters
    answer         the label, or the generated text, redacted
    confidence     probability of the answer; null if the release gives none
    review         whether a person is asked; null if the release has no threshold
    probabilities  one number a class; null if the release gives none
    embedding      null without an encoder
    size           as `Served.sizes` counts it, before redaction
    weight         inverse of the probability that the request was kept: what it stands for
    uniform        whether it belongs to the even part, in which every request of a day had the
                   same chance whatever its text and answer: statistics that rank requests against
                   held-out rows read this part, estimates read all rows by weight
    source         `serve`, `predict` or `import`
    cut            whether a generated text ended at its limit; null for labels
"""
SCHEMA = pl.Schema({**STORED, "label": pl.String()})
"""What a reader gets: `label` is the outcome that joined later by id; never a spot check."""
LONGEST = 10_000
"""Characters of a text that are kept."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Some requests that one release has answered (n), in order of arrival.

    Attributes:
        version: The release.
        source: Who asked it.
        texts: Inputs as they were asked.
        answers: Labels or texts.
        sizes: Of each input, as `Served.sizes` counts it; or what counts those that are kept.
        ids: None makes some.
        times: With a time zone; None means now.
        confidence: Float (n).
        review: Boolean (n).
        probabilities: Float32 (n, classes).
        embeddings: Float32 (n, width), if they are there already.
        embed: Computes embeddings of the requests that are kept, if `embeddings` is None.
        cut: Whether each generated text ended at its limit.
        classes: Answers that are labels: they are kept as they are, any other text is redacted.
    """

    version: str
    source: Source
    texts: Sequence[str]
    answers: Sequence[str]
    sizes: Sequence[int] | NDArray[numpy.int64] | Measure
    ids: Sequence[str] | None = None
    times: Sequence[datetime] | None = None
    confidence: NDArray[numpy.float32] | None = None
    review: Sequence[bool] | NDArray[numpy.bool_] | None = None
    probabilities: NDArray[numpy.float32] | None = None
    embeddings: NDArray[numpy.float32] | None = None
    embed: Embed | None = None
    cut: Sequence[bool | None] | None = None
    classes: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.texts)
