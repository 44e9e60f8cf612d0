"""`compare --judge`: which of two attempts the judge prefers, row by row, in both orders (R65)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rungwise.evaluation.judging.question import Pair
from rungwise.evaluation.mcnemar import exact_difference, mcnemar
from rungwise.records import Numbers
from rungwise.workflow.judging import calibrated, section, spent, tell, usage
from rungwise.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Preferred:
    """How often the judge prefers the second attempt's answer to the first's.

    Attributes:
        won, tied, lost: Rows; a row counts only where both orders agree, else it is tied.
        left_out: Rows without a verdict.
        difference: (won - lost) over the rows with a verdict, with its exact interval.
        p_value: Of the exact sign test over the rows that are not tied.
        same: Share of the rows whose two orders agree.
        cost: Tokens, requests and money that it took; empty where the model counts none.
        untrusted: Why the verdicts prove nothing; "" where people bear the judge out on pairs.
    """

    won: int
    tied: int
    lost: int
    left_out: int
    difference: float
    low: float
    high: float
    p_value: float
    same: float | None
    untrusted: str
    cost: Numbers


def judge_pairs(workspace: Workspace, first: str, second: str) -> Preferred:
    """Ask the judge about two attempts on the rows that both answered.

    Raises:
        TaskError: The task describes no judge, or there are no such attempts.
        ModelError: The judge cannot be asked.
    """
    one, other = (workspace.attempt(prefix).predictions for prefix in (first, second))
    rows = workspace.measured()
    answers = [workspace.predictions(digest).outputs.fill_null("") for digest in (one, other)]
    untrusted = _untrusted(workspace)
    if untrusted:
        workspace.progress.say(f"Untrusted: {untrusted}.")
    pairs = [Pair(*row) for row in zip(rows["input"], *answers, strict=True)]
    before = usage(workspace.judge)
    verdicts = workspace.judge.preferences(pairs)
    tell(workspace, verdicts)
    told = verdicts.values[~np.isnan(verdicts.values)]
    won, lost = int((told > 0).sum()), int((told < 0).sum())
    count = max(len(told), 1)
    low, high = exact_difference(won, lost, count, workspace.task.policy.confidence)
    return Preferred(
        won=won, tied=len(told) - won - lost, lost=lost, left_out=verdicts.left_out,
        difference=(won - lost) / count, low=low, high=high, p_value=mcnemar(won, lost),
        same=verdicts.same, untrusted=untrusted, cost=spent(workspace.judge, before),
    )  # fmt: skip


def _untrusted(workspace: Workspace) -> str:
    if section(workspace).pairs is None:
        return "The judge was not compared with people on pairs: `judge.pairs` names no sample"
    found = calibrated(workspace, "pairs")
    return "" if found.trusted else found.reason
