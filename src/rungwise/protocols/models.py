"""How checkpoints of a modality are opened, and what an encoder must be able to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rungwise.records import Numbers

if TYPE_CHECKING:
    import numpy
    import polars as pl
    from numpy.typing import NDArray


class Encoded(Protocol):
    """Model inputs of many rows as compact columns; padding happens batch by batch."""

    @property
    def digest(self) -> str:
        """Of the model inputs themselves: the same inputs find the same cache."""

    @property
    def lengths(self) -> NDArray[numpy.int64]:
        """Positions that each row occupies (rows), at least 1."""

    @property
    def cut(self) -> NDArray[numpy.bool_]:
        """Which rows were cut (rows)."""

    @property
    def truncated(self) -> int:
        """How many were."""

    def batch(self, rows: NDArray[numpy.int64]) -> tuple[NDArray[Any], NDArray[numpy.int64]]:
        """The first argument of the network (rows, positions, …), and the mask.

        The mask (rows, positions) is 1 where there is input and 0 where there is padding.
        """


class Backbone(Protocol):
    """A pretrained encoder of one modality: its files, and how raw input becomes its input.

    It knows no training: blocks, freezing and caches are `training`'s business.

    Attributes:
        name: As the task names it.
        digest: Of weights, configuration and preprocessing.
        pooling: How positions become one vector: `mean`, `cls` or `max`.
        normalised: Whether that vector is scaled to length 1.
        notes: Inferred defaults, to be said aloud.
    """

    name: str
    digest: str
    modality: str
    pooling: str
    normalised: bool
    notes: tuple[str, ...]

    def encode(self, values: pl.Series, limit: int) -> Encoded:
        """Model inputs of at most `limit` positions a row."""

    def network(self, attention: str | None = None) -> Any:
        """A fresh torch module, weights loaded, in evaluation mode; `eager` for exports."""

    def export_preprocessing(self, folder: Path, limit: int) -> Numbers:
        """Write what serving needs to prepare inputs; returns it for `serving.json`."""


class Modality(Protocol):
    """One file in `models/`: how checkpoints of a modality are opened."""

    def open(self, name: str, folder: Path) -> Backbone:
        """Open a checkpoint by name; folders are relative to `folder`.

        Raises:
            ModelError: It cannot be found, is of another modality (R24), holds pickles, or
                has no weights (R28).
        """
