"""`rungwise test`: open the seal once."""

from __future__ import annotations

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import (
    HERE,
    By,
    Folder,
    Json,
    OverrideGate,
    Reason,
    Role,
    Trust,
    Wait,
    override,
    written_project,
)


def command(
    folder: Folder = HERE,
    gates: OverrideGate = None,
    by: By = "",
    role: Role = "",
    reason: Reason = "",
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Measure the selected attempt on the sealed rows, once."""
    from rungwise.evaluation.calibration import calibration
    from rungwise.evaluation.operating_point import precision_there
    from rungwise.records import to_json

    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    override(opened, gates, by, role, reason)
    result = opened.test()
    goal = to_json(result.goal)
    if json:
        keys = ("metric", "value", "low", "high", "rows")
        review = {"rule": to_json(result.rule), "review": to_json(result.review)}
        output.as_json({key: goal[key] for key in keys} | {"unseal": result.unseal} | review)
        return
    output.line(f"Test: {output.measured(goal)}.")
    if precision := precision_there(result):
        output.line(precision)
    if result.apart is not None:
        output.line(
            "On the rows that nearly repeat no training row: "
            f"{output.measured(to_json(result.apart))}."
        )
    if result.expected is not None:
        from rungwise.workflow.expectation import difference

        output.line(difference(result.goal, result.expected))
    if result.review is not None:
        output.line(f"Review: {result.review.reason}")
        if told := calibration(result):
            output.line(told)
    if result.unseal > 1:
        output.line(f"This was look {result.unseal}: the estimate is no longer unseen.")
    output.line(f"Next: {opened.status()['next']}")
