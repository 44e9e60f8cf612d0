"""RUNBOOK.md of a release: what operations does, without knowing how the model was made (R78)."""

from __future__ import annotations

from rungwise.release.manifest import Manifest
from rungwise.reporting import wording
from rungwise.reporting.guideline import escaped

NAME = "write `owner: NAME` under `monitoring:` in rungwise.yaml"
PERSON = '--by NAME --role ROLE --reason "…"'


def runbook(manifest: Manifest, *, measures_distance: bool, owner: str = "") -> str:
    """The page.

    Args:
        manifest: The release's facts.
        measures_distance: Whether the release has embeddings, so that inputs far from the training
            rows can be seen.
        owner: Who is told of alarms; "" if nobody is named.
    """
    version = manifest.version
    return f"""# Runbook of {version}

{escaped(str(manifest.task["task"]["goal"]))}. {_tested(manifest)}

All commands run in the task folder, or with `-C FOLDER` behind the verb.

## Start

{_start(manifest)}

Into production, so that `predict` and `serve` answer with it unless told otherwise:
`rungwise release promote {version} {PERSON}`.

## Stop

Ctrl-C or SIGTERM ends the server once what came in is answered. A file that is being answered can
be stopped at any time: answer it again.

## Roll back

`rungwise release rollback {PERSON}` puts the version before this one back into production and
says who decided. A server that was started before keeps its version until an administrator changes
it (`POST /v1/admin/rollback`) or it is started again. `rungwise release history` says what was in
production when.

## Alarms

{_watched(manifest, owner)}

{_alarms(manifest, measures_distance=measures_distance)}
"""


def _tested(manifest: Manifest) -> str:
    if not manifest.test:
        return "It was not tested."
    goal = manifest.test[0]
    return f"On the test part it has {escaped(goal.metric)} {wording.measurement(goal)}."


def _start(manifest: Manifest) -> str:
    file = f"`rungwise predict --release {manifest.version} new.csv -o answers.csv` answers a file."
    if not manifest.classes:
        return file
    served = f"`rungwise serve --release {manifest.version}` answers over HTTP; "
    return f"{served}`GET /health/ready` says when it is ready. {file}"


def _watched(manifest: Manifest, owner: str) -> str:
    plan = manifest.monitoring.get("plan")
    if not plan:
        return "Nobody confirmed a monitoring plan for this release."
    told = f"Alarms go to {escaped(owner)}." if owner else f"Nobody is told of alarms: {NAME}."
    return (
        f"Confirmed by {escaped(str(manifest.monitoring.get('name', '')))}: people check "
        f"{plan['weekly_rows']:,} answers a week. A refresh is due if "
        f"{escaped(str(manifest.task['task']['metric']))} is worse by more than {plan['drop']:g}, "
        f"or after {plan['refresh_weeks']} weeks. {told}"
    )


def _alarms(manifest: Manifest, *, measures_distance: bool) -> str:
    alarms = [
        (
            "different requests",
            "the mix or the kind of requests changed, which need not be worse; the alarm says "
            "whether answers are",
            "`rungwise monitor check`, then `rungwise monitor draw` to have some labelled",
        ),
        (
            "spot checks",
            "labelled answers fell below the promise by more than the tolerated drop",
            f"`rungwise release rollback {PERSON}` if it began with this version, else "
            "`rungwise refresh --plan`",
        ),
        (
            "missed week",
            "nobody labelled a week, so nobody knows how good its answers are",
            "`rungwise monitor labels FILE`, or `rungwise monitor draw` if it was not drawn",
        ),
        (
            "refresh due",
            "the trigger above has fired; the alarm says what it waits for",
            "`rungwise refresh --plan`",
        ),
        (
            "a file of the release is refused",
            "what is deployed is not what was tested",
            "`rungwise verify`",
        ),
    ]
    rows = "\n".join(f"| {' | '.join(alarm)} |" for alarm in alarms)
    watched = (
        ""
        if measures_distance
        else "\n\nThis release has no encoder: how far inputs lie from the training rows is not "
        "watched."
    )
    return f"""| alarm | what it means | first command |
|---|---|---|
{rows}

`rungwise monitor alarms` lists those that are open. Take one on with
`rungwise monitor acknowledge ALARM --by NAME`, quieten it with
`rungwise monitor silence ALARM --until DATE --by NAME --reason "…"`, and end it with
`rungwise monitor close ALARM --by NAME --reason "…"`. `rungwise watch` checks every
day.{watched}"""
