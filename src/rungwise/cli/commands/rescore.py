"""`rungwise rescore`: another metric of outputs that are kept."""

from __future__ import annotations

from typing import Annotated

import typer

from rungwise.cli import output
from rungwise.cli.ask_trust import ask_trust
from rungwise.cli.options import HERE, Folder, Json, Trust, Wait, written_project


def command(
    metric: Annotated[str, typer.Option("--metric", help="Any metric: chrf, regex[…], judge.")],
    attempts: Annotated[
        list[str] | None, typer.Argument(help="Ids or names of attempts; all if left out.")
    ] = None,
    folder: Folder = HERE,
    trust: Trust = None,
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Measure kept outputs by another metric, without a new run."""
    from rungwise.evaluation.attempt_names import attempt_name, short
    from rungwise.records import to_json

    opened = written_project(folder, wait=wait)
    ask_trust(opened, trust, json=json)
    found = opened.rescore(metric, attempts or ())
    if json:
        output.as_json(found)
        return
    if found.untrusted:
        output.line(f"untrusted: {found.untrusted}")
    if found.cost:
        output.line(f"asked with {output.cost(found.cost)}")
    names = {one.id: attempt_name(one) for one in opened.attempts()}
    for one in found.attempts:
        gain = ""
        if one.difference is not None:
            gain = (
                f", {output.difference(one, one.value.metric, one.value.rows)} over the baseline, "
                f"p = {one.p_value:.3g}"
            )
        name = f"{short(one.attempt)} {names.get(one.attempt, one.rung)}"
        output.line(f"{name}: {output.measured(to_json(one.value))}{gain}")
