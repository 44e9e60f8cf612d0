"""`python -m benchmarks.audit.representative`: one intent is dropped; is its region named? (R16).

77 trials: an intent is taken out of train and validation, and 200 random rows of the official
test, which has all intents, play the production sample. A region is named where at least half of
its rows are of the dropped intent. A sample of 200 holds 2.6 rows of an intent on average and
none of it in about one trial of fourteen; the peer is the share of trials in which as many rows,
read at random, would hold one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks import banking
from benchmarks.rows import Row, arguments, show
from rungwise import plugins
from rungwise.audits.representative import Representative
from rungwise.progress import Silent
from rungwise.protocols import AuditContext
from rungwise.records import Finding, SplitRecord
from rungwise.task import parse
from rungwise.training.trunk import Trunk

SAMPLE = 200
PLACES = (1, 3, 5, 10, 20)
GOAL = "Classify online-banking questions with at least 90 percent accuracy"


@dataclass(frozen=True, slots=True)
class Trial:
    """What one trial gave.

    Attributes:
        present: Rows of the dropped intent in the sample.
        place: Place of the first region that is theirs, from 1; 0 where none is.
        read: Rows in all regions up to each of `PLACES`.
        warned: Whether the finding was a warning.
    """

    present: int
    place: int
    read: tuple[int, ...]
    warned: bool


class Rows:
    """Texts, labels and embeddings of the three parts."""

    def __init__(self, model: str) -> None:
        data = banking.read()
        self.parts = {"train": data.train, "validation": data.validation, "test": data.test}
        self.classes = data.classes
        texts = pl.Series([text for part in self.parts.values() for text in part.texts])
        backbone = plugins.load("modalities", "text").open(model, Path())
        with tempfile.TemporaryDirectory() as cache:
            trunk = Trunk(backbone, Path(cache), 256)
            vectors = trunk.embeddings(trunk.encode(texts), Silent(), keep=False)
        self.place = {text: row for row, text in enumerate(texts)}
        self.vectors = vectors

    def embeddings(self, texts: pl.Series) -> NDArray[np.float32]:
        """Of any of the texts (n, width)."""
        return self.vectors[[self.place[text] for text in texts]]

    def frame(self, part: str, without: int | None) -> pl.DataFrame:
        """A part with the columns that the audit reads; `line` counts from 1."""
        rows = self.parts[part]
        named = [self.classes[label] for label in rows.labels]
        frame = pl.DataFrame({"input": rows.texts, "expected": named}).with_row_index("line", 1)
        frame = frame.with_columns(
            pl.col("line").cast(pl.Int64), id=pl.format("{}:{}", pl.lit(part), "line")
        )
        return (
            frame if without is None else frame.filter(pl.col("expected") != self.classes[without])
        )


def trial(rows: Rows, intent: int | None) -> Trial:
    """Drop an intent, or none, and put the audit to 200 rows of full traffic."""
    test = rows.frame("test", None)
    sample = test.sample(SAMPLE, seed=banking.SEED + (intent if intent is not None else -1))
    task = parse(
        {"task": {"goal": GOAL, "metric": "accuracy", "target": 0.9}, "data": {"source": "-"}}
    )
    context = AuditContext(
        task=task,
        policy=task.policy,
        split=SplitRecord("", {}, "", "", "", "", {}, rows.classes, "", {}, ()),
        train=rows.frame("train", intent),
        validation=rows.frame("validation", intent),
        test=test.clear(),
        quarantine=test.clear(),
        given=frozenset(),
        progress=Silent(),
        production=sample.select("id", "input", "line"),
        embeddings=rows.embeddings,
    )
    found = {one.code: one for one in Representative().examine(context)}
    name = rows.classes[intent] if intent is not None else ""
    theirs = set(sample.filter(pl.col("expected") == name)["line"])
    return _read(found.get("representative.region"), theirs)


def _read(finding: Finding | None, theirs: set[int]) -> Trial:
    regions = [set(one["lines"]) for one in finding.numbers["regions"]] if finding else []
    hits = [place for place, one in enumerate(regions, 1) if 2 * len(one & theirs) >= len(one)]
    read = tuple(sum(map(len, regions[:place])) for place in PLACES)
    warned = finding is not None and finding.severity == "warn"
    return Trial(len(theirs), hits[0] if hits and theirs else 0, read, warned)


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    told = parser.parse_args()
    show(comparison(told.model), as_json=told.json)


def comparison(model: str) -> Iterator[Row]:
    """Trials in which the region is among the first so many that are named."""
    rows = Rows(model)
    trials = [trial(rows, intent) for intent in range(len(rows.classes))]
    present = sum(one.present > 0 for one in trials)
    name = f"BANKING77, one of 77 intents dropped, {SAMPLE} production rows"
    yield Row(f"{name}: trials whose sample holds the intent", "trials", present, None, "")
    for column, place in enumerate(PLACES):
        named = sum(0 < one.place <= place for one in trials)
        by_chance = sum(_chance(one.present, one.read[column]) for one in trials)
        read = np.mean([one.read[column] for one in trials])
        yield Row(f"{name}: among the first {place} regions ({read:.1f} rows to read)", "trials",
                  named, by_chance, "as many rows at random")  # fmt: skip
    yield Row(f"{name}: warned", "trials", sum(one.warned for one in trials), None, "")
    yield Row("the same with nothing dropped: warned", "trials", float(trial(rows, None).warned),
              None, "")  # fmt: skip


def _chance(present: int, read: int) -> float:
    """Of at least one of `present` rows among `read` of the sample, drawn at random."""
    missed = 1.0
    for drawn in range(read):
        missed *= max(0.0, (SAMPLE - present - drawn) / (SAMPLE - drawn))
    return 1 - missed


if __name__ == "__main__":
    main()
