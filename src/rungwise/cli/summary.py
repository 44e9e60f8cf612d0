"""What a ledger entry says, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rungwise.cli.output import go, measured, release
from rungwise.evaluation.attempt_names import name_of, short
from rungwise.evaluation.wording import counted

Payload = Mapping[str, Any]


def _split(payload: Payload) -> str:
    return ", ".join(f"{count:,} {part}" for part, count in payload["rows"].items())


def _curation(payload: Payload) -> str:
    if not payload["chain"]:
        return "taken back: the rows are as they were divided"
    steps = ", ".join(f"{one['action']} {one['count']:,}" for one in payload["chain"])
    return f"{payload['id'][:8]}: {steps}"


def _attempt(payload: Payload) -> str:
    name = name_of(payload["rung"], payload["configuration"], payload["details"])
    who = f"{short(payload['id'])} {name}"
    if original := payload.get("refit_of"):
        return f"{who}: {original[:8]} fitted once more, to train and validation"
    return f"{who}: {measured(payload['goal'])}"


def _verdict(payload: Payload) -> str:
    verdict = payload["verdict"]
    return f"{verdict['code']}: {verdict['verdict']}"


def _codes(findings: Sequence[Payload]) -> str:
    return ", ".join(one["code"] for one in findings) or "nothing found"


def _override(payload: Payload) -> str:
    return f"{payload['gate']} by {payload['name']} ({payload['role']}): {payload['reason']}"


def _checked(payload: Mapping[str, Any]) -> str:
    told = f"{payload['version']}, week {payload['week']}: evidence {payload['balance']:.1f} of "
    return f"{told}{payload['needed']:g}{', an alarm' if payload['alarm'] else ''}"


def _alarm(payload: Payload) -> str:
    told = {
        "raised": payload["sentence"],
        "notified": f"notice by {', '.join(payload['channels'])}",
        "silenced": f"until {payload['until']} by {payload['name']}: {payload['reason']}",
        "closed": f"by {payload['name']}: {payload['reason']}",
    }
    event = payload["event"]
    return f"{payload['id']} {event}: {told.get(event, payload['name'])}"


SAID: Mapping[str, Callable[[Payload], str]] = {
    "task": lambda p: f"{p['task']['task']['metric']} {p['task']['task']['target']:g}",
    "split": _split,
    "curation": _curation,
    "audit": lambda p: f"{p['audit']}: {counted(len(p['findings']), 'finding')}",
    "review": lambda p: f"{counted(len(p['decisions']), 'decision')} from {p['source']}",
    "ratings": lambda p: f"{counted(len(p['ratings']), 'blind rating')} from {p['source']}",
    "import": lambda p: f"{p['name']} from {p['source']}",
    "probe": lambda p: p["reason"],
    "attempt": _attempt,
    "forecast": lambda p: f"{short(p['attempt'])} {p['rung']}: about {p['seconds']:.0f} s",
    "diagnosis": lambda p: f"{p['attempt'][:8]}: {_codes(p['findings'])}",
    "failures": lambda p: f"{p['attempt'][:8]}: {sum(g['count'] for g in p['groups'])} wrong",
    "judge": lambda p: f"{'trusted' if p['trusted'] else 'not trusted'}: {p['reason']}",
    "rescore": lambda p: f"{p['metric']} of {counted(len(p['attempts']), 'attempt')}",
    "trust": lambda p: f"{p['file']}, sha256 {p['digest'][:8]}",
    "skipped": lambda p: f"{p['rung']}: {p['reason']}",
    "budget": lambda p: f"{p['seconds']:.0f} s to settle it, after {p['spent']:.0f} s",
    "selection": lambda p: f"{p['attempt'][:8]}: {p['reason']}",
    "verdict": _verdict,
    "override": _override,
    "unsealing": lambda p: f"look {p['number']}, for attempt {p['attempt'][:8]}",
    "test": lambda p: measured(p["goal"]),
    "go": go,
    "monitoring": lambda p: f"{p['name']} confirmed a drop of {p['plan']['drop']:g}",
    "alarm": _alarm,
    "programme": lambda p: f"{p['number']} of {p['version']}, 13 weeks from {p['start']}",
    "checked": _checked,
    "stage": lambda p: f"{p['version']} {'back ' * p['back']}in production, by {p['name']}",
    "refreshed": lambda p: f"{p['champion']}, because of {p['trigger']}: {p['outcome']}",
    "canary": lambda p: f"week {p['week']}: {p['differing']} of {p['compared']} differ",
    "spot_draw": lambda p: f"{p['version']}, week {p['week']}: {counted(p['rows'], 'row')} drawn",
    "spot_labels": lambda p: (
        f"week {p['week']}: {counted(len(p['labels']), 'label')} from {p['source']}"
    ),
    "release": lambda p: release(p, f"of attempt {p['attempt'][:8]}"),
}


def said(kind: str, payload: Payload) -> str:
    """One line about an entry; "" for a kind that it does not know."""
    return SAID[kind](payload) if kind in SAID else ""
