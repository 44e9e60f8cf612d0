"""What a modality answers for: the inputs themselves, and the networks that read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from rungwise.data_section import Depth
from rungwise.progress import Progress
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


@dataclass(frozen=True, slots=True)
class Found:
    """Near copies among distinct inputs: `pairs` (pairs, 2) int64 and `score` (pairs) float32."""

    pairs: NDArray[numpy.int64]
    score: NDArray[numpy.float32]


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Which inputs are near copies of which.

    Attributes:
        number: The distinct input of each row (n), int64; -1 for a row that is not compared.
        pairs: Distinct inputs that are near copies (pairs, 2), the smaller first, sorted.
        score: How sure that is (pairs), float32 up to 1.
    """

    number: NDArray[numpy.int64]
    pairs: NDArray[numpy.int64]
    score: NDArray[numpy.float32]

    def rows(self, among: int | None = None) -> NDArray[numpy.int64]:
        """The pairs as positions of the first row of each input (pairs, 2).

        Args:
            among: Only pairs of inputs that the first so many rows have; all rows unless given.
        """
        import numpy as np

        known, first = np.unique(self.number[:among], return_index=True)
        pairs = self.pairs[np.isin(self.pairs, known).all(axis=1)]
        return first[np.searchsorted(known, pairs)]


Search = Callable[["pl.Series", Depth, Progress], Found]
"""Finds near copies among distinct inputs (n)."""
Near = Callable[["pl.Series", Depth, Progress], NearPairs]
"""Finds near copies among inputs (n), each of which may stand there several times."""
Keep = Callable[[Search, "pl.Series", Depth, Progress], Found]
"""Runs a search, or returns what it found before for the same inputs."""


def searched(search: Search, distinct: pl.Series, depth: Depth, progress: Progress) -> Found:
    """Run a search; nothing is kept."""
    return search(distinct, depth, progress)


class Modality(Protocol):
    """One folder in `modalities/`. Values are strings: texts, or paths of files.

    Whoever needs to know what an input is asks here; no other code compares the modality's name.
    """

    examples: ClassVar[tuple[str, str]]
    """Two inputs of unlike sizes: a network is tried, traced and warmed with them."""

    def open(self, name: str, folder: Path) -> Backbone:
        """Open a checkpoint by name; folders are relative to `folder`.

        Raises:
            ModelError: It cannot be found, is of another modality (R24), holds pickles, or
                has no weights (R28).
        """

    def problems(self, values: pl.Series) -> pl.Series:
        """Why each input cannot be used (n), null for a good one; values may be null."""

    def copy_keys(self, values: pl.Series) -> pl.Series:
        """A number for each input (n), UInt64; inputs with the same one are copies.

        Valid within one process.
        """

    def near(
        self, values: pl.Series, depth: Depth, progress: Progress, keep: Keep = searched
    ) -> NearPairs:
        """Find near copies; the result depends on the values (n) and not on their order."""

    def preparation(self, files: Callable[[str], bytes], settings: Numbers) -> Preparation:
        """How a release makes model inputs of values, with numpy alone.

        Args:
            files: Reads a file that `Backbone.export_preprocessing` wrote.
            settings: What it returned.

        Raises:
            ValueError: A file is damaged, or the settings are not those of an export.
        """


class Preparation(Protocol):
    """The same inputs in serving as in training."""

    def encode(self, values: pl.Series) -> Encoded:
        """Model inputs of values (n)."""
