"""One part of the data as training reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from torch import Tensor

from rungwise.table import Examples, Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Source(Protocol):
    """Rows that can be batched: model inputs, or activations at a boundary."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Positions of each row (rows)."""

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Values (rows, positions, …) and mask (rows, positions)."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows with what the network reads of them.

    Attributes:
        rows: Ids, inputs and labels.
        source: Model inputs, or activations at the boundary.
        labels: Class indices (rows).
        weights: Weight of each row's loss (rows), or None (R54).
    """

    rows: Examples
    source: Source
    labels: Tensor
    weights: Tensor | None = None

    def sample(self, count: int, seed: int) -> Part:
        """At most `count` rows, drawn at random, without weights."""
        if len(self.rows) <= count:
            return self
        drawn = np.sort(np.random.default_rng(seed).choice(len(self.rows), count, replace=False))
        inputs = Inputs(self.rows.inputs.ids.gather(drawn), self.rows.inputs.values.gather(drawn))
        rows = Examples(inputs, self.rows.expected.gather(drawn))
        return Part(rows, _Drawn(self.source, drawn), self.labels[drawn])


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Some rows of a source."""

    whole: Source
    drawn: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.whole.lengths[self.drawn]

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return self.whole.batch(self.drawn[rows])
