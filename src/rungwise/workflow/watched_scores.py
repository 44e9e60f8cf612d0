"""What is watched of each request, as numbers beside those of the release's held-out rows.

Everything is read from the sample and from the package: no model is loaded. A number that a request
has not, such as the confidence of an imported answer, is left out for that request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.decision_rule import DecisionRule
from rungwise.monitoring.alarm_budget import ANSWERS, EMBEDDINGS, TEXTS
from rungwise.monitoring.request_scores import Directions
from rungwise.release.reference import distances, unknown_characters, written_texts

if TYPE_CHECKING:
    from rungwise.protocols import Reference

Floats = NDArray[np.float64]
Scores = dict[str, dict[str, Floats]]

NO_REFERENCE = (
    "The release was made before releases kept a reference: only spot checks watch it. Ship it "
    "again to have one."
)
NO_ENCODER = "The release has no encoder: distance is not watched."
NO_LABELS = (
    "The release has kept no answers of its own to test rows: only spot checks watch its texts."
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A release as its requests are compared with it.

    Attributes:
        classes: Labels in the order of the probabilities.
        rule: How probabilities become answers.
        reference: What the release kept of its rows.
    """

    classes: tuple[str, ...]
    rule: DecisionRule
    reference: Reference

    @property
    def unwatched(self) -> tuple[str, ...]:
        """What cannot be watched, and why."""
        held = self.reference.held_out
        told = []
        if held.distances is None and self.classes:
            told.append(NO_ENCODER)
        if held.probabilities is None and held.written is None:
            told.append(NO_LABELS)
        return tuple(told)

    def held_out(self) -> Scores:
        """Detector → score → its values on the held-out rows."""
        held = self.reference.held_out
        found: Scores = {TEXTS: {"length": held.lengths.astype(np.float64)}}
        if held.unknown is not None:
            found[TEXTS]["unknown characters"] = held.unknown.astype(np.float64)
        if held.probabilities is not None and len(held.probabilities):
            # Kept as the release answers: calibrated already.
            decided = self.rule.decide(held.probabilities, self.classes, None, held.distances)
            found[ANSWERS] = {
                "confidence": decided.confidence.astype(np.float64),
                "predicted label": self._rarity(decided.labels),
            }
            if decided.review is not None:
                found[ANSWERS]["review"] = decided.review.astype(np.float64)
        if held.written is not None and held.fault is not None:
            found[ANSWERS] = _texts(held.written, held.fault)
        if held.distances is not None:
            found[EMBEDDINGS] = {"distance": held.distances.astype(np.float64)}
            if held.embeddings is not None and self.reference.embeddings is not None:
                placed = Directions.of(self.reference.embeddings).scores(held.embeddings)
                found[EMBEDDINGS] |= {k: v for k, v in placed.items() if k != "distance"}
        return found

    def requests(self, rows: pl.DataFrame, names: Mapping[str, Mapping[str, Floats]]) -> Scores:
        """The same scores of requests; each in the order of arrival.

        Args:
            rows: Of the sample.
            names: What `held_out` gave: its detectors and scores.
        """
        found: Scores = {TEXTS: {"length": rows["size"].to_numpy().astype(np.float64)}}
        characters = self.reference.characters
        strange = unknown_characters(rows["text"].drop_nulls(), characters)
        found[TEXTS]["unknown characters"] = strange.astype(np.float64)
        places = rows["answer"].replace_strict(
            self.classes, range(len(self.classes)), default=None, return_dtype=pl.Int64
        )
        found[ANSWERS] = {
            "confidence": rows["confidence"].drop_nulls().to_numpy().astype(np.float64),
            "predicted label": self._rarity(places.drop_nulls().to_numpy()),
            "review": rows["review"].drop_nulls().cast(pl.Float64).to_numpy(),
        }
        if self.reference.held_out.written is not None:
            found[ANSWERS] = _texts(*written_texts(
                rows.select(pl.col("answer").alias("output"), "cut"), rows["text"],
                json=self.reference.json,
            ))  # fmt: skip
        vectors, bank = self.embeddings(rows)[0], self.reference.embeddings
        if vectors is not None and bank is not None:
            found[EMBEDDINGS] = Directions.of(bank).scores(vectors)
            found[EMBEDDINGS]["distance"] = self.distances(vectors)
        return {
            detector: {name: found.get(detector, {}).get(name, np.empty(0)) for name in named}
            for detector, named in names.items()
        }

    def embeddings(self, rows: pl.DataFrame) -> tuple[NDArray[np.float32] | None, pl.DataFrame]:
        """Embeddings of the rows that have one as wide as the reference's, and these rows."""
        bank = self.reference.embeddings
        if bank is None or self.reference.held_out.distances is None:
            return None, rows.clear()
        fitting = rows.filter(pl.col("embedding").list.len() == bank.shape[1])
        if fitting.is_empty():
            return np.empty((0, bank.shape[1]), np.float32), fitting
        return fitting["embedding"].list.to_array(bank.shape[1]).to_numpy(), fitting

    def distances(self, vectors: NDArray[np.float32]) -> Floats:
        """Cosine distance of each row to the reference (rows), as of the held-out rows."""
        bank = self.reference.embeddings
        assert bank is not None, "only releases with an encoder have embeddings"
        return distances(vectors, bank, self.reference.neighbours).astype(np.float64)

    def sure_and_far(self, rows: pl.DataFrame) -> tuple[Floats, Floats]:
        """Confidence and distance of the rows that have what the release has, each (k,)."""
        known = rows.filter(pl.col("confidence").is_not_null())
        vectors, fitting = self.embeddings(known)
        if vectors is not None:
            return fitting["confidence"].to_numpy().astype(np.float64), self.distances(vectors)
        sure = known["confidence"].to_numpy().astype(np.float64)
        return sure, np.zeros(len(sure))

    def judged(self) -> tuple[Floats, Floats, NDArray[np.bool_]] | None:
        """Confidence, distance and right or wrong of held-out rows; None if that is not known."""
        held = self.reference.held_out
        if held.right is None or held.probabilities is None:
            return None
        sure = self.rule.decide(held.probabilities, self.classes).confidence
        away = np.zeros(len(sure)) if held.distances is None else held.distances
        return sure.astype(np.float64), away.astype(np.float64), held.right

    def _rarity(self, labels: NDArray[np.int64]) -> Floats:
        shares = np.array([self.reference.shares.get(name, 0.0) for name in self.classes])
        rare: Floats = -np.log(np.maximum(shares, 1e-9))[labels]
        return rare


def _texts(written: NDArray[np.int64], fault: Sequence[str]) -> dict[str, Floats]:
    """What is watched of generated texts: how long they are, and whether rules find a fault."""
    faulty = np.array([bool(one) for one in fault], np.float64)
    return {"length": written.astype(np.float64), "fault": faulty}


def weeks_of(rows: pl.DataFrame, week: Sequence[int], until: int) -> list[pl.DataFrame]:
    """Rows of each week from 1 to `until`; `week` is that of each row."""
    numbered = rows.with_columns(pl.Series("week", week, pl.Int64))
    return [numbered.filter(week=number).drop("week") for number in range(1, until + 1)]
