"""What is watched of each request, as numbers that are ranked against held-out rows.

Every score is a fixed function of one row and of the release: only then are held-out rows and
requests exchangeable, and the evidence exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rungwise.monitoring.alarm_budget import EMBEDDINGS, FOREIGN
from rungwise.monitoring.foreign_rows import distances, foreign_rows
from rungwise.monitoring.rank_martingale import combined, shift_evidence

Floats = NDArray[np.float64]

DIRECTIONS = 4
"""Principal directions of the reference along which embeddings are watched."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Distance and principal directions of a release's reference embeddings."""

    reference: NDArray[np.float32]
    centre: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def of(cls, reference: NDArray[np.float32]) -> Directions:
        """Find the principal directions of the reference (rows, width)."""
        centre = reference.mean(axis=0)
        _, _, axes = np.linalg.svd(reference - centre, full_matrices=False)
        return cls(reference, centre, axes[:DIRECTIONS])

    def scores(self, embeddings: NDArray[np.float32]) -> dict[str, Floats]:
        """Distance to the reference, and the place along each direction (rows,)."""
        along = ((embeddings - self.centre) @ self.axes.T).astype(np.float64)
        named = {f"direction {place + 1}": column for place, column in enumerate(along.T)}
        return {"distance": distances(embeddings, self.reference), **named}


def answer_scores(
    probabilities: NDArray[np.float32],
    shares: Floats,
    review: NDArray[np.bool_] | None = None,
) -> dict[str, Floats]:
    """Confidence, how rare the predicted label is, and whether the row goes to review (rows,).

    Args:
        probabilities: (rows, classes), calibrated.
        shares: Of each class among training rows (classes,).
        review: Whether a person is asked; None: the release has no threshold.
    """
    predicted = probabilities.argmax(axis=1)
    rare = -np.log(np.maximum(shares, 1e-9))[predicted]
    confidence = probabilities.max(axis=1).astype(np.float64)
    asked = {} if review is None else {"review": review.astype(np.float64)}
    return {"confidence": confidence, "predicted label": rare, **asked}


Scores = Mapping[str, Mapping[str, Floats]]
"""Detector (`embeddings`, `texts`, `answers`) → score → its value on each row."""


def input_evidence(held_out: Scores, weeks: Sequence[Scores], seed: int) -> dict[str, Floats]:
    """Highest evidence of each detector that reads no labels, at the end of each week (weeks,).

    Args:
        held_out: Scores of rows that neither trained the release nor are in its reference.
        weeks: Scores of each week's requests since the programme started, in order of arrival.
        seed: Of the programme: orders equal scores, so the same sample gives the same evidence.

    Returns:
        Detector → evidence; `FOREIGN` only if there is a score `distance`.
    """
    names = [(detector, name) for detector in sorted(held_out) for name in held_out[detector]]
    found = shift_evidence(
        {f"{detector}: {name}": held_out[detector][name] for detector, name in names},
        [{f"{detector}: {name}": week[detector][name] for detector, name in names}
         for week in weeks],
        np.random.default_rng([seed, 0]),
    )  # fmt: skip
    evidence = {
        detector: combined({name: found[f"{detector}: {name}"] for name in held_out[detector]})
        for detector in sorted(held_out)
    }
    if "distance" in held_out.get(EMBEDDINGS, {}):
        asked = [week[EMBEDDINGS]["distance"] for week in weeks]
        generator = np.random.default_rng([seed, 1])
        far = foreign_rows(held_out[EMBEDDINGS]["distance"], asked, generator)
        evidence[FOREIGN] = np.maximum.accumulate(np.array(far.evidence))
    return evidence
