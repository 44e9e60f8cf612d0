"""Columns of a split: what plug-ins see of the data.

`Inputs` carries no expected output, so a rung that predicts cannot peek (R69).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    import polars as pl
    from numpy.typing import NDArray

COLUMNS = ("id", "input", "expected", "group", "time", "source", "annotator", "line")
"""Every table has these, in this order: strings, but `line` is Int64 (1-based); null if unknown."""

WRITTEN = ("prompt_tokens", "output_tokens", "ended")
"""How a generated text came about: columns that are kept beside it (Int64, Int64, String)."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Ids and raw inputs, aligned; `values` is text, or for images and audio a path."""

    ids: pl.Series
    values: pl.Series

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs with their expected outputs, aligned."""

    inputs: Inputs
    expected: pl.Series

    def __len__(self) -> int:
        return len(self.expected)

    @staticmethod
    def of(frame: pl.DataFrame) -> Examples:
        """View a table with the columns `id`, `input` and `expected`."""
        return Examples(Inputs(frame["id"], frame["input"]), frame["expected"])


@dataclass(frozen=True, slots=True)
class Predictions:
    """One answer a row.

    Attributes:
        ids: Row ids (n).
        outputs: Predicted labels (n).
        scores: Probabilities, float32 (n, classes), or None where the model gives none.
        classes: The label of each column of `scores`.
        written: How each text came about (n), or None where labels were given: `prompt` as
            `rungwise.conversation.as_input` writes it (absent where the answers were read back),
            `prompt_tokens` and `output_tokens` (Int64), and how it `ended`: `stop`, `length`,
            `unasked` or `unanswered`, as `rungwise.conversation.Generated` says.
        review: Whether a person should look at the answer (n), or None if nothing decides that.
    """

    ids: pl.Series
    outputs: pl.Series
    scores: NDArray[numpy.float32] | None
    classes: tuple[str, ...]
    written: pl.DataFrame | None = None
    review: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, kept: pl.Series) -> Predictions:
        """Those of the rows that a Boolean series (n) keeps."""
        scores = self.scores[kept.to_numpy()] if self.scores is not None else None
        written = self.written.filter(kept) if self.written is not None else None
        ids, outputs = self.ids.filter(kept), self.outputs.filter(kept)
        review = self.review.filter(kept) if self.review is not None else None
        return Predictions(ids, outputs, scores, self.classes, written, review)


@dataclass(frozen=True, slots=True)
class Documents:
    """What answers can be looked up in.

    Attributes:
        source: As the task names it.
        digest: Of all that was read.
        rows: `document`, its id, `title` (null where it has none) and `text` (n).
        aside: `document`, or the line that it stands in, and the `reason` why it is not used.
        of_row: Row id → the document that answers the row, where the rows say so.
    """

    source: str
    digest: str
    rows: pl.DataFrame
    aside: pl.DataFrame
    of_row: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The answers that were not chosen.

    Attributes:
        rejected: `id` and `rejected` of the rows that have one (n); "" where nothing was answered.
        reason: Why no row has one, as a sentence; "" where some have.
    """

    rejected: pl.DataFrame
    reason: str = ""

    def of(self, ids: pl.Series) -> pl.Series:
        """The rejected answer of each row (n), null where there is none."""
        asked = ids.alias("id").to_frame()
        return asked.join(self.rejected, on="id", how="left", maintain_order="left")["rejected"]

    @staticmethod
    def none() -> Preferences:
        """Of a task that has no pairs."""
        import polars as pl

        rejected = pl.DataFrame(schema={"id": pl.String, "rejected": pl.String})
        reason = "There are no pairs of a chosen and a rejected answer to learn from."
        return Preferences(rejected, reason)
