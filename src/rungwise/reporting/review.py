"""When a person is asked: the section of the report, and what a model card says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

from rungwise.decision_rule import Certificate, DecisionRule
from rungwise.evaluation.abstention import risk_by_coverage
from rungwise.evaluation.calibration import calibration
from rungwise.evaluation.operating_point import points as operating_points
from rungwise.evaluation.operating_point import precision_there
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.standing import RULE, at_recall
from rungwise.ledger.state import State
from rungwise.policy import Policy
from rungwise.records import Evidence
from rungwise.reporting.certificate import certificate
from rungwise.reporting.charts.precision_recall import precision_recall
from rungwise.reporting.charts.risk_coverage import risk_coverage
from rungwise.table import Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMPTY = Markup("")


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """What the page shows.

    Attributes:
        certificate: What the test said; None before it, or by earlier rules.
        calibration: What the temperature did to the calibration error; "" if that is not known.
        rule: The thresholds of the newest look; None before it.
        picture: The curve of risk and coverage.
        rows: Measured rows that the curve is of.
        label: The class of a goal of recall; "" for other goals.
        tradeoff: Its precision by recall, with the chosen point; "" for other goals.
        threshold: What the test says of that point; "" before it.
    """

    certificate: Certificate | None
    calibration: str
    rule: DecisionRule | None
    picture: Markup
    rows: int
    label: str = ""
    tradeoff: Markup = EMPTY
    threshold: str = ""


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
    known = rule or DecisionRule(**attempt.details.get(RULE, {}))
    decided = known.decide(known.calibrated(given.scores), given.classes)
    labels = pl.Series("label", given.classes, pl.String).gather(pl.Series(decided.labels))
    right = (labels == rows["expected"]).fill_null(value=False).to_numpy()
    policy = Policy.model_validate((state.task or {}).get("policy", {}))
    test = state.test if state.test is not None and state.test.attempt == attempt.id else None
    stands = certificate(state) if test is not None else None
    allowed = stands.allowed if stands is not None else policy.review.error
    points = risk_by_coverage(decided.confidence, right, policy.confidence)
    return ReviewSection(
        stands,
        calibration(test) if test is not None else "",
        rule,
        risk_coverage(points, allowed, stands),
        len(given),
        known.label,
        _tradeoff(attempt, known, rows, decided.probabilities, given.classes),
        precision_there(test) if test is not None else "",
    )


def _tradeoff(
    attempt: Evidence,
    rule: DecisionRule,
    rows: pl.DataFrame,
    probabilities: NDArray[np.float32],
    classes: tuple[str, ...],
) -> Markup:
    """Precision by recall of the class that has a threshold."""
    if rule.least is None or not at_recall(attempt):
        return EMPTY
    found = operating_points(
        probabilities[:, classes.index(rule.label)],
        (rows["expected"] == rule.label).to_numpy(),
        lambda kind, right, count: wilson(right, count, attempt.goal.level)[0],
        100,
    )
    points = [(one.recall, one.precision) for one in found]
    return precision_recall(rule.label, points, attempt.details["point"])
