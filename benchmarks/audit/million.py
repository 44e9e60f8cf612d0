"""A million short rows through the audits that need no model, at depth `fast`, in one process.

Copies, conflicts, overlap, near copies and structured personal data are asked one after another, as
`rungwise audit` asks them; reading the file and dividing it are not part of the seconds. A thousand
rows each are planted: copies across the parts, texts under two labels, and cards and addresses.

    python -m benchmarks.audit.million
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from benchmarks.audit.near_speed import made
from benchmarks.rows import Row, arguments, show
from rungwise import plugins
from rungwise.protocols import AuditContext
from rungwise.records import Finding, SplitRecord
from rungwise.task import parse

ROWS, PLANTED, SECONDS, PEAK = 1_000_000, 1_000, 60.0, 4096.0
AUDITS = ("copies", "conflicts", "overlap", "near_copies", "personal")
GOAL = "Sort short messages into 20 topics"


def rows() -> Iterator[Row]:
    """The seconds of each audit, all of them together, and the highest memory."""
    context, planted = _context()
    total = 0.0
    found: dict[str, set[str]] = {}
    for name in AUDITS:
        began = time.perf_counter()
        findings = plugins.load("audits", name).examine(context)
        seconds = time.perf_counter() - began
        total += seconds
        found[name] = _ids(findings)
        share = len(planted[name] & found[name]) / len(planted[name]) if name in planted else None
        yield Row(
            f"{ROWS:,} rows, `{name}`: planted rows found", "seconds", seconds, None, "", share
        )
    yield Row(f"{ROWS:,} rows, these audits together", "seconds", total, SECONDS, "asked")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Row(f"{ROWS:,} rows, highest memory", "MiB", peak, PEAK, "asked")


def _ids(findings: list[Finding]) -> set[str]:
    rows = [row for finding in findings for row in finding.rows]
    return {row.id for row in rows} | {row.other.id for row in rows if row.other}


def _context() -> tuple[AuditContext, Mapping[str, set[str]]]:
    """The rows with what is planted in them, and which rows each audit has to name."""
    texts, near = made(ROWS)
    draw = random.Random(3)
    labels = [f"topic {number}" for number in np.random.default_rng(4).integers(0, 20, ROWS)]
    # Only rows that nearly repeat nothing are planted in, so that what is asked for is clear.
    free = [row for row in range(ROWS - ROWS // 10) if row % 7 == 0]
    copies, conflicts, personal, originals = (
        draw.sample(free[part::4], PLANTED) for part in range(4)
    )
    parts = np.full(ROWS, "train", dtype=object)
    parts[np.arange(ROWS) % 10 == 1], parts[np.arange(ROWS) % 10 == 2] = "validation", "test"
    for copy, original in zip(copies, originals, strict=True):
        texts[copy], labels[copy] = texts[original].upper() + " !", labels[original]
        parts[copy], parts[original] = "train", "test"
    for row in conflicts:
        texts[row], parts[row] = texts[row - 7 if row >= 7 else row + 7], "train"
        labels[row] = "another topic"
        parts[row - 7 if row >= 7 else row + 7] = "train"
    for row in personal:
        texts[row] += f" write to {texts[row].split()[0]}{row}@mail.example.org"
    frame = pl.DataFrame(
        {
            "id": [str(row) for row in range(ROWS)],
            "input": texts,
            "expected": labels,
            "group": None,
            "time": None,
            "source": "rows.csv",
            "annotator": None,
            "line": range(2, ROWS + 2),
            "part": [str(part) for part in parts],
        },
        schema_overrides=dict.fromkeys(("group", "time", "annotator"), pl.String),
    )
    near_ids = {str(copy) for _, copy in near} - {str(row) for row in (*copies, *conflicts)}
    named = {
        "overlap": {str(row) for row in copies},
        "conflicts": {str(row) for row in conflicts},
        "personal": {str(row) for row in personal},
        "near_copies": near_ids,
    }
    return _asked(frame), named


def _asked(frame: pl.DataFrame) -> AuditContext:
    from rungwise.progress import Silent

    task = parse(
        {
            "task": {"goal": GOAL, "metric": "accuracy", "target": 0.9},
            "data": {"source": "rows.csv", "depth": "fast"},
        }
    )
    train, validation, test = (
        frame.filter(pl.col("part") == part).drop("part")
        for part in ("train", "validation", "test")
    )
    return AuditContext(
        task=task,
        policy=task.policy,
        split=SplitRecord("", {}, "", "", "", "", {}, (), "", {}, ()),
        train=train,
        validation=validation,
        test=test.with_columns(expected=pl.lit(None, pl.String)),
        quarantine=frame.clear().drop("part").with_columns(reason=pl.lit("")),
        given=frozenset({"test"}),
        progress=Silent(),
    )


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
