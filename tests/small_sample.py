"""A sample of production that a test writes itself: weeks of requests with known right labels."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from rungwise.sample import segments
from rungwise.sample.request_rows import STORED

CLASSES = ("refund", "delivery", "access")


def week(
    folder: Path,
    start: date,
    rows: int,
    *,
    wrong: float = 0.05,
    version: str = "v1.0",
    seed: int = 1,
    weight: float = 1.0,
) -> dict[str, str]:
    """Write requests of seven days into the sample of a project; returns text → right label."""
    generator = np.random.default_rng([seed, start.toordinal()])
    truth = generator.choice(CLASSES, rows)
    missed = generator.random(rows) < wrong
    shifted = [CLASSES[(CLASSES.index(label) + 1) % 3] for label in truth]
    confidence = np.where(missed, 0.6, 0.95).astype(np.float32)
    texts = [f"request {start.isoformat()} {place}" for place in range(rows)]
    made = pl.DataFrame(
        {
            "id": [f"{start:%m%d}-{place:04}" for place in range(rows)],
            "time": [datetime.combine(start + timedelta(days=place % 7), time(9), UTC)
                     for place in range(rows)],
            "version": [version] * rows,
            "text": texts,
            "answer": [shifted[i] if missed[i] else str(truth[i]) for i in range(rows)],
            "confidence": confidence,
            "weight": [weight] * rows,
            "source": ["import"] * rows,
        }
    )  # fmt: skip
    whole = pl.concat([STORED.to_frame(), made], how="diagonal_relaxed").cast(STORED)
    for (day,), part in whole.group_by(pl.col("time").dt.date()):
        place = folder / ".rungwise" / "sample" / str(day)
        segments.write(place, segments.writer_name(), part)
    return dict(zip(texts, map(str, truth), strict=True))
