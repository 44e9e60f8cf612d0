"""What is due of a release in production: one thing at a time, the most urgent first (R73–R77)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody does next for the release in production.

    Attributes:
        reason: Why, in a sentence.
        command: The verb, and its arguments.
    """

    reason: str
    command: tuple[str, ...]


def duty(
    *,
    alarms: Sequence[str] = (),
    refresh: str = "",
    waiting: tuple[str, int, tuple[str, ...]] | None = None,
    undrawn: str = "",
) -> Duty | None:
    """The most urgent duty; None if nothing is due.

    Args:
        alarms: Ids of alarms that nobody has acknowledged, silenced or closed.
        refresh: Why a refresh is due; "" if none is.
        waiting: Name of a drawn week without labels, its rows, and the command that goes on with
            it; None if none waits.
        undrawn: Name of the week that is over and not drawn; "" if there is none.
    """
    if alarms:
        told = f"Alarm {alarms[0]} is" if len(alarms) == 1 else f"Alarms {', '.join(alarms)} are"
        return Duty(f"{told} open.", ("monitor alarms",))
    if refresh:
        return Duty(f"A refresh is due: {refresh}", ("refresh", "--plan"))
    if waiting:
        week, rows, command = waiting
        count = "1 row waits" if rows == 1 else f"{rows:,} rows wait"
        return Duty(f"{week} was drawn, and {count} for labels.", command)
    if undrawn:
        return Duty(f"{undrawn} is over: draw the requests to label.", ("monitor draw",))
    return None
