"""Evidence that quality fell below a stated promise, label by label.

The promise is an error rate; the null hypothesis is that in every week the expected error rate is
at most that. A bettor stakes on each spot check that it is higher: the factor 1 + b (value - rate)
has a mean of at most 1 under the null, so the product is a test supermartingale and the alarm may
be looked for after every label (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random
variables by betting"; Podkopaev and Ramdas 2022, "Tracking the risk of a deployed model and
detecting harmful distribution shifts"; with expected errors as control variates: Zhang, Cai, Yu
and Simeone 2026, "Prediction-powered risk monitoring of deployed models"). The bets are fixed
before the programme: falls of several sizes, and a stake on each week in which it may begin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rungwise.monitoring.spot_checks import Draws
from rungwise.programme import WEEKS

Floats = NDArray[np.float64]

FALLS = np.array([0.05, 0.10, 0.25])
"""Falls of quality, in points over 100, that the bets are the best against."""
STAKES = np.array([0.45, 0.45, 0.1])
AT_ONCE = 0.4
"""Stake on a fall that the first week already shows; the other weeks share the rest."""
LARGEST = 0.95
"""Of the capital, what one label may lose."""


def starts(weeks: int = WEEKS) -> Floats:
    """Stake on a fall that begins in each week (weeks,)."""
    later = (1 - AT_ONCE) / max(1, weeks - 1)
    return np.array([AT_ONCE, *[later] * (weeks - 1)])


def bets(rate: float) -> Floats:
    """Stake a unit of error against each of `FALLS`: Kelly's bet for right-or-wrong labels.

    With b = fall / (rate (1 - rate)), the factor is the likelihood ratio of the higher error
    rate over the promised one.
    """
    floor = max(rate, 1e-3)
    found: Floats = FALLS / (floor * (1 - floor))
    return found


def quality_evidence(
    weeks: Sequence[tuple[Draws, Floats]], promise: float, drop: float = 0.0
) -> Floats:
    """The highest evidence until the end of each week that quality is below the promise (weeks,).

    A row without a label (late, skipped, contradicted) counts as right. So the evidence is never
    more than the complete labels would give, and missing labels raise no false alarm whatever
    the reason why they are missing; a late label is added in its place.

    Args:
        weeks: The draws of each week of the programme, and the error of each: 0 (right) to 1
            (wrong), NaN without a settled label.
        promise: Quality (0 to 1) that was promised: by default the low end of the test interval.
        drop: Points below the promise that are tolerated (X), 0 to 1.

    Raises:
        ValueError: The promise minus the drop leaves no error rate between 0 and 1.
    """
    rate = 1 - promise + drop
    if not 0 <= rate < 1:
        raise ValueError(f"a promise of {promise} with a drop of {drop} cannot be tested")
    stakes = starts(max(WEEKS, len(weeks)))
    active = np.zeros((0, len(FALLS)))
    idle, highest, evidence = 1.0, 1.0, []
    for number, (draws, errors) in enumerate(weeks):
        logs = _log_factors(draws, errors, rate)
        active = np.concatenate([active, np.log(stakes[number] * STAKES)[None]])
        idle -= stakes[number]
        paths = active[:, None, :] + np.cumsum(logs, axis=0)[None]
        if len(logs):
            totals = np.exp(np.minimum(paths, 700)).sum(axis=(0, 2)) + max(idle, 0)
            highest = max(highest, float(totals.max()))
            active = paths[:, -1]
        evidence.append(highest)
    return np.array(evidence)


def _log_factors(draws: Draws, errors: Floats, rate: float) -> Floats:
    """Logarithm of what each label multiplies the stake on each fall by (draws, falls)."""
    counted = np.where(np.isnan(errors), 0.0, errors)
    gain = draws.values(counted) - rate
    worst = np.maximum(rate - draws.floor, 1e-12)
    bet = np.minimum(bets(rate), (LARGEST / worst)[:, None])
    logs: Floats = np.log1p(bet * gain[:, None])
    return logs
