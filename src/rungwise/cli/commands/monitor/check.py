"""`rungwise monitor check`: what production says of the release that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, On, Wait, day_of, written_project

if TYPE_CHECKING:
    from rungwise.workflow.monitor_check import Report

HOLDS = 3
"""Exit code of what a person has to look at, as of a gate that holds."""


def command(
    on: On = None,
    fail: Annotated[
        bool, typer.Option("--fail", help="End with exit code 3 if there is an alarm.")
    ] = False,
    folder: Folder = HERE,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Weigh what the sample and the spot checks say, and raise an alarm if it is enough."""
    found = written_project(folder, wait=wait).check_production(day_of(on))
    if json:
        notices = [one.notice.content for one in found.raised if one.notice is not None]
        output.as_json({**found.as_json, "notices": notices})
    else:
        for line in lines(found):
            output.line(line)
        for raised in found.raised:
            if raised.notice is not None:
                output.line(raised.notice.text)
    if fail and found.checked.alarm:
        raise typer.Exit(HOLDS)


def lines(found: Report) -> list[str]:
    """What a person reads."""
    from rungwise.evaluation.wording import counted
    from rungwise.percent import estimate, percent

    checked, week = found.checked, found.week
    told = [
        f"{checked.version}, week {checked.week} of 13 since {found.programme.start}: "
        f"{counted(checked.rows, 'request')} in the sample."
    ]
    if not checked.weeks or not checked.weeks[-1]:
        told.append(f"Week {checked.week} has no requests.")
    verdict = "This is an alarm." if checked.alarm else "No alarm."
    told.append(f"{found.balance.sentence} {verdict}")
    weighed = [
        f"{name} {_told(found.programme.shares[name] * value)}"
        for name, value in sorted(checked.evidence.items())
    ]
    if weighed:
        told.append(f"By detector: {', '.join(weighed)}.")
    told += week.sentences
    if found.labelled is not None and found.labelled.labels:
        label = found.labelled
        told.append(
            f"Quality by {counted(label.labels, 'label')}: "
            f"{estimate(label.value, label.low, label.high)}."
        )
    if found.estimate is not None:
        guess = found.estimate
        known = f"{estimate(guess.value, guess.low, guess.high)}" if not guess.unknown else ""
        told.append(
            f"Quality without labels: {known}." if known
            else f"Quality without labels: unknown, because {guess.unknown}."
        )  # fmt: skip
    if found.programme.promise is not None:
        least = found.programme.promise - found.programme.drop
        told.append(f"Promised: {percent(found.programme.promise)}, tolerated {percent(least)}.")
    return [*told, *found.said]


def _told(evidence: float) -> str:
    return f"{evidence:.2g}" if evidence < 1e6 else "more than 1,000,000"
