"""How results look: JSON for machines, plain text for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rungwise.percent import percent

if TYPE_CHECKING:
    from rungwise.workflow.plan import Planned

MARKS = {
    "pass": "✓",
    "overridden": "!",
    "accepted": "~",
    "hold": "✗",
    "inconclusive": "?",
    "not_applicable": "–",
}
PARTS = ("train", "validation", "test")

folder: ContextVar[Path | None] = ContextVar("the task folder of this command", default=None)


def located(text: str) -> str:
    """A message whose commands name the task folder, so that they run where the user stands."""
    from rungwise.workflow.typed_command import located as at

    where = folder.get()
    return text if where is None or "rungwise " not in text else at(text, where)


def in_folder(text: str) -> str:
    """A line of progress: files of the task relative to its folder, commands as `located`."""
    from rungwise.workflow.typed_command import below_folder

    where = folder.get()
    return located(text if where is None else below_folder(text, where))


def opened(text: str) -> str:
    """A message whose files can be opened from where the user stands."""
    from rungwise.workflow.typed_command import opened_from_here

    where = folder.get()
    return text if where is None else opened_from_here(text, where)


def as_json(value: Any) -> None:
    """One JSON value on standard output."""
    from rungwise.records import to_json

    typer.echo(json.dumps(to_json(value), ensure_ascii=False, indent=2))


def as_json_line(value: Any) -> None:
    """The same for much of it: JSON types already, on one line, ten times as fast."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def line(text: str = "") -> None:
    """One line on standard output."""
    typer.echo(located(text))


def measured(value: dict[str, Any]) -> str:
    """A number with its interval and what it was measured on (R11)."""
    from rungwise.evaluation import figures
    from rungwise.evaluation.wording import measured_on

    low, high, metric, rows = value.get("low"), value.get("high"), value["metric"], value["rows"]
    if why := figures.undefined(metric, rows):
        return f"{metric} undefined: {why}"
    span = ""
    if low is not None and high is not None:
        span = f" {figures.interval(low, high, metric, rows)}"
    shown = figures.figure(value["value"], metric, rows)
    return f"{metric} {shown}{span} {measured_on(rows, value['on'])}"


def difference(found: Any, metric: str, rows: int | None = None) -> str:
    """A paired difference of a metric with its interval."""
    from rungwise.evaluation import figures

    ends = None if found.low is None else (found.low, found.high)
    return figures.difference(found.difference, ends, metric, found.rows if rows is None else rows)


def cost(value: Mapping[str, Any]) -> str:
    """What asking took, such as `24 requests, 5,120 tokens read, 240 written, $0.0012`."""
    spent = f", ${value['spend_usd']:.4f}" if value.get("spend_usd") else ""
    return (
        f"{value['requests']:,.0f} requests, {value['prompt_tokens']:,.0f} tokens read, "
        f"{value['output_tokens']:,.0f} written{spent}"
    )


def go(decision: Mapping[str, Any]) -> str:
    """A go decision in one line: who accepted what, and why."""
    from rungwise.evaluation.wording import accepted
    from rungwise.go_decision import Go
    from rungwise.records import from_json

    told = accepted(from_json(Go, decision))
    return f"{decision['name']} ({decision['role']}) {told}: {decision['reason']}"


def release(record: Mapping[str, Any], rest: str) -> str:
    """A release in one line; whether its test value missed the target stands behind `rest`."""
    from rungwise.evaluation.wording import released

    below = bool(record.get("below_target"))
    return released(f"{record['version']} {rest}", below_target=below)


def findings(found: list[dict[str, Any]]) -> None:
    """Findings, the gravest first, with their advice where there is one."""
    from rungwise.evaluation.wording import unnumbered

    order = ("block", "warn", "info")
    for finding in sorted(found, key=lambda item: order.index(item["severity"])):
        line(f"  {finding['severity']:5} {finding['code']}: {unnumbered(finding['title'])}")
        if advice := finding.get("advice"):
            line(f"        → {unnumbered(advice)}")


def plan(planned: Sequence[Planned]) -> None:
    """What every rung that is left would take, and all of them together."""
    from rungwise.evaluation.wording import unnumbered
    from rungwise.reporting.wording import seconds

    said: dict[str, str] = {}
    for one in planned:
        attempts = f"{one.attempts} attempt{'s' if one.attempts != 1 else ''}"
        took = "not known before a rung below is measured"
        if one.seconds is not None:
            took = f"about {seconds(one.seconds)}"
        money = f", ${one.usd:.2f}" if one.usd is not None else ""
        told = f"as for {said[one.reason]}" if one.reason in said else unnumbered(one.reason)
        said.setdefault(one.reason, one.rung)
        why = f"  not now: {told}" if one.reason else ""
        line(f"  {one.rung:11} " + (f"{attempts:11} {took}{money}{why}" if one.attempts else why))
    known = [one.seconds for one in planned if one.seconds is not None]
    unknown = sum(one.attempts > 0 and one.seconds is None for one in planned)
    rest = f", and {unknown} more of which nothing is known yet" if unknown else ""
    if known:
        rungs = "1 rung takes" if len(known) == 1 else f"{len(known)} rungs take"
        line(f"{rungs} about {seconds(sum(known))} together{rest}. Nothing was tried.")
    else:
        line("Nothing was tried, and nothing is known yet: forecasts follow from measured rungs.")


