"""One label for each input."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


class Classify:
    """Labels are known from the data; a split keeps their shares, and few rows are folded."""

    labels: ClassVar[bool] = True
    writes: ClassVar[bool] = False
    conversations: ClassVar[bool] = False
    folds: ClassVar[bool] = True
    sampled: ClassVar[bool] = False
    reference: ClassVar[str] = "frozen"
    searches: ClassVar[bool] = False

    def classes(self, expected: pl.Series) -> tuple[str, ...]:
        """Return every label, sorted."""
        return tuple(expected.unique().sort())

    def strata(self, expected: pl.Series) -> NDArray[np.int64]:
        """Return the place of each row's label."""
        import polars as pl

        return (expected.rank("dense").cast(pl.Int64) - 1).to_numpy()
