"""`rungwise cost`: what a call of each rung costs, and when tuning is paid back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Setting, project
from rungwise.evaluation import figures
from rungwise.evaluation.wording import per_million, usd
from rungwise.percent import percent

if TYPE_CHECKING:
    from rungwise.workflow.cost import CostView, RungCost


ONCE, MONTHLY = ("people", "data"), ("deployment", "monitoring", "refresh")


def command(folder: Folder = HERE, settings: Setting = None, json: Json = False) -> None:
    """Show what a call of each rung costs, what tuning took, and when it is paid back."""
    found = project(folder, settings).cost()
    if json:
        output.as_json(found)
        return
    for one in found.rungs:
        output.line(_rung(one))
    output.line()
    output.line(f"Tuning     {usd(found.tuning_usd)} of machine time until now")
    output.line(f"Measuring  {usd(found.measuring_usd)} without training")
    once = [*_stated(found, ONCE), "tuning"]
    output.line(f"Once       {usd(found.once_usd)} for {_listed(once)}")
    output.line(f"A month    {_month(found)}")
    output.line(f"Gain       {_gain(found)}")
    output.line(f"Paid back  {_payback(found)}")
    work, compute = found.reference["people_usd"], found.reference["compute_usd"]
    output.line(
        f"Reference  {work[0]:,} to {work[1]:,} USD of professional time, {compute[0]:,} to "
        f"{compute[1]:,} USD of compute for 7 to 13 billion parameters"
    )
    for note in _notes(found):
        output.line(f"  · {note}")


def _month(found: CostView) -> str:
    """What a month costs beside the calls; no sum of what nobody stated."""
    if not (stated := _stated(found, MONTHLY)):
        return "not known beside the calls: nothing is stated"
    return f"{usd(found.monthly_usd)} for {_listed(stated)}, beside the calls"


def _stated(found: CostView, keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key not in found.unstated]


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _rung(one: RungCost) -> str:
    call = one.call
    price = "unknown" if call.usd is None else per_million(call.usd)
    month = "" if one.per_month is None else f" · {usd(one.per_month)} a month"
    took = "" if call.seconds is None else f" · {_milliseconds(call.seconds)} a call"
    tokens = (
        f" · {call.prompt_tokens:,.0f} tokens read, {call.output_tokens:,.0f} written"
        if call.prompt_tokens is not None and call.output_tokens is not None
        else ""
    )
    alone = f" · alone {call.latency.median:,.0f} ms" if call.latency else ""
    value = figures.figure(one.value, one.metric, one.rows)
    told = f"  {one.rung:10} {value} · {price}{month}{took}{alone}{tokens}"
    if one.footprint and (saved := one.footprint.get("saved")) is not None:
        told += f" · {percent(saved)} less memory than full tuning"
    return f"{told} ({call.basis})"


def _milliseconds(seconds: float) -> str:
    duration = seconds * 1000
    return f"{duration:.3g} ms" if duration < 100 else f"{duration:,.0f} ms"


def _gain(found: CostView) -> str:
    if found.gain is None:
        return "not known before something is tuned"
    gain = found.gain
    told = output.difference(gain, found.rungs[0].metric)
    return f"{found.tuned} over {found.baseline}: {told} on {gain.rows:,} rows"


def _payback(found: CostView) -> str:
    if found.payback_months is not None:
        return f"in {found.payback_months:,.1f} months by cheaper calls"
    if found.calls_per_month is None:
        return "not known: state `need.calls_per_month`"
    if "people" in found.unstated:
        return "not known: state `cost.people`, 0 if the work costs nothing"
    if found.gain is None:
        return "not known before something is tuned"
    return "never by cheaper calls; what is gained is better answers"


def _notes(found: CostView) -> list[str]:
    told = list(found.assumptions)
    if found.unstated:
        keys = ", ".join(found.unstated)
        told.append(f"Not stated under `cost:` and left out of the sums: {keys}.")
    return told
