"""A text for each input, written by a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


class Generate:
    """Answers are slow, so rungs are measured on some of the validation rows, and not in folds."""

    labels: ClassVar[bool] = False
    writes: ClassVar[bool] = True
    conversations: ClassVar[bool] = True
    folds: ClassVar[bool] = False
    sampled: ClassVar[bool] = True
    reference: ClassVar[str] = ""
    searches: ClassVar[bool] = True

    def classes(self, expected: pl.Series) -> tuple[str, ...]:
        """Return no label."""
        return ()

    def strata(self, expected: pl.Series) -> NDArray[np.int64]:
        """Return one stratum for all rows."""
        import numpy as np

        return np.zeros(len(expected), np.int64)
