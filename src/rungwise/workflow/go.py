"""The go decision: a named person accepts what the test left open, on record for ever (R70, C9)."""

from __future__ import annotations

from datetime import UTC, datetime

from rungwise.decisions.go_no_go import CONFIRMS, left_open
from rungwise.errors import GateHolds, TaskError
from rungwise.evaluation import figures
from rungwise.evaluation.standing import reaches
from rungwise.evaluation.wording import BELOW_TARGET, accepted, counted
from rungwise.go_decision import Go, worst_end
from rungwise.records import TestResult, Verdict, to_json
from rungwise.rules import rules_of
from rungwise.workflow.judge import judge, refusal, require, way_on
from rungwise.workflow.signature import signed
from rungwise.workflow.workspace import Workspace

DOWN, UP = "--down-to", "--up-to"


def require_go(workspace: Workspace) -> None:
    """Let the release begin only when nothing is left open, or a person has accepted it.

    Raises:
        GateHolds: Something is; the message names it, and the command that accepts it.
    """
    if found := standing_open(workspace):
        raise GateHolds(_asked(workspace, found), _command(workspace))


def go(
    workspace: Workspace,
    *,
    by: str,
    role: str,
    reason: str,
    down_to: str = "",
    up_to: str = "",
) -> Go:
    """Record that a named person accepts what the test left open.

    What is on record already in the same words is not written again.

    Args:
        workspace: The task folder.
        by: Who accepts it.
        role: In which role.
        reason: Why.
        down_to: The low end of the test's interval, as it is printed.
        up_to: The high end instead, if smaller values of the metric are better.

    Raises:
        GateHolds: A gate holds the release, which only an override changes.
        TaskError: The name, the role, the reason or the number is missing; the number is not
            the one that is printed; or nothing is left open.
    """
    signed("The go decision", by, role, reason)
    require(workspace, "ship", skip=("export_matches",))
    test, target = workspace.state.test, workspace.task.task.target
    assert test is not None, "the gate test_confirms holds without one"
    typed = (down_to or up_to).strip()
    found = standing_open(workspace)
    if not found:
        return _given_already(workspace, test, (by, role, reason, typed))
    _refuse_another_number(test, down_to, up_to, greater=workspace.metric.greater)
    _refuse_few_rows(workspace, test, found)
    decision = Go(
        attempt=test.attempt,
        data=test.data,
        unseal=test.unseal,
        goal=test.goal,
        target=target,
        greater=workspace.metric.greater,
        below_target=below_target(workspace, test),
        typed=typed,
        accepted={one.code: one.reason for one in found},
        name=by,
        role=role,
        reason=reason,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    workspace.record("go", to_json(decision))
    judge(workspace)
    return decision


def below_target(workspace: Workspace, test: TestResult) -> bool:
    """Whether a test value misses the target."""
    return not reaches(test.goal.value, workspace.task.task.target, workspace.metric.greater)


def standing_open(workspace: Workspace) -> tuple[Verdict, ...]:
    """The verdicts on the tested attempt that a person has to accept."""
    verdicts = {one.code: one for one in (*judge(workspace, "test"), *judge(workspace, "ship"))}
    return left_open(verdicts.values(), rules_of(workspace.state.split))


def _asked(workspace: Workspace, found: tuple[Verdict, ...]) -> str:
    test = workspace.state.test
    assert test is not None, "the gate test_confirms holds without one"
    told = " ".join(f"{one.code}: {one.reason}" for one in found)
    below = (
        f" The test value misses the target, so it would be {BELOW_TARGET}."
        if below_target(workspace, test)
        else ""
    )
    asks = "a person decides whether to ship"
    return f"{counted(len(found), 'question')} left open, and {asks}. {told}{below}"


def _command(workspace: Workspace) -> str:
    greater = workspace.metric.greater
    option = f"{DOWN} LOW" if greater else f"{UP} HIGH"
    end = "LOW is the low end" if greater else "HIGH is the high end"
    return (
        f"Whoever has read the report accepts it by name: `rungwise ship --go {option} --by NAME "
        f'--role ROLE --reason "…"`. {end} of the test\'s interval, as it is printed.'
    )


def _refuse_another_number(test: TestResult, down_to: str, up_to: str, *, greater: bool) -> None:
    goal = test.goal
    end, option, other = ("low", DOWN, UP) if greater else ("high", UP, DOWN)
    typed, wrong = (down_to, up_to) if greater else (up_to, down_to)
    where = (
        f"The {end} end of the test's interval stands in brackets behind the test value: see "
        "`Test` in `rungwise status`."
    )
    if wrong.strip():
        better = "larger" if greater else "smaller"
        raise TaskError(
            f"{other} is not for {goal.metric}, where {better} is better",
            f"Give {option} instead. {where}",
        )
    if not typed.strip():
        raise TaskError(f"The go decision lacks {option}", where)
    if not figures.readings(typed):
        raise TaskError(f"{option} {typed!r} is not a number", where)
    if not figures.reads_as(typed, worst_end(goal, greater=greater), goal.metric, goal.rows):
        raise TaskError(f"{typed} is not the number that is asked for", where)


def _refuse_few_rows(workspace: Workspace, test: TestResult, found: tuple[Verdict, ...]) -> None:
    """The gate itself holds by today's rules; by the first rules it is inconclusive as before."""
    confirms = next((one for one in found if one.code == CONFIRMS), None)
    least = workspace.task.policy.go_rows
    if confirms is not None and test.goal.rows < least:
        few = f"{counted(test.goal.rows, 'test row')} are too few for a go decision, which takes"
        raise GateHolds(
            f"{few} {least:,} (`policy.go_rows`). {refusal(confirms, 'ship')}",
            way_on(workspace, confirms, "ship"),
        )


def _given_already(workspace: Workspace, test: TestResult, said: tuple[str, ...]) -> Go:
    """The decision that stands, if it is given once more in the same words."""
    given = [one for one in workspace.state.goes if one.is_about(test, workspace.task.task.target)]
    if not given:
        raise TaskError(
            "The test left nothing open, so there is nothing to accept", "Run `rungwise ship`."
        )
    last = given[-1]
    if said != (last.name, last.role, last.reason, last.typed):
        raise TaskError(
            f"{last.name} ({last.role}) {accepted(last)} already, so nothing is left to accept",
            "Run `rungwise ship`.",
        )
    return last
