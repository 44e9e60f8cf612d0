"""Conformal test martingales: have the requests stopped looking like the held-out rows?

Each request has a score. Its conformal p-value is its rank among the held-out rows and all
requests before it. While all of these are exchangeable, the p-values are independent and uniform,
whatever the distribution (Vovk, Gammerman and Shafer 2022, "Algorithmic Learning in a Random
World", ch. 8), so nobody can win by betting on them. The bets are those of the Simple Jumper
(Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman 2021, "Retrain or not retrain: conformal
test martingales for change-point detection"): capital is divided among the bets 1 + e (p - 1/2),
and a small share of it changes its bet before each row, so a shift in any week is followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BETS = np.array([-1.8, -0.9, 0.0, 0.9, 1.8])
"""Slopes e: the capital on a bet rises where p-values are low (negative) or high."""
JUMP = 0.005
"""Share of the capital that is divided anew before each row."""
PIECE = 512


def p_values(
    held_out: Floats, weeks: Sequence[Floats], generator: np.random.Generator
) -> list[Floats]:
    """Conformal p-value of each request: small if its score is larger than those before it.

    Args:
        held_out: Scores of rows that neither trained the release nor are in its reference (rows,).
        weeks: Scores of each week's requests, in their order.
        generator: Orders equal scores; seed it alike for the same values.

    Raises:
        ValueError: A score is NaN.
    """
    if any(np.isnan(values).any() for values in (held_out, *weeks)):
        raise ValueError("a score is NaN")
    bag = np.sort(held_out)
    found = []
    for week in weeks:
        higher = len(bag) - np.searchsorted(bag, week, side="right")
        equal = len(bag) - np.searchsorted(bag, week, side="left") - higher
        above, same = _before(week)
        draws = generator.random(len(week))
        seen = len(bag) + np.arange(len(week))
        found.append((higher + above + draws * (equal + same + 1)) / (seen + 1))
        bag = np.sort(np.concatenate([bag, week]))
    return found


def _before(week: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row, how many earlier rows of the week score higher, and how many the same."""
    above, same = np.zeros(len(week), dtype=np.int64), np.zeros(len(week), dtype=np.int64)
    for start in range(0, len(week), PIECE):
        rows = week[start : start + PIECE, None]
        earlier = np.arange(len(week)) < np.arange(start, start + len(rows))[:, None]
        above[start : start + PIECE] = ((week > rows) & earlier).sum(axis=1)
        same[start : start + PIECE] = ((week == rows) & earlier).sum(axis=1)
    return above, same


def jumper(p: Floats) -> Floats:
    """Capital of the Simple Jumper after each p-value (..., rows); it starts at 1."""
    factors = 1 + BETS * (p[..., None] - 0.5)
    held = np.full((*p.shape[:-1], len(BETS)), 1 / len(BETS))
    capital = np.empty(p.shape)
    for row in range(p.shape[-1]):
        total = held.sum(axis=-1, keepdims=True)
        held = ((1 - JUMP) * held + JUMP / len(BETS) * total) * factors[..., row, :]
        held = np.minimum(held, 1e280)
        capital[..., row] = held.sum(axis=-1)
    return capital


def shift_evidence(
    held_out: Mapping[str, Floats],
    weeks: Sequence[Mapping[str, Floats]],
    generator: np.random.Generator,
) -> dict[str, Floats]:
    """The highest capital until the end of each week, for every score (weeks,).

    Args:
        held_out: Score → its values on the held-out rows.
        weeks: Score → its values on the requests, for each week. A score may be missing for some
            requests, such as the confidence of answers that came without one.
        generator: Orders equal scores.

    Returns:
        Score → evidence. Several scores share the budget of their detector: `combined` weighs them.
    """
    if not held_out:
        return {}
    sources = generator.spawn(len(held_out))  # a score's ties do not depend on the other scores
    counts = {name: tuple(len(week[name]) for week in weeks) for name in held_out}
    alike: dict[tuple[int, ...], list[str]] = {}
    for name, rows in counts.items():
        alike.setdefault(rows, []).append(name)
    by_name = dict(zip(held_out, sources, strict=True))
    found: dict[str, Floats] = {}
    for rows, names in alike.items():
        some = {name: held_out[name] for name in names}
        found |= _evidence(some, weeks, rows, [by_name[name] for name in names])
    return {name: found[name] for name in held_out}


def _evidence(
    held_out: Mapping[str, Floats],
    weeks: Sequence[Mapping[str, Floats]],
    rows: Sequence[int],
    sources: Sequence[np.random.Generator],
) -> dict[str, Floats]:
    """The same for scores that have equally many rows, which are computed together."""
    ranks = [
        np.concatenate([np.empty(0), *p_values(values, [w[name] for w in weeks], source)])
        for (name, values), source in zip(held_out.items(), sources, strict=True)
    ]
    capital = np.maximum.accumulate(np.maximum(jumper(np.stack(ranks)), 1.0), axis=1)
    ends = np.cumsum(rows)
    padded = np.concatenate([np.ones((len(ranks), 1)), capital], axis=1)
    return {name: padded[place, ends] for place, name in enumerate(held_out)}


def combined(evidence: Mapping[str, Floats]) -> Floats:
    """Evidence of several scores as one: the largest, divided by their number.

    Dividing the budget evenly holds however the scores depend on each other. An average of the
    capitals would be a martingale only if all scores were ranked in one filtration.
    """
    stacked = np.stack(list(evidence.values()))
    highest: Floats = stacked.max(axis=0) / len(stacked)
    return np.maximum(highest, 1.0 / len(stacked))
