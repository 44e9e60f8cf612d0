"""Stable quarters: all detectors watch 13 weeks in which nothing changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.monitoring.deployments import Rows
from rungwise.evaluation.proportions import wilson
from rungwise.monitoring.alarm_budget import ANSWERS, SHARES, SPOT_CHECKS, balance
from rungwise.monitoring.quality_evidence import quality_evidence
from rungwise.monitoring.quality_interval import quality_interval
from rungwise.monitoring.request_scores import input_evidence
from rungwise.monitoring.spot_checks import Draws, draw, effective_labels
from rungwise.policy import MonitoringPolicy
from rungwise.programme import WEEKS
from rungwise.sample.strata import Strata

BUDGET = 0.05
REQUESTS = 400
LABELS = 100
BASELINES = (150, 500, 1500)
KNOWN = 0.92
WEEKLY = 10_000
"""Requests a week before the sample."""


def quarter(own: Rows, held_out: int, number: int) -> dict[str, Any]:
    """One quarter, looked at when each week ends and, for labels, after each one."""
    generator = np.random.default_rng([1, held_out, number])
    baseline = own.draw(held_out, generator)
    low, _ = wilson(float(baseline.correct.sum()), held_out, 0.95)
    weeks = [own.draw(REQUESTS, generator) for _ in range(WEEKS)]
    checks = [_check(week, LABELS, generator, weighted=True) for week in weeks]
    evidence = {
        **input_evidence(baseline.scores, [week.scores for week in weeks], number),
        SPOT_CHECKS: quality_evidence(checks, low),
    }
    last = {name: float(values[-1]) for name, values in evidence.items()}
    reached = balance(last, SHARES, BUDGET)
    return {"alarm": reached.alarm, "by": reached.detector, "evidence": last,
            "promise": low, "true": float(own.correct.mean())}  # fmt: skip


def foreign(own: Rows, other: Rows, cell: dict[str, Any], number: int) -> dict[str, Any]:
    """Foreign rows among the requests of one week, after `before` stable weeks."""
    generator = np.random.default_rng([2, cell["held_out"], cell["rows"], number])
    baseline = own.draw(cell["held_out"], generator)
    added = round(cell["share"] * cell["rows"])
    weeks = [own.draw(cell["rows"], generator) for _ in range(cell["before"])]
    last = own.draw(cell["rows"] - added, generator).join(other.draw(added, generator), generator)
    weeks.append(last)
    evidence = input_evidence(baseline.scores, [week.scores for week in weeks], number)
    by = [{name: float(values[week]) for name, values in evidence.items()}
          for week in range(len(weeks))]  # fmt: skip
    early = bool(by[:-1]) and balance(by[-2], SHARES, BUDGET).alarm
    reached = balance(by[-1], SHARES, BUDGET)
    return {"alarm": reached.alarm and not early, "early": early, "by": reached.detector}


def fall(own: Rows, cell: dict[str, Any], number: int) -> dict[str, Any]:
    """Quality falls below a known promise of .92; labels only.

    Uniform labels are drawn from the error rate. Weighted ones are drawn from the rows of the
    deployment: a part of the right rows, equally likely whatever their confidence, has become
    wrong, so the confidence knows nothing of the fall. Sampled ones are drawn as the product
    draws them: `WEEKLY` requests fill the sample by its strata, and the draw counts both weights.
    """
    generator = np.random.default_rng([3, round(cell["points"] * 1000), cell["before"], number])
    weeks, known = [], []
    for week in range(cell["before"] + cell["weeks"]):
        points = cell["points"] if week >= cell["before"] else 0.0
        if cell["kind"] == "sampled":
            pair = _sampled(_broken(own, WEEKLY, points, generator), week, generator)
        elif cell["kind"] == "weighted":
            pair = _check(_broken(own, 2000, points, generator), LABELS, generator, weighted=True)
        else:
            draws = draw(1000, cell["labels"], generator)
            pair = draws, (generator.random(cell["labels"]) < 1 - KNOWN + points).astype(float)
        weeks.append(pair)
        if week >= cell["before"]:
            known.append(effective_labels(pair[0].values(pair[1])))
    promise = KNOWN if cell["kind"] == "uniform" else float(own.correct.mean())
    evidence = quality_evidence(weeks, promise)
    needed = 1 / (BUDGET * SHARES[SPOT_CHECKS])
    early = bool(cell["before"]) and bool(evidence[cell["before"] - 1] >= needed)
    alarm = bool(evidence[-1] >= needed) and not early
    return {"alarm": alarm, "early": early, "effective": float(np.mean(known))}


def covered(own: Rows, weeks: int, number: int) -> dict[str, Any]:
    """Whether the interval of stable weeks of sampled labels holds the share of right answers."""
    generator = np.random.default_rng([6, weeks, number])
    pairs = [
        _sampled(_broken(own, WEEKLY, 0.0, generator), week, generator) for week in range(weeks)
    ]
    found, truth = quality_interval(pairs), float(own.correct.mean())
    return {"covered": bool(found.low <= truth <= found.high), "width": found.high - found.low,
            "unknown": False, "truth": truth, "value": found.value}  # fmt: skip


def _broken(own: Rows, rows: int, points: float, generator: np.random.Generator) -> Rows:
    """Requests of which so many points more are wrong, whatever the confidence."""
    drawn = own.draw(rows, generator)
    lost = generator.random(rows) < points / own.correct.mean()
    return Rows(drawn.scores, drawn.correct & ~lost, drawn.confidence)


def _sampled(week: Rows, number: int, generator: np.random.Generator) -> tuple[Draws, Any]:
    """Labels of a week whose requests came into the sample by its strata."""
    policy, rows = MonitoringPolicy(), len(week.correct)
    strata = Strata(policy.sample_rows, policy.class_rows, int(generator.integers(2**31)))
    start = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(weeks=number)
    times = [start + timedelta(days=7 * place / rows) for place in range(rows)]
    answers = [f"{value:.9f}" for value in week.scores[ANSWERS]["predicted label"]]
    ids = [str(place) for place in range(rows)]
    kept, weight, _ = strata.admit("v1.0", ids, times, answers, week.confidence.astype(np.float32))
    asked = week.take(kept)
    draws = draw(len(kept), LABELS, generator, 1 - asked.confidence, weight)
    return draws, (~asked.correct[draws.rows]).astype(float)


def _check(
    week: Rows, labels: int, generator: np.random.Generator, *, weighted: bool
) -> tuple[Draws, Any]:
    expected = 1 - week.confidence if weighted else None
    draws = draw(len(week.correct), labels, generator, expected)
    return draws, (~week.correct[draws.rows]).astype(float)
