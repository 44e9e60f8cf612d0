"""`release promote`, `rollback` and `history`: what is in production, and who decided (R72)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rungwise.decisions.holding import EXPORT
from rungwise.errors import GateHolds, InputError, TaskError
from rungwise.records import ReleaseRecord, to_json
from rungwise.release.package import check
from rungwise.stages import InProduction, Promotion, champion, champions
from rungwise.workflow.alarms import owner
from rungwise.workflow.go import go, require_go
from rungwise.workflow.judge import override, require
from rungwise.workflow.released import PROMOTE, known_release
from rungwise.workflow.signature import signed
from rungwise.workflow.workspace import Workspace


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
        GateHolds: A refresh left something open, and nobody has accepted it.
        LedgerError: The release is not the one on record.
        ModelError: A file of the release is missing.
    """
    signature = signed("The promotion", by, role, reason)
    release = known_release(workspace, version)
    given = workspace.state.promotions
    if champion(given) == version:
        return given[-1]
    _refuse_late(given, seen)
    _require_accepted(workspace, release)
    return _record(workspace, release, signature, back=False)


def promote_automatically(workspace: Workspace, version: str, reason: str) -> Promotion | None:
    """Promote a refresh whose test confirms it, if `policy.refresh.promote` is `auto` (R70).

    Returns None, aloud, if the policy asks a person or the test leaves something open.
    """
    release, say = known_release(workspace, version), workspace.progress.say
    if workspace.task.policy.refresh.promote == "ask":
        return None
    if release.left_open:
        say(
            f"{version} is not promoted by `policy.refresh.promote: auto`: "
            f"{' and '.join(release.left_open)} did not pass."
        )
        return None
    name = owner(workspace)
    if not name:
        say(f"{version} is not promoted: nobody is named who answers for it (`monitoring.owner`).")
        return None
    signature = (name, "operations, by policy.refresh.promote: auto", reason)
    return _record(workspace, release, signature, back=False, automatic=True)


def accept(
    workspace: Workspace,
    version: str,
    gates: Sequence[str],
    down_to: str,
    up_to: str,
    *,
    by: str,
    role: str,
    reason: str,
) -> None:
    """Put on record what the test of a refresh left open and this person accepts or overrides.

    Raises:
        GateHolds: A gate holds that no override was given for.
        TaskError: Nothing is left open, or the number is not the one that is printed.
    """
    if not gates and not (down_to or up_to).strip():
        return
    release = known_release(workspace, version)
    test = workspace.state.test
    if not release.left_open or test is None or test.attempt != release.attempt:
        raise TaskError(
            f"The test of {version} left nothing open that could be accepted now",
            f"Promote it without: `{PROMOTE.format(version=version)}`.",
        )
    for gate in gates:
        override(workspace, gate, by=by, role=role, reason=reason)
    if (down_to or up_to).strip():
        try:
            go(workspace, by=by, role=role, reason=reason, down_to=down_to, up_to=up_to)
        except GateHolds as held:
            raise in_promotion(held, version) from None


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


def _require_accepted(workspace: Workspace, release: ReleaseRecord) -> None:
    """Refuse a refresh whose test left something open that nobody has accepted or overridden."""
    state = workspace.state
    accepted = {code for go in state.goes if go.attempt == release.attempt for code in go.accepted}
    accepted |= {one.gate for one in state.overrides if one.subject == release.attempt}
    missing = [code for code in release.left_open if code not in accepted]
    if not missing:
        return
    if state.test is None or state.test.attempt != release.attempt:
        raise GateHolds(
            f"The test of {release.version} left {' and '.join(missing)} open, and its test part "
            "is no longer in force",
            "Make another candidate from the rows of today: `rungwise refresh`.",
        )
    try:
        require(workspace, "ship", skip=(EXPORT,))
        require_go(workspace)
    except GateHolds as held:
        raise in_promotion(held, release.version) from None


def in_promotion(held: GateHolds, version: str) -> GateHolds:
    """The refusal with the command that promotes in place of `ship`."""
    command = f"rungwise release promote {version}"
    fact = held.fact.replace("before ship", f"before the promotion of {version}")
    return GateHolds(fact, held.next_step.replace("rungwise ship", command))


def _record(
    workspace: Workspace,
    release: ReleaseRecord,
    signature: tuple[str, str, str],
    *,
    back: bool,
    automatic: bool = False,
) -> Promotion:
    check(workspace.folder / release.folder, release.manifest, release.about)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    decision = Promotion(release.version, back, *signature, now, automatic)
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