def code(files: list[dict[str, Any]]) -> list[str]:
    """What a person should know of code that the task names; nothing where all of it may run."""
    told = []
    for one in files:
        if one["fault"]:
            told.append(one["fault"])
        elif not one["trusted"]:
            told.append(
                f"{one['file']} is not yet trusted, so nothing is measured by it: read it, then "
                f"`rungwise run --trust {one['file']}`"
            )
    return told


def _precision(share: float | None) -> str:
    """What an attempt has beside its recall; "" for other goals."""
    return "" if share is None else f", precision {percent(share, 1)}"


def status(view: dict[str, Any]) -> None:
    """The state of a task for a person."""
    from rungwise.evaluation import figures
    from rungwise.evaluation.attempt_names import SHORT, short
    from rungwise.evaluation.wording import unnumbered
    from rungwise.reporting.standings import STOPPED

    task = view["task"]
    line(f"Goal      {task['goal']}")
    if view["outside"]:
        line(f"Target    {view['outside']} `rungwise run` refuses it.")
    else:
        line(f"Target    {task['metric']} {figures.goal(task['target'], task['metric'])}")
    if view["set"]:
        line(
            f"Set       rungwise.yaml was last read with {view['set']}; gates speak of that. Write"
        )
        line("          it there to keep it")
    elif view["edited"]:
        line("Edited    rungwise.yaml has changed since it was last read; gates speak of before")
    for told in code(view["code"]):
        line(f"Code      {told}")
    if view["splits"]:
        sealed = "sealed" if view["splits"]["sealed"] else "opened"
        parts = ", ".join(f"{view['splits'][part]:,} {part}" for part in PARTS)
        by = ", by time" if view["splits"].get("by") == "time" else ""
        line(f"Rows      {parts} ({sealed}){by}")
    if view["findings"]:
        line("Findings")
        findings(view["findings"])
    if view["attempts"]:
        line("Attempts")
    width = max([10, *(len(attempt["name"]) for attempt in view["attempts"])])
    for attempt in view["attempts"]:
        chosen = "→" if attempt["id"] == view["selected"] else " "
        verdict = f" · {attempt['diagnosis']}" if attempt["diagnosis"] else ""
        asked = f"  {attempt['asked']}" if attempt["asked"] else ""
        name = f"{attempt['name']:{width}}"
        found = f"{measured(attempt)}{_precision(attempt['precision'])}"
        line(f"  {chosen} {short(attempt['id'])} {name} {found}{verdict}{asked}")
    held = [one for one in view["skipped"] if one["reason"].startswith(STOPPED)]
    below = {gate["reason"]: gate["code"] for gate in view["gates"]}
    for skipped in held:
        gate = below.get(skipped["reason"].partition(": ")[2])
        why = f"gate {gate}, see below" if gate else unnumbered(skipped["reason"])
        line(f"    {'':{SHORT}} {skipped['rung']:{width}} skipped: {why}")
    retrieval(view["retrieval"])
    if view["gates"]:
        line("Gates")
    for gate in view["gates"]:
        early = "not yet: " if gate["early"] else ""
        mark = MARKS["not_applicable" if early else gate["verdict"]]
        told = f"  {mark} {gate['code']}: {early}{unnumbered(gate['reason'])}"
        typer.secho(located(told), dim=bool(early) or gate["verdict"] == "not_applicable")
    decided(view)
    monitoring(view["monitoring"])
    line(f"Next      {view['next']}")


def monitoring(found: dict[str, Any] | None) -> None:
    """How the release in production is watched; nothing before there is one."""
    if found is None:
        return
    if "problem" in found:
        line(f"Watch     {found['problem']}")
        return
    later = f", programme {found['programme']}" if found["programme"] > 1 else ""
    first, *others = found["sentences"]
    line(f"Watch     {found['version']}, week {found['week']} of 13{later}: {first}")
    for told in others:
        line(f"          {told}")
    for alarm, kind, standing, sentence in found["alarms"]:
        line(f"  ! {alarm} {standing} ({kind}): {sentence}")
    if found["due"]:
        line(f"          {found['due']}")


def retrieval(found: dict[str, Any] | None) -> None:
    """How much of what is needed the best search finds; nothing where nothing is looked up."""
    from rungwise.evaluation import retrieval_recall

    if found is not None:
        line(f"Retrieval {retrieval_recall.says(found)}")


def decided(view: dict[str, Any]) -> None:
    """What people and the test decided, and what was released."""
    for override in view["overrides"]:
        line(
            f"  ! {override['gate']} overridden by {override['name']} ({override['role']}): "
            f"{override['reason']}"
        )
    if view["test"]:
        look = view["test"]["unseal"]
        unseen = "" if look == 1 else f" (look {look}: no longer unseen)"
        line(f"Test      {measured(view['test']['goal'])}{unseen}")
    if view["review"]:
        line(f"Review    {view['review']['reason']}")
    for decision in view["goes"]:
        line(f"Go        {go(decision)}")
    for record in view["releases"]:
        line("Release   " + release(record, f"in {record['folder']}, {record['stage']}"))
    if view["releases"]:
        line(f"Live      {production(view)}")


def production(view: dict[str, Any]) -> str:
    """What is in production, since when, and by whom; or the command that puts it there."""
    decision = view["production"]
    if decision is None:
        version = view["releases"][-1]["version"]
        person = '--by NAME --role ROLE --reason "…"'
        return f"nothing: `rungwise release promote {version} {person}`"
    how = "rolled back" if decision["back"] else "promoted"
    return (
        f"{decision['version']} since {decision['time']}, {how} by {decision['name']} "
        f"({decision['role']}): {decision['reason']}"
    )
