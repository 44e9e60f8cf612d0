"""Alarms of a watched release: raised once, acknowledged, silenced until a date, closed (R73, R77).

An alarm is a fold over the ledger's entries of the kind `alarm`, so no file says that one is open
and none can disagree.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

What = Literal["raised", "notified", "acknowledged", "silenced", "closed"]
Standing = Literal["open", "acknowledged", "silenced", "closed"]


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """Something that happened to an alarm.

    Attributes:
        event: What happened.
        id: The alarm, such as `a1`.
        kind: What it is about, such as `spot checks` or `missed week`; silencing an alarm also
            silences later ones of its kind.
        subject: Tells alarms of a kind apart: one is raised for each subject, whatever its end.
        sentence: What is wrong, with the numbers.
        first: The command to begin with.
        version: The release that it is about.
        owner: Who was to be told; "" if nobody is named.
        rows: Ids of requests that show it.
        channels: Where the notice arrived, for `notified`.
        name: Who acknowledged, silenced or closed it.
        until: ISO date; silenced before it.
        reason: Why.
        day: ISO date on which it happened, in UTC.
    """

    event: What
    id: str
    kind: str = ""
    subject: str = ""
    sentence: str = ""
    first: str = ""
    version: str = ""
    owner: str = ""
    rows: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    name: str = ""
    until: str = ""
    reason: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it stands.

    Attributes:
        raised: The event that raised it.
        acknowledged: Who took it on; "" if nobody did.
        until: ISO date until which it is silenced, "" if it never was.
        closed: Why it was closed; "" while it is not.
        by: Who acknowledged, silenced or closed it last.
        reached: Channels that got its notice since it was raised, or last silenced.
    """

    raised: AlarmEvent
    acknowledged: str = ""
    until: str = ""
    closed: str = ""
    by: str = ""
    reached: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Such as `a1`."""
        return self.raised.id

    def standing(self, day: date) -> Standing:
        """How it stands on a day: after the date of a silence it is open again."""
        if self.closed:
            return "closed"
        if self.until and day < date.fromisoformat(self.until):
            return "silenced"
        return "acknowledged" if self.acknowledged else "open"


def alarms(events: Iterable[AlarmEvent]) -> tuple[Alarm, ...]:
    """Every alarm ever raised, oldest first."""
    found: dict[str, Alarm] = {}
    for event in events:
        if event.event == "raised":
            quiet = max(
                (a.until for a in found.values() if a.raised.kind == event.kind), default=""
            )
            found.setdefault(event.id, Alarm(event, until=quiet if event.day < quiet else ""))
        elif event.id in found:
            found[event.id] = _after(found[event.id], event)
            if event.event == "silenced":
                found |= {
                    alarm.id: dataclasses.replace(alarm, until=max(alarm.until, event.until))
                    for alarm in found.values()
                    if alarm.raised.kind == found[event.id].raised.kind and not alarm.closed
                }
    return tuple(found.values())


def _after(alarm: Alarm, event: AlarmEvent) -> Alarm:
    if event.event == "notified":
        return dataclasses.replace(alarm, reached=alarm.reached | set(event.channels))
    if event.event == "acknowledged":
        return dataclasses.replace(alarm, acknowledged=event.name, by=event.name)
    if event.event == "silenced":  # its notice is due once more when the date has come
        return Alarm(alarm.raised, until=event.until, by=event.name)
    return dataclasses.replace(alarm, closed=event.reason, by=event.name)
