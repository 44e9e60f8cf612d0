"""Alarms of a watched release: raise, acknowledge, silence, close (R73, R77).

One notice an alarm, not one a run: raising an alarm that is on record already sends nothing, unless
a channel has not got its notice yet, or the date of a silence has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rungwise.alarm import Alarm, AlarmEvent, Standing
from rungwise.errors import InputError, TaskError
from rungwise.evaluation.wording import counted
from rungwise.records import to_json
from rungwise.workflow.notices import SCREEN, Notice, channels, send
from rungwise.workflow.workspace import Workspace

EXAMPLES = 5
LONGEST = 160
"""Characters of an example."""
NOBODY = (
    "Nobody is named who is told of alarms: write `owner: NAME` under `monitoring:` in "
    "rungwise.yaml."
)


@dataclass(frozen=True, slots=True)
class Example:
    """A request that shows what is wrong; its text is redacted by whoever gives it.

    Attributes:
        id: The request's.
        text: What was asked.
        answer: What the release answered.
        right: What a person says is right; "" if nobody did.
    """

    id: str
    text: str
    answer: str
    right: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """What came of raising an alarm.

    Attributes:
        alarm: As it stands now.
        notice: To be printed to standard output; None if it was printed before, or is silenced,
            acknowledged or closed.
        failed: Channels that the notice did not reach → why; they are tried again next time.
    """

    alarm: Alarm
    notice: Notice | None
    failed: dict[str, str]


def raise_alarm(
    workspace: Workspace,
    kind: str,
    sentence: str,
    *,
    subject: str = "",
    version: str = "",
    first: str = "",
    examples: Sequence[Example] = (),
    day: date | None = None,
) -> Raised:
    """Put an alarm on record and send its notice, once.

    Args:
        workspace: The task folder.
        kind: What it is about, such as `spot checks`.
        sentence: What is wrong, with the numbers.
        subject: Tells alarms of the kind apart, such as a programme and its week. Each is raised
            once, however often this is called and whatever became of it.
        version: The release that it is about.
        first: The command to begin with.
        examples: Requests that show it; the classes that answered most of them are named.
        day: The day in UTC; today unless given.
    """
    today = day or datetime.now(UTC).date()
    alarm = _known(workspace, kind, subject)
    if alarm is None:
        event = AlarmEvent(
            "raised",
            f"a{len(workspace.state.alarms) + 1}",
            kind=kind,
            subject=subject,
            sentence=sentence,
            first=first,
            version=version,
            owner=owner(workspace),
            rows=tuple(one.id for one in examples[:EXAMPLES]),
            day=today.isoformat(),
        )
        workspace.record("alarm", to_json(event))
        alarm = _of(workspace, event.id)
    return _notify(workspace, alarm, examples, today)


def send_due(
    workspace: Workspace, day: date | None = None, tried: Collection[str] = ()
) -> tuple[Raised, ...]:
    """Send the notices of open alarms that some channel has not got yet.

    Args:
        workspace: The task folder.
        day: The day in UTC; today unless given.
        tried: Alarms whose notice was sent just now, or failed.
    """
    today = day or datetime.now(UTC).date()
    others = [alarm for alarm in workspace.state.alarms if alarm.id not in tried]
    return tuple(_notify(workspace, alarm, (), today) for alarm in others)


def standing(workspace: Workspace, day: date | None = None) -> list[tuple[Alarm, Standing]]:
    """Every alarm with how it stands on a day (today unless given), oldest first."""
    today = day or datetime.now(UTC).date()
    return [(alarm, alarm.standing(today)) for alarm in workspace.state.alarms]


def acknowledge(workspace: Workspace, alarm: str, *, by: str, day: date | None = None) -> Alarm:
    """Say who takes an alarm on.

    Raises:
        InputError: There is no such alarm, or it is closed.
        TaskError: The name is missing.
    """
    _refuse_blank("An acknowledgement", {"--by NAME": by})
    return _event(workspace, alarm, AlarmEvent("acknowledged", alarm, name=by.strip()), day)


def silence(
    workspace: Workspace, alarm: str, *, until: date, by: str, reason: str, day: date | None = None
) -> Alarm:
    """Send no notice of an alarm and of later ones of its kind before a date.

    They stay on record; on that day those that are not closed are open again.

    Raises:
        InputError: There is no such alarm, it is closed, or the date is not in the future.
        TaskError: The name or the reason is missing.
    """
    _refuse_blank("A silence", {"--by NAME": by, '--reason "…"': reason})
    today = day or datetime.now(UTC).date()
    if until <= today:
        raise InputError(
            f"An alarm cannot be silenced until {until}: today is {today}", "Give a later date."
        )
    said = AlarmEvent(
        "silenced", alarm, name=by.strip(), until=until.isoformat(), reason=reason.strip()
    )
    return _event(workspace, alarm, said, day)


def close(
    workspace: Workspace, alarm: str, *, by: str, reason: str, day: date | None = None
) -> Alarm:
    """Close an alarm: what it is about is not raised again.

    Raises:
        InputError: There is no such alarm, or it is closed.
        TaskError: The name or the reason is missing.
    """
    _refuse_blank("Closing an alarm", {"--by NAME": by, '--reason "…"': reason})
    said = AlarmEvent("closed", alarm, name=by.strip(), reason=reason.strip())
    return _event(workspace, alarm, said, day)


def owner(workspace: Workspace) -> str:
    """Who is told of alarms: as `monitoring.owner` and `owners.operations` say, in this order.

    Unless they name anybody, it is who confirmed the monitoring plan last; "" if nobody did.
    """
    plan, task, given = workspace.task.monitoring, workspace.task, workspace.state.monitoring
    named = (plan.owner if plan else None) or task.owners.operations
    return (named or (given.name if given else "")).strip()


def _known(workspace: Workspace, kind: str, subject: str) -> Alarm | None:
    same = (
        a for a in workspace.state.alarms if (a.raised.kind, a.raised.subject) == (kind, subject)
    )
    return next(same, None)


def _of(workspace: Workspace, alarm: str) -> Alarm:
    known = {one.id: one for one in workspace.state.alarms}
    if alarm not in known:
        open_ones = [name for name, one in known.items() if not one.closed]
        told = f"Not closed are {', '.join(open_ones)}." if open_ones else "No alarm is open."
        raise InputError(f"There is no alarm {alarm!r}", told)
    return known[alarm]


def _event(workspace: Workspace, alarm: str, event: AlarmEvent, day: date | None) -> Alarm:
    found = _of(workspace, alarm)
    if found.closed:
        raise InputError(
            f"Alarm {alarm} was closed by {found.by}: {found.closed}",
            "`rungwise monitor alarms` lists those that are open.",
        )
    today = (day or datetime.now(UTC).date()).isoformat()
    workspace.record("alarm", to_json(event) | {"day": today})
    return _of(workspace, alarm)


def _notify(workspace: Workspace, alarm: Alarm, examples: Sequence[Example], today: date) -> Raised:
    plan = workspace.task.monitoring
    given = plan.notices if plan else None
    due = [name for name in channels(given) if name not in alarm.reached]
    if alarm.standing(today) != "open" or not due:
        return Raised(alarm, None, {})
    if not alarm.raised.owner and SCREEN in due:
        workspace.progress.say(NOBODY)
    notice = _notice(workspace, alarm, examples)
    results = {name: send(notice, name, given, workspace.folder) for name in due}
    failed = {name: why for name, why in results.items() if why}
    for why in failed.values():
        workspace.progress.say(
            f"{why}. Alarm {alarm.id} is on record; its notice is sent again with the next "
            "`rungwise monitor check`."
        )
    if reached := tuple(name for name in due if name not in failed):
        event = AlarmEvent("notified", alarm.id, channels=reached, day=today.isoformat())
        workspace.record("alarm", to_json(event))
    return Raised(_of(workspace, alarm.id), notice if SCREEN in due else None, failed)


def _notice(workspace: Workspace, alarm: Alarm, examples: Sequence[Example]) -> Notice:
    raised, project = alarm.raised, workspace.folder.name
    take = f"rungwise monitor acknowledge {alarm.id} --by NAME"
    shown = [
        Example(one.id, *map(_line, (one.text, one.answer, one.right)))
        for one in examples[:EXAMPLES]
    ]
    classes = Counter(one.answer for one in examples if one.answer).most_common(3)
    about = f" of {raised.version}" if raised.version else ""
    lines = [
        f"Alarm {alarm.id}{about} in {project}, for {raised.owner or 'nobody named'}: "
        f"{raised.sentence}",
        *(f"  {one.id}, answered {one.answer!r}{_right(one)}: {one.text}" for one in shown),
    ]
    if classes:
        told = ", ".join(f"{_line(name)} ({counted(rows, 'row')})" for name, rows in classes)
        lines.append(f"  Nearest classes: {told}.")
    lines += [f"  First: `{raised.first or take}`"]
    lines += [f"  Take it on: `{take}`"] if raised.first else []
    content = {
        "alarm": alarm.id,
        "project": project,
        "release": raised.version,
        "kind": raised.kind,
        "owner": raised.owner,
        "sentence": raised.sentence,
        "first": raised.first or take,
        "examples": to_json(shown),
        "classes": [name for name, _ in classes],
        "day": raised.day,
    }
    return Notice("\n".join(lines), content)


def _right(example: Example) -> str:
    return f", right is {example.right!r}" if example.right else ""


def _line(text: str) -> str:
    """Some characters of a text on one line, without those that would steer a terminal."""
    plain = "".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST])
    short = " ".join(plain.split())
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…"


def _refuse_blank(what: str, said: dict[str, str]) -> None:
    blank = [option for option, value in said.items() if value.strip() in ("", "NAME")]
    if blank:
        raise TaskError(f"{what} lacks {' and '.join(blank)}", "Add it: it is on record for ever.")
