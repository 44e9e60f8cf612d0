"""What is watched of each request, as numbers that are ranked against held-out rows.

Every score is a fixed function of one row and of the release: only then are held-out rows and
requests exchangeable, and the evidence exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.monitoring.alarm_budget import EMBEDDINGS, FOREIGN
from rungwise.monitoring.foreign_rows import distances, foreign_rows
from rungwise.monitoring.rank_martingale import combined, shift_evidence

Floats = NDArray[np.float64]

DIRECTIONS = 4
"""Principal directions of the reference along which embeddings are watched."""
NGRAM = 3


@dataclass(frozen=True, slots=True)
class TextProfile:
    """The characters and character trigrams of training texts, without the texts.

    A foreign language, script or encoding shows as trigrams or characters that were never seen
    (Cavnar and Trenkle 1994, "N-gram-based text categorization").
    """

    characters: frozenset[str]
    trigrams: frozenset[str]

    @classmethod
    def of(cls, texts: pl.Series) -> TextProfile:
        """The profile of some texts; letters count in small."""
        characters: set[str] = set()
        trigrams: set[str] = set()
        for text in texts.str.to_lowercase():
            characters.update(text)
            trigrams.update(_trigrams(text))
        return cls(frozenset(characters), frozenset(trigrams))

    def scores(self, texts: pl.Series) -> dict[str, Floats]:
        """Length, and shares of unknown characters and trigrams, of each text (rows,)."""
        small = texts.str.to_lowercase().to_list()
        return {
            "length": texts.str.len_chars().to_numpy().astype(np.float64),
            "unknown characters": _unknown(small, self.characters),
            "unknown trigrams": _unknown([_trigrams(text) for text in small], self.trigrams),
        }


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


def _trigrams(text: str) -> list[str]:
    return [text[start : start + NGRAM] for start in range(len(text) - NGRAM + 1)]


def _unknown(parts: Sequence[Sequence[str]], known: frozenset[str]) -> Floats:
    """Share of the parts that are not known; 0 for none."""
    return np.array([sum(one not in known for one in row) / max(1, len(row)) for row in parts])
