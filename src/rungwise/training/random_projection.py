"""Short dense embeddings of sparse features, by a random projection that a seed determines.

Distances survive: those of n rows are kept within a factor of 1 ± e by O(log n / e²) columns
(Johnson & Lindenstrauss 1984), also if every entry of the matrix is +1 or -1 at random
(Achlioptas 2003, "Database-friendly random projections").
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = 64
"""Signs that one draw of the generator gives."""
FEWEST = 4096
"""Rows of signs that are drawn at least if unknown terms are given the product of two of them."""
WIDEST = 4096
"""Columns of the widest matrix that a release may ask for: bounds its memory."""


@dataclass(frozen=True)
class RandomProjection:
    """A matrix of signs (features, width), kept as its seed.

    The signs are raw draws of a Philox generator, whose stream numpy promises not to change.

    Attributes:
        features: Rows of the matrix.
        width: Its columns: a multiple of 64. Two rows that share nothing have a cosine of 0 ± 1 /
            sqrt(width): the more columns, the farther a foreign row is from the nearest of many.
        seed: Of the generator.
        unknown: Whether terms that are not in the vocabulary count. They make a row that is full
            of them far from all that the model knows.
    """

    features: int
    width: int = 1024
    seed: int = 0
    unknown: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.width <= WIDEST or self.width % WORD:
            raise ValueError(f"a projection to {self.width} columns, not to a multiple of {WORD}")

    def embed(
        self, places: NDArray[np.integer[Any]], values: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The embedding (width) of one row, from its features that are not 0.

        A negative place is an unknown term: -1 - its checksum. It has the product of two rows of
        signs, chosen by the checksum, so that equal terms have equal signs.
        """
        unknown = places < 0
        checksums = -1 - places[unknown]
        bits = self._bits[np.where(unknown, 0, places)]
        bits[unknown] = (
            self._bits[checksums % len(self._bits)]
            ^ self._bits[checksums // len(self._bits) % len(self._bits)]
        )
        signs = np.unpackbits(bits, axis=1).astype(np.float32) * 2 - 1
        embedding: NDArray[np.float32] = values @ signs / np.float32(np.sqrt(self.width))
        return embedding

    @functools.cached_property
    def _bits(self) -> NDArray[np.uint8]:
        """Eight signs a byte (features or more, width / 8)."""
        rows = max(self.features, FEWEST) if self.unknown else self.features
        drawn = np.random.Philox(self.seed).random_raw(rows * self.width // WORD)
        bits: NDArray[np.uint8] = drawn.astype("<u8").view(np.uint8).reshape(rows, -1)
        return bits
