"""Some rows of model inputs that are computed as a whole: folds of a column, say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rungwise.objects import digest_bytes
from rungwise.protocols import Encoded

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Drawn:
    """Model inputs of some rows, as `Encoded` asks; what is kept of the whole is kept of them.

    Attributes:
        whole: Inputs of the whole column.
        rows: Places of these rows in it (n).
    """

    whole: Encoded
    rows: NDArray[np.int64]

    @property
    def digest(self) -> str:
        """Of the whole and the places."""
        return digest_bytes(self.whole.digest.encode() + self.rows.tobytes())

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Positions of each row (n)."""
        return self.whole.lengths[self.rows]

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Which rows were cut (n)."""
        return self.whole.cut[self.rows]

    @property
    def truncated(self) -> int:
        """How many were."""
        return int(self.cut.sum())

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """As the whole gives them."""
        return self.whole.batch(self.rows[rows])


class Column:
    """Texts whose parts are asked for again and again, and where each of them stands.

    Args:
        values: The texts (n), each once.
        encoded: Their model inputs.
    """

    def __init__(self, values: pl.Series, encoded: Encoded) -> None:
        self.values, self.encoded = values, encoded
        self._places = {text: place for place, text in enumerate(values)}

    def draw(self, values: pl.Series) -> Drawn | None:
        """Inputs of some of the texts; None if one of them is not in the column."""
        import numpy as np

        places = [self._places.get(text, -1) for text in values]
        if not places or min(places) < 0:
            return None
        return Drawn(self.encoded, np.array(places, np.int64))
