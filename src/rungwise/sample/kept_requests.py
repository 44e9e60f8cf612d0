"""The reader of the sample: one row a kept request, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from rungwise.sample import segments
from rungwise.sample.outcome_labels import Outcomes, join
from rungwise.sample.request_rows import SCHEMA, STORED

TORN = "A process was killed while it wrote them, or the disk is damaged; they are left out."


@dataclass(frozen=True, slots=True)
class Sample:
    """Kept requests.

    Attributes:
        rows: Columns of `SCHEMA`, in order of arrival (n).
        repeated: Rows that were left out because the same request was kept before.
        torn: Files that are not whole, below the folder of the sample.
        outcomes: What became of labels that came later.
    """

    rows: pl.DataFrame
    repeated: int = 0
    torn: tuple[str, ...] = ()
    outcomes: Outcomes = field(default_factory=Outcomes)

    @property
    def said(self) -> tuple[str, ...]:
        """What is wrong with the sample, in sentences."""
        told = []
        if self.torn:
            count = "1 file" if len(self.torn) == 1 else f"{len(self.torn):,} files"
            told.append(f"{count} of the sample cannot be read, such as {self.torn[0]}. {TORN}")
        if self.repeated:
            rows = "1 row was" if self.repeated == 1 else f"{self.repeated:,} rows were"
            told.append(f"{rows} in the sample twice, and count{'s' * (self.repeated == 1)} once.")
        return tuple(told)


def read(
    folder: Path,
    *,
    start: date | None = None,
    end: date | None = None,
    version: str | None = None,
) -> pl.DataFrame:
    """Read kept requests; arguments are those of `opened`, columns those of `SCHEMA`."""
    return opened(folder, start=start, end=end, version=version).rows


def opened(
    folder: Path,
    *,
    start: date | None = None,
    end: date | None = None,
    version: str | None = None,
) -> Sample:
    """Read kept requests, and say what could not be read.

    A request that is there twice (same version, day, id and text) counts once.

    Args:
        folder: `.rungwise/sample` of a project; it may be absent.
        start: First day, UTC.
        end: First day that is left out.
        version: Of one release.
    """
    kept, torn = [STORED.to_frame()], []
    for day, place in segments.days(folder):
        if (start is not None and day < start) or (end is not None and day >= end):
            continue
        for path in segments.files(place):
            found = segments.read(path)
            if found is None or not {"id", "time", "version", "weight"} <= set(found.columns):
                if path.is_file():  # its writer may have replaced it since it was listed
                    torn.append(f"{place.name}/{path.name}")
                continue
            rows = pl.concat([STORED.to_frame(), found], how="diagonal_relaxed")
            kept.append(rows.select(STORED.names()).cast(STORED))
    rows = pl.concat(kept).sort("time", maintain_order=True)
    if version is not None:
        rows = rows.filter(pl.col("version") == version)
    same = ["version", pl.col("time").dt.date().alias("day"), "id", "text"]
    once = rows.filter(pl.struct(same).is_first_distinct())
    labelled, outcomes, unread = join(folder, once)
    return Sample(
        labelled.select(SCHEMA.names()), len(rows) - len(once), (*torn, *unread), outcomes
    )
