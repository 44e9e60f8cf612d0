"""Small projects drawn from public text sets, and the rows outside that tell the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.public_texts import read_texts

SIZES = (200, 600, 1_500)
OUTSIDE = 2_000
"""Rows of each set, and of each cut of it, that no project is drawn from."""
LEAST = 8
"""Rows of each class that a project has at least."""
SEED = 13


@dataclass(frozen=True, slots=True)
class Draw:
    """Rows of one project; every rule decides on the same.

    Attributes:
        name: Of the set.
        rows: How many rows the project has.
        number: Which draw of this set and size.
        inside: The project's file: `text` and `label`.
        outside: Rows of the same kind that the project never sees: `text` and `label`.
    """

    name: str
    rows: int
    number: int
    inside: pl.DataFrame
    outside: pl.DataFrame

    @property
    def key(self) -> str:
        """Names the draw in files and folders."""
        return f"{self.name.replace(' ', '-')}-{self.rows}-{self.number}"


CLASSES = {"BANKING77": {200: 12, 600: 25, 1_500: 50}}
"""Set → rows of a project → its most frequent classes; all, if not named."""


def draws(names: tuple[str, ...], sizes: tuple[int, ...], count: int) -> Iterator[Draw]:
    """Every draw: the first of each set and size, then the second, and so on."""
    known = {name: _read(name) for name in names}
    for number in range(count):
        for rows in sizes:
            for name in names:
                yield _draw(name, known[name], rows, number)


def _read(name: str) -> pl.DataFrame:
    """A set without copies: texts equal but for case, spaces and punctuation count once."""
    rows = read_texts(name)
    plain = pl.col("text").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    return rows.unique(plain.str.strip_chars(), keep="first", maintain_order=True)


def _draw(name: str, pool: pl.DataFrame, rows: int, number: int) -> Draw:
    if most := CLASSES.get(name, {}).get(rows):
        sizes = pool["label"].value_counts().sort("count", "label", descending=[True, False])
        pool = pool.filter(pl.col("label").is_in(sizes["label"].head(most).implode()))
    shuffled = pool.sample(fraction=1.0, shuffle=True, seed=SEED)
    outside, rest = shuffled.head(OUTSIDE), shuffled.tail(-OUTSIDE)
    classes = pool["label"].n_unique()
    generator = np.random.default_rng([SEED, rows, number])
    while True:
        inside = rest[pl.Series(generator.choice(len(rest), rows, replace=False))]
        counted = inside["label"].value_counts()["count"]
        if len(counted) == classes and int(counted.min() or 0) >= LEAST:  # type: ignore[arg-type]
            return Draw(name, rows, number, inside, outside)
