"""Foreign rows: requests farther from the reference than held-out rows of the release are.

The distance of a row is the one to its k-th nearest reference row. A *far* row has a larger
distance than the `far`-th largest among n held-out rows. If the requests come from where the
held-out rows came from, all orders of distances are equally likely, so after s far rows among m
requests the next one is far with probability (far + s) / (n + 1 + m), whatever the distribution
(Vovk, Gammerman and Shafer 2022, "Algorithmic Learning in a Random World", ch. 2; the counts
follow a Pólya urn). The evidence is a likelihood ratio against this exact law, which includes that
the quantile is only known from n rows. Its alternative adds foreign rows, never removes any: the
test has one tail, and keeps its power where foreign rows are few.

The held-out rows must not be reference rows and must not have trained the model: a row that
trained an encoder lies closer to its reference rows than a new one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rungwise.programme import WEEKS

Floats = NDArray[np.float64]

NEIGHBOUR = 3
"""Distance to the k-th nearest: one odd reference row does not make a request near."""
SHARES_FAR = (0.005, 0.02, 0.08)
"""Share of held-out rows that are far; the evidence is averaged over them. The first tells rows of
another domain, beyond all held-out rows; the last, topics that border on the known ones."""
SHARES_FOREIGN = np.array([0.03, 0.06, 0.12, 0.3, 0.8])
"""Foreign rows of the alternatives, all equally likely."""
NODES = 24
"""Values of the unknown share of far rows that the alternatives are averaged over."""
BLOCK = 1024


def distances(
    embeddings: NDArray[np.float32], reference: NDArray[np.float32], neighbour: int = NEIGHBOUR
) -> Floats:
    """Cosine distance of each row to its `neighbour`-th nearest reference row.

    Args:
        embeddings: (rows, width), of any length.
        reference: (reference rows, width).
        neighbour: Counted from 1; the farthest, if the reference has fewer rows.

    Raises:
        ValueError: The widths differ, or the reference is empty.
    """
    if reference.ndim != 2 or not len(reference) or embeddings.shape[1:] != reference.shape[1:]:
        raise ValueError(f"embeddings {embeddings.shape} and reference {reference.shape} differ")
    place = min(neighbour, len(reference)) - 1
    near, found = _normalised(reference), np.empty(len(embeddings))
    for start in range(0, len(embeddings), BLOCK):
        cosine = _normalised(embeddings[start : start + BLOCK]) @ near.T
        found[start : start + BLOCK] = np.partition(1 - cosine, place, axis=1)[:, place]
    return found


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """Far rows of a programme, week by week.

    Attributes:
        far: Far rows of each week.
        rows: Rows of each week.
        held_out: Held-out rows, and how many of them are at least as far as the threshold.
        evidence: Value of the e-process after each week.
    """

    far: tuple[int, ...]
    rows: tuple[int, ...]
    held_out: tuple[int, int]
    evidence: tuple[float, ...]


def foreign_rows(
    held_out: Floats, weeks: Sequence[Floats], generator: np.random.Generator
) -> ForeignRows:
    """Evidence that the requests hold more foreign rows than the held-out rows did.

    Args:
        held_out: Distances of the held-out rows (rows,).
        weeks: Distances of each week's requests so far (at most 13); a week may be empty.
        generator: Orders rows of equal distance; seed it alike for the same verdict. It is used
            for the held-out rows first and then week by week.

    Returns:
        Counts at the second of `SHARES_FAR`, and the evidence averaged over all of them.

    Raises:
        ValueError: There are no held-out rows, or a distance is NaN.
    """
    if not len(held_out) or any(np.isnan(values).any() for values in (held_out, *weeks)):
        raise ValueError("needs held-out rows, and distances that are numbers")
    known = _ordered(held_out, generator)
    asked = [_ordered(week, generator) for week in weeks]
    levels = [max(1, round(share * len(known))) for share in SHARES_FAR]
    rows = np.array([len(week) for week in asked], dtype=np.int64)
    counts, evidence = [], []
    for level in levels:
        threshold = np.sort(known, order=("value", "tie"))[-level]
        far = np.array([np.count_nonzero(_beyond(week, threshold)) for week in asked], dtype=int)
        counts.append(far)
        evidence.append(urn_evidence(far, rows, level, len(known)))
    return ForeignRows(
        tuple(int(count) for count in counts[1]),
        tuple(int(count) for count in rows),
        (len(known), levels[1]),
        tuple(float(value) for value in np.mean(evidence, axis=0)),
    )


def urn_evidence(
    far: NDArray[np.int64], rows: NDArray[np.int64], level: int, held_out: int
) -> Floats:
    """The e-process after each week, from counts alone (weeks,).

    Foreign rows may begin in any week: a thirteenth of the stake is bet on each, and what earlier
    weeks showed of the share of far rows is used. So weeks without foreign rows cost nothing.

    Args:
        far: Far rows of each week.
        rows: Rows of each week.
        level: Held-out rows at or beyond the threshold.
        held_out: Held-out rows.
    """
    weeks = len(rows)
    evidence = np.ones(weeks)
    for start in range(weeks):
        stake = 1 / max(WEEKS, weeks)
        ahead = far[:start].sum(), rows[:start].sum()
        a, b = level + ahead[0], held_out + 1 - level + ahead[1] - ahead[0]
        count, total = far[start:].cumsum(), rows[start:].cumsum()
        evidence[start:] += stake * (np.exp(_log_ratio(count, total, a, b)) - 1)
    return evidence


def _log_ratio(count: NDArray[np.int64], total: NDArray[np.int64], a: float, b: float) -> Floats:
    """Log likelihood of the counts with foreign rows, over that of the urn without."""
    expected = special.betaln(a + count, b + total - count) - special.betaln(a, b)
    levels = (np.arange(NODES) + 0.5) / NODES
    plain = special.betaincinv(a, b, levels)
    rates = plain[:, None] + SHARES_FOREIGN * (1 - plain[:, None])
    rates = np.clip(rates.reshape(1, -1), 1e-12, 1 - 1e-12)
    logs = count[:, None] * np.log(rates) + (total - count)[:, None] * np.log1p(-rates)
    mixed: Floats = special.logsumexp(logs, axis=1) - np.log(rates.size) - expected
    return np.minimum(mixed, 700.0)


_TYPE = np.dtype([("value", np.float64), ("tie", np.float64)])


def _ordered(values: Floats, generator: np.random.Generator) -> NDArray[np.void]:
    """The values, with a random order among equal ones."""
    pairs = np.empty(len(values), dtype=_TYPE)
    pairs["value"], pairs["tie"] = values, generator.random(len(values))
    return pairs


def _beyond(values: NDArray[np.void], threshold: np.void) -> NDArray[np.bool_]:
    equal = values["value"] == threshold["value"]
    later = equal & (values["tie"] > threshold["tie"])
    beyond: NDArray[np.bool_] = np.logical_or(values["value"] > threshold["value"], later)
    return beyond


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(length, 1e-12)).astype(np.float32)
    return unit
