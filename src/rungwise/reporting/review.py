"""When a person is asked: the section of the report, and what a model card says of it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from rungwise.decision_rule import Certificate, DecisionRule
from rungwise.evaluation.abstention import risk_by_coverage
from rungwise.evaluation.calibration import calibration
from rungwise.ledger.state import State
from rungwise.policy import Policy
from rungwise.records import Evidence
from rungwise.reporting.charts.risk_coverage import risk_coverage
from rungwise.table import Predictions


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """What the page shows.

    Attributes:
        certificate: What the test said; None before it, or by earlier rules.
        calibration: What the temperature did to the calibration error; "" if that is not known.
        rule: The thresholds of the newest look; None before it.
        picture: The curve of risk and coverage.
        rows: Measured rows that the curve is of.
    """

    certificate: Certificate | None
    calibration: str
    rule: DecisionRule | None
    picture: Markup
    rows: int


def review_section(
    state: State, attempt: Evidence, rows: pl.DataFrame, given: Predictions
) -> ReviewSection | None:
    """The section about an attempt; None without probabilities.

    Args:
        state: What is in force.
        attempt: The one that is shown.
        rows: With the column `expected` (n).
        given: Its answers to them (n).
    """
    if given.scores is None or not len(given) or not given.classes:
        return None
    look = state.unsealings[-1] if state.unsealings else None
    rule = look.rule if look is not None and look.attempt == attempt.id else None
    known = rule or DecisionRule(**attempt.details.get("rule", {}))
    decided = known.decide(known.calibrated(given.scores), given.classes)
    labels = pl.Series("label", given.classes, pl.String).gather(pl.Series(decided.labels))
    right = (labels == rows["expected"]).fill_null(value=False).to_numpy()
    policy = Policy.model_validate((state.task or {}).get("policy", {}))
    test = state.test if state.test is not None and state.test.attempt == attempt.id else None
    certificate = test.review if test is not None else None
    allowed = certificate.allowed if certificate is not None else policy.review.error
    points = risk_by_coverage(decided.confidence, right, policy.confidence)
    return ReviewSection(
        certificate,
        calibration(test) if test is not None else "",
        rule,
        risk_coverage(points, allowed, certificate),
        len(given),
    )
