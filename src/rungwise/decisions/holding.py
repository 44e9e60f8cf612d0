"""Which steps a gate stands before, and which verdicts stop a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from rungwise import plugins
from rungwise.protocols import Step
from rungwise.records import Ruling, Verdict

STEPS: tuple[Step, ...] = get_args(Step)
EXPORT = "export_matches"
"""Its evidence is there only while a release is made; what it said then stands until the next."""


def before(gate: str) -> tuple[Step, ...]:
    """The steps that a gate stands before; () for one that is no longer installed."""
    if gate not in plugins.names("gates"):
        return ()
    steps: tuple[Step, ...] = plugins.load("gates", gate).before
    return steps


def place(gate: str) -> tuple[int, str]:
    """Where a gate stands on the way: by the first step that it stands before."""
    first = before(gate)
    return STEPS.index(first[0]) if first else len(STEPS), gate


def stops(step: str, rules: int) -> frozenset[Ruling]:
    """The verdicts that stop a step; what is inconclusive is left to the go decision (C9).

    By the first rules it stops the test.
    """
    first = step == "test" and rules < 2
    return frozenset({"hold", "inconclusive"}) if first else frozenset({"hold"})


def held_before(verdicts: Iterable[Verdict], step: str, rules: int) -> Verdict | None:
    """The first verdict that stops a step, or None; the export is judged while it is made."""
    held = (
        verdict
        for verdict in verdicts
        if verdict.verdict in stops(step, rules)
        and verdict.code != EXPORT
        and step in before(verdict.code)
    )
    return min(held, key=lambda verdict: place(verdict.code), default=None)
