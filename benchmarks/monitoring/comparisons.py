"""Estimates without labels, and challengers against champions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.monitoring.deployments import Rows
from rungwise.monitoring.alarm_budget import EMBEDDINGS
from rungwise.monitoring.challenger import challenge
from rungwise.monitoring.quality_estimate import estimate_quality
from rungwise.monitoring.spot_checks import draw

REQUESTS = 400
PAIRS = 600
POPULATION = 6000
ERROR = 0.15
"""Of the champion: with fewer errors, no challenger wins 5 points at 15 % disagreement."""


def unlabelled(own: Rows, other: Rows | None, cell: dict[str, Any], number: int) -> dict[str, Any]:
    """Whether the interval holds the share of right answers among 400 requests.

    Requests are the release's own, mixed with foreign rows, or its own with doubtful ones drawn
    more often (`tilt`).
    """
    seed = [4, cell["held_out"], round(cell["share"] * 100), number]
    generator = np.random.default_rng(seed)
    held_out = own.draw(cell["held_out"], generator)
    foreign = round(cell["share"] * REQUESTS)
    requests = _tilted(own, REQUESTS - foreign, cell["tilt"], generator)
    if other is not None and foreign:
        requests = requests.join(other.draw(foreign, generator), generator)
    found = estimate_quality(
        (held_out.confidence, held_out.scores[EMBEDDINGS]["distance"], held_out.correct),
        (requests.confidence, requests.scores[EMBEDDINGS]["distance"]),
    )
    truth = float(requests.correct.mean())
    if found.unknown:
        return {"covered": None, "width": None, "unknown": True, "truth": truth}
    return {"covered": found.low <= truth <= found.high, "width": found.high - found.low,
            "unknown": False, "truth": truth}  # fmt: skip


def _tilted(own: Rows, rows: int, tilt: float, generator: np.random.Generator) -> Rows:
    odds = np.exp(-tilt * own.confidence)
    return own.take(generator.choice(len(odds), rows, p=odds / odds.sum()))


def pairs(cell: dict[str, Any], number: int) -> dict[str, Any]:
    """One comparison on 600 rows, uniform or drawn by the champion's doubts.

    Where the challenger loses what the champion had right: anywhere (`even`), mostly where the
    champion is confident, or mostly where it doubts.
    """
    modes = ("even", "confident", "doubtful")
    seed = [5, modes.index(cell["losses"]), round(cell["gain"] * 1000),
            round(cell["disagreement"] * 1000), cell["weighted"], number]  # fmt: skip
    generator = np.random.default_rng(seed)
    expected, champion, challenger = _population(cell, generator)
    draws = draw(POPULATION, PAIRS, generator, expected if cell["weighted"] else None)
    found = challenge(champion[draws.rows], challenger[draws.rows], draws.weight)
    naive = challenge(champion[draws.rows], challenger[draws.rows])
    return {"promoted": found.better, "unweighted": naive.better}


def _population(
    cell: dict[str, Any], generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Expected error of the champion, and whether each of the two is right."""
    expected = np.clip(generator.beta(5 * ERROR, 5 * (1 - ERROR), POPULATION), 1e-3, 0.99)
    champion = generator.random(POPULATION) >= expected
    wins, losses = ((cell["disagreement"] + sign * cell["gain"]) / 2 for sign in (1, -1))
    shape = {"even": np.ones(POPULATION), "confident": (1 - expected) ** 8, "doubtful": expected}
    where = shape[cell["losses"]]
    lost = champion & (generator.random(POPULATION)
                       < losses * where / (where * (1 - expected)).mean())  # fmt: skip
    won = ~champion & (generator.random(POPULATION) < wins / expected.mean())
    return expected, champion, (champion & ~lost) | won
