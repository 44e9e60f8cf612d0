"""Regions of a sample that training does not cover: far from its rows, near to one another.

A row's score is 2r - q: r is the cosine distance to the nearest training row, q that to the
nearest other row of the sample. What was never labelled lies far from training, and what is asked
twice lies near to its like. Held-out rows that are known to be covered say how often a score comes
about by chance (a conformal p-value: Vovk et al. 2005, Algorithmic Learning in a Random World), so
no threshold on distances is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rungwise.evaluation.distances import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 20
"""Held-out rows below which chance is not known to one in twenty."""
BLOCK = 2000
"""Rows of a sample that are compared with one another at a time."""
MATE = 0.3
"""A row joins a region of its like only if it is itself among the less likely third."""


@dataclass(frozen=True, slots=True)
class Region:
    """Rows of the sample that lie together.

    Attributes:
        rows: Places in the sample, the least likely first.
        evidence: How unlikely they are together: sum of -ln p - 1, at least 0 each.
    """

    rows: tuple[int, ...]
    evidence: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a sample lies to the training rows.

    Attributes:
        chance: Of a score as high, were the row like held-out ones (n).
        beside: Place of each row's nearest training row (n).
        regions: The least covered first; every row is in one region at most.
    """

    chance: NDArray[np.float64]
    beside: NDArray[np.int64]
    regions: tuple[Region, ...]


def coverage(
    sample: NDArray[np.float32],
    train: NDArray[np.float32],
    held_out: NDArray[np.float32],
    limit: int,
    seed: int,
) -> Coverage | None:
    """Find the least covered regions of a sample.

    Args:
        sample: Unit vectors (n, width), n at least 1.
        train: Unit vectors of the training rows (m, width).
        held_out: Unit vectors of rows that were not trained on and are covered (k, width).
        limit: How many regions to name.
        seed: Of the blocks in which samples larger than `held_out` are looked at.

    Returns:
        None where `held_out` has fewer than `LEAST` rows.
    """
    if len(held_out) < LEAST or not len(train):
        return None
    size = min(len(sample), len(held_out), BLOCK)
    by_chance = np.sort(_scored(held_out, train, size, seed).scores)
    found = _scored(sample, train, size, seed)
    above = len(by_chance) - np.searchsorted(by_chance, found.scores, "left")
    chance = (1 + above) / (len(by_chance) + 1)
    first = np.lexsort((-found.scores, chance))[: 6 * limit]
    members = {int(row): _members(int(row), sample, found, chance) for row in first}
    return Coverage(chance, found.beside, _apart(members, chance, found.scores, limit))


@dataclass(frozen=True, slots=True)
class _Scored:
    """2r - q of every row (n), r (n), its nearest training row (n), and the block it is in."""

    scores: NDArray[np.float64]
    far: NDArray[np.float32]
    beside: NDArray[np.int64]
    blocks: list[NDArray[np.int64]]
    block_of: NDArray[np.int64]


def _scored(rows: NDArray[np.float32], train: NDArray[np.float32], size: int, seed: int) -> _Scored:
    """q is taken within blocks of `size` rows, so that samples of another size compare."""
    far, beside = nearest(rows, train)
    scores, block_of = np.empty(len(rows), np.float64), np.empty(len(rows), np.int64)
    order = np.random.default_rng(seed).permutation(len(rows))
    blocks = np.array_split(order, max(1, len(rows) // size))
    for number, block in enumerate(blocks):
        apart = 1 - rows[block] @ rows[block].T
        np.fill_diagonal(apart, 2)
        near = apart.min(axis=1) if len(block) > 1 else far[block]
        scores[block] = 2 * far[block] - near
        block_of[block] = number
    return _Scored(scores, far, beside, blocks, block_of)


def _members(
    row: int, sample: NDArray[np.float32], found: _Scored, chance: NDArray[np.float64]
) -> list[int]:
    """The row, and those nearer to it than it or they are to any training row."""
    block = found.blocks[found.block_of[row]]
    apart = 1 - sample[block] @ sample[row]
    near = (apart < np.minimum(found.far[row], found.far[block])) & (chance[block] < MATE)
    return [row, *(int(one) for one in block[near & (block != row)])]


def _apart(
    members: dict[int, list[int]],
    chance: NDArray[np.float64],
    scores: NDArray[np.float64],
    limit: int,
) -> tuple[Region, ...]:
    """Regions that share no row, the strongest evidence first."""
    weight = np.maximum(-np.log(chance) - 1, 0)
    ranked = sorted(members, key=lambda row: (-weight[members[row]].sum(), -scores[row], row))
    taken: set[int] = set()
    found: list[Region] = []
    for row in ranked:
        if row in taken or len(found) == limit:
            continue
        left = sorted((one for one in members[row] if one not in taken), key=lambda r: chance[r])
        taken.update(left)
        found.append(Region(tuple(left), float(weight[left].sum())))
    return tuple(found)
