"""`rungwise compare`: two attempts on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import HERE, Folder, Json, Trust, Wait, project, written_project

if TYPE_CHECKING:
    from rungwise.workflow.project import Project

WHICH = 'An attempt by its id, the beginning of it, or its name, such as "few_shot nearest".'


def command(
    first: Annotated[str, typer.Argument(help=WHICH)],
    second: Annotated[str, typer.Argument(help=WHICH)],
    folder: Folder = HERE,
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
    judge: Annotated[bool, typer.Option("--judge", help="Ask the task's judge instead.")] = False,
) -> None:
    """Compare two attempts, paired on the same validation rows."""
    if judge:
        _judged(written_project(folder, wait=wait), first, second, json=json)
        return
    from rungwise.evaluation.attempt_names import attempt_name, meant

    opened = project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    found = opened.compare(first, second)
    if json:
        output.as_json(found)
        return
    metric = opened.status()["task"]["metric"]
    names = [attempt_name(meant(one, opened.attempts())) for one in (first, second)]
    output.line(
        f"{names[1]} over {names[0]}: {output.difference(found, metric)} "
        f"on {found.rows:,} rows that both answered, p = {found.p_value:.3g}"
    )


def _judged(opened: Project, first: str, second: str, *, json: bool) -> None:
    found = opened.judge_pairs(first, second)
    if json:
        output.as_json(found)
        return
    if found.untrusted:
        output.line(f"untrusted: {found.untrusted}")
    if found.cost:
        output.line(f"asked with {output.cost(found.cost)}")
    output.line(
        f"{second} over {first}: {found.won:,} won, {found.tied:,} tied, {found.lost:,} lost, "
        f"{found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}], p = {found.p_value:.3g}; "
        f"{found.left_out:,} rows without a verdict"
    )
