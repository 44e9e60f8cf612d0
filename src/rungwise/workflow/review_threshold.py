"""The threshold for review: proposed on validation, confirmed by the one look at the test (C3, C7).

Nothing here reads a test row before the look is on record. What is proposed goes into the ledger
with the look, so that an interrupted test is finished by the same rule.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from rungwise.decision_rule import Certificate, DecisionRule, Proposal
from rungwise.errors import ModelError
from rungwise.evaluation.abstention import farthest, fewest_answers, proposed, upper_bound
from rungwise.evaluation.calibration import calibration_error, fitted_temperature
from rungwise.evaluation.standing import RULE
from rungwise.percent import percent
from rungwise.plugins import kind_of
from rungwise.records import Evidence, Unsealing
from rungwise.rules import DECIDED, rules_of
from rungwise.training import answers
from rungwise.workflow.measured_rows import kept_rows, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.protocols import Fitted, Served
    from rungwise.table import Predictions
    from rungwise.workflow.workspace import Workspace


def rule_of(workspace: Workspace, attempt: Evidence) -> DecisionRule | None:
    """How an attempt's probabilities become labels; None by earlier rules, and for texts.

    The temperature is fitted to the rows that the attempt was measured on: out-of-fold answers if
    there are folds, else those to validation, before the refit.
    """
    if not kind_of(workspace.task).labels or rules_of(workspace.state.split) < DECIDED:
        return None
    if (known := attempt.details.get(RULE)) is not None:
        return DecisionRule(**known)
    if workspace.metric.needs_scores:  # the goal is about the probabilities as they were measured
        return DecisionRule()
    given, labels = _measured(workspace, attempt)
    return DecisionRule(temperature=1.0 if given.scores is None else warmth(given, labels))


def propose(
    workspace: Workspace, selected: Evidence, fitted: Fitted
) -> tuple[DecisionRule | None, Proposal | None]:
    """The rule that the test is to confirm, and what validation says of its threshold.

    Args:
        workspace: The task folder.
        selected: The attempt that was measured.
        fitted: The model that is tested: that attempt's, or of the refit.
    """
    rule = rule_of(workspace, selected)
    given, labels = _measured(workspace, selected) if rule else (None, None)
    if rule is None or given is None or labels is None or given.scores is None:
        return rule, None
    policy, split = workspace.task.policy, workspace.state.split
    assert split is not None, "something was measured on it"
    decided = rule.decide(rule.calibrated(given.scores), given.classes)
    found = proposed(
        decided.confidence, decided.labels == labels, split.rows["test"],
        policy.review.error, policy.confidence, policy.review.far,
    )  # fmt: skip
    if found is None:
        return rule, None
    rule = replace(rule, review=found.threshold)
    if policy.review.far and (served := _served(workspace, fitted)) is not None:
        away = _distances(workspace, served, kept_rows(workspace)["input"])
        rule = replace(rule, distance=None if away is None else farthest(away, policy.review.far))
    return rule, found


def confirm(
    workspace: Workspace, look: Unsealing, rows: pl.DataFrame, given: Predictions, fitted: Fitted
) -> tuple[Predictions, DecisionRule | None, Certificate | None]:
    """What the rule makes of the answers to the test rows, and whether its threshold holds.

    Args:
        workspace: The task folder.
        look: On record, with the rule that was proposed.
        rows: Test rows with what is expected (n).
        given: Answers to them, before any threshold (n).
        fitted: What gave them.

    Returns:
        The answers; the rule that a release carries; the certificate. The last two are None by
        earlier rules and for generated text.
    """
    rule = look.rule
    if rule is None:
        return given, None, None
    distances = None
    if rule.distance is not None and (served := _served(workspace, fitted)) is not None:
        distances = _distances(workspace, served, rows["input"])
    decided = answers.by_rule(given, rule, distances)
    right = (decided.outputs == rows["expected"]).fill_null(value=False)
    found = _certificate(workspace, look, given, decided, right)
    if found.verdict == "none":
        rule = replace(rule, review=None, distance=None)
    return replace(decided, review=None), rule, found


def _certificate(
    workspace: Workspace,
    look: Unsealing,
    given: Predictions,
    decided: Predictions,
    right: pl.Series,
) -> Certificate:
    policy, rule, rows = workspace.task.policy, look.rule, len(decided)
    assert rule is not None, "earlier rules certify nothing"
    allowed, level = policy.review.error, policy.confidence
    before, after = _calibration(rule, given, right)
    empty = Certificate("none", "", allowed, level, rows, 0, 0, 1.0, 0, None, None, before, after)
    if decided.scores is None or decided.review is None:
        return replace(empty, reason=_why_none(workspace, given))
    answered = ~decided.review & decided.outputs.is_not_null()
    count, wrong = int(answered.sum()), int((answered & ~right).sum())
    bound = upper_bound(wrong, count, level)
    sure = answers.by_rule(given, replace(rule, distance=None)).review
    far = int((~sure & decided.review).sum()) if sure is not None else 0
    told = (
        f"{count:,} of {rows:,} test rows are answered and {rows - count:,} go to review; "
        f"{wrong:,} answers are wrong, so that with {percent(level)} confidence at most "
        f"{percent(bound, 1)} of the answers given are"
    )
    found = replace(
        empty, answered=count, wrong=wrong, bound=bound, far=far, confidence=rule.review,
        distance=rule.distance,
    )  # fmt: skip
    if bound > allowed:
        reason = f"No threshold is certified: {told}, where {percent(allowed, 1)} may be."
        return replace(found, reason=reason)
    if doubts := _doubts(workspace, look):
        reason = f"An estimate, for {percent(allowed, 1)}: {told}. {doubts}"
        return replace(found, verdict="estimate", reason=reason)
    return replace(
        found, verdict="certified", reason=f"Certified for {percent(allowed, 1)}: {told}."
    )


def _why_none(workspace: Workspace, given: Predictions) -> str:
    """Why validation proposed no threshold."""
    policy, split = workspace.task.policy, workspace.state.split
    if given.scores is None:
        return "No threshold is certified: the answers have no probabilities."
    least = fewest_answers(policy.review.error, policy.confidence)
    rows = split.rows["test"] if split else 0
    allowed = percent(policy.review.error, 1)
    if rows < least:
        return (
            f"No threshold is certified: {allowed} of wrong answers takes at least {least:,} test "
            f"rows that are answered without an error, and there are {rows:,}."
        )
    return (
        f"No threshold is certified: on validation no confidence leaves so few wrong answers that "
        f"{rows:,} test rows could show {allowed}."
    )


def _doubts(workspace: Workspace, look: Unsealing) -> str:
    """Why a bound from these test rows is an estimate for those to come; "" if it is not."""
    if look.number > 1:
        return f"This was look {look.number}: the rows are no longer unseen."
    if workspace.task.data.by_time:
        return "The test rows are the newest, and those to come are newer still."
    drift = (one for one in workspace.state.findings if one.code == "drift")
    if any(one.severity == "warn" for one in drift):
        return "The audit found drift, and the test rows were drawn at random from the past."
    return ""


def _calibration(
    rule: DecisionRule, given: Predictions, right: pl.Series
) -> tuple[float | None, float | None]:
    """Expected calibration error of the answers, before the temperature and at it."""
    if given.scores is None or not len(given):
        return None, None
    scores = rule.calibrated(given.scores)
    labels, rows = rule.labels(scores, given.classes), np.arange(len(given))
    before, after = (
        calibration_error(one[rows, labels], right.to_numpy()) for one in (given.scores, scores)
    )
    return before, after


def _measured(workspace: Workspace, attempt: Evidence) -> tuple[Predictions, NDArray[np.int64]]:
    """What an attempt answered to the rows that it was measured on, and their labels (n)."""
    given = workspace.predictions(attempt.predictions)
    expected = rows_of(workspace, attempt)["expected"]
    return given, places(expected, given.classes)


def places(expected: pl.Series, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Place of each label among the classes (n); -1 for one that is not among them."""
    known = {label: place for place, label in enumerate(classes)}
    found: NDArray[np.int64] = expected.replace_strict(
        known, default=-1, return_dtype=pl.Int64
    ).to_numpy()
    return found


