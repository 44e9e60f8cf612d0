"""`release promote`, `rollback` and `history`: what is in production, and who decided (R72)."""

from __future__ import annotations

from datetime import UTC, datetime

from rungwise.errors import InputError, TaskError
from rungwise.records import ReleaseRecord, to_json
from rungwise.release.package import check
from rungwise.stages import InProduction, Promotion, champion, champions
from rungwise.workflow.signature import signed
from rungwise.workflow.workspace import Workspace

PROMOTE = 'rungwise release promote {version} --by NAME --role ROLE --reason "…"'


def promote(
    workspace: Workspace, version: str, *, by: str, role: str, reason: str, seen: int | None = None
) -> Promotion:
    """Make a release the champion; the one before it is retired.

    A champion that is promoted again stays as it is, and nothing is written.

    Args:
        workspace: The task folder.
        version: Such as `v1.1`.
        by: Who decides.
        role: In which role.
        reason: Why.
        seen: How many decisions were on record when this one was made; None if the lock was
            held since then.

    Raises:
        InputError: There is no such release.
        TaskError: The name, the role or the reason is missing, or somebody else decided first.
        LedgerError: The release is not the one on record.
        ModelError: A file of the release is missing.
    """
    signature = signed("The promotion", by, role, reason)
    release = known_release(workspace, version)
    given = workspace.state.promotions
    if champion(given) == version:
        return given[-1]
    _refuse_late(given, seen)
    return _record(workspace, release, signature, back=False)


def rollback(
    workspace: Workspace, *, by: str, role: str, reason: str, seen: int | None = None
) -> Promotion:
    """Put back the champion before the last promotion; the one in production is retired.

    Raises:
        InputError: Nothing was in production before.
        TaskError: The name, the role or the reason is missing, or somebody else decided first.
        LedgerError: The earlier release is not the one on record.
        ModelError: A file of the earlier release is missing.
    """
    signature = signed("The rollback", by, role, reason)
    given = workspace.state.promotions
    _refuse_late(given, seen)
    stack = champions(given)
    if len(stack) < 2:
        fact = (
            f"No release was in production before {stack[0]}"
            if stack
            else "No release was ever put into production"
        )
        raise InputError(
            f"{fact}, so there is nothing to roll back to",
            f"Put another one there: `{PROMOTE.format(version='VERSION')}`.",
        )
    return _record(workspace, known_release(workspace, stack[-2]), signature, back=True)


def history(workspace: Workspace) -> list[InProduction]:
    """What was in production when, and who decided; oldest first."""
    digests = {release.version: release.manifest for release in workspace.state.releases}
    given = workspace.state.promotions
    ends = [*(one.time for one in given[1:]), ""][: len(given)]
    return [
        InProduction(one.version, one.time, end, digests.get(one.version, ""), one)
        for one, end in zip(given, ends, strict=True)
    ]


def decisions(workspace: Workspace) -> int:
    """How many decisions about production are on record now, written by anybody."""
    return len(Workspace(workspace.folder, workspace.progress).state.promotions)


def known_release(workspace: Workspace, version: str) -> ReleaseRecord:
    """The record of a release.

    Raises:
        InputError: There is none of this version.
    """
    known = {release.version: release for release in workspace.state.releases}
    if version not in known:
        told = f"Known: {', '.join(known)}." if known else "Make one with `rungwise ship`."
        raise InputError(f"There is no release {version}", told)
    return known[version]


def _record(
    workspace: Workspace, release: ReleaseRecord, signature: tuple[str, str, str], *, back: bool
) -> Promotion:
    check(workspace.folder / release.folder, release.manifest, release.about)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    decision = Promotion(release.version, back, *signature, now)
    workspace.record("stage", to_json(decision))
    return decision


def _refuse_late(given: tuple[Promotion, ...], seen: int | None) -> None:
    """Two people who decide at once saw the same champion: only the first of them decided on it."""
    if seen is None or len(given) == seen:
        return
    last = given[-1]
    raise TaskError(
        f"{last.name} ({last.role}) put {last.version} into production in the meantime",
        "Read `rungwise release history`, then decide again.",
    )