def warmth(given: Predictions, labels: NDArray[np.int64]) -> float:
    """The temperature that answers (n) with their right classes (n) ask for."""
    answered = given.outputs.is_not_null().to_numpy()
    assert given.scores is not None, "labels with probabilities"
    return fitted_temperature(given.scores[answered], labels[answered])


def _served(workspace: Workspace, fitted: Fitted) -> Served | None:
    """The model as a release would hold it, which says how far a row lies; None if it cannot be."""
    from rungwise.release.opened import answers_in_text, opened
    from rungwise.release.package import Package

    with tempfile.TemporaryDirectory(dir=workspace.hidden) as temporary:
        folder = Path(temporary)
        try:
            fitted.export(folder)
        except ModelError:  # answers that were read from a file
            return None
        if answers_in_text(Package(folder, exported=True)):
            return None
        return opened(folder, exported=True)


def _distances(
    workspace: Workspace, served: Served, inputs: pl.Series
) -> NDArray[np.float32] | None:
    """Of each input to the training rows that a release keeps as its reference."""
    from rungwise.release.reference import NEIGHBOUR, ROWS, distances, drawn

    train = workspace.part("train")["input"]
    kept = served.embed(train.gather(drawn(len(train), ROWS)).to_list())
    embeddings = served.embed(inputs.to_list())
    if kept is None or embeddings is None or len(kept) < 2:
        return None
    return distances(embeddings, kept, NEIGHBOUR)
