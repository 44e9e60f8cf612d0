"""What one answer of an attempt costs: its tokens, or its time on a machine (R37, R52)."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.cost.prices import Prices
from rungwise.errors import TaskError
from rungwise.money import CallCost, Latency
from rungwise.need import Cost
from rungwise.records import Evidence

MILLION = 1_000_000
HOUR = 3600.0
ENDPOINT = "endpoint:"


@dataclass(frozen=True, slots=True)
class Rate:
    """An hour of a machine in US dollars, and where that comes from."""

    usd_hour: float
    basis: str
    assumed: bool = False


def rate(cost: Cost, prices: Prices, device: str) -> Rate:
    """What an hour of the machine costs: as stated, by its name, else the device's default.

    Raises:
        TaskError: The machine that is named is not in the table.
    """
    if cost.machine_per_hour is not None:
        return Rate(cost.machine_per_hour, "as stated")
    if cost.machine is not None:
        found = prices.machine(cost.machine)
        if found is None:
            named = ", ".join(row.name for row in prices.rows.values() if row.kind == "machine")
            raise TaskError(
                f"`cost.machine` is {cost.machine!r}, of which no price is known",
                f"Known: {named}. Or set `cost.machine_per_hour`.",
            )
        return Rate(found.usd_hour, f"{found.name}, {found.date}")
    found = prices.default(device)
    if found is None:
        return Rate(0.0, "the table has no machine", assumed=True)
    return Rate(found.usd_hour, f"{found.name}, {found.date}", assumed=True)


def call_cost(evidence: Evidence, cost: Cost, prices: Prices) -> CallCost:
    """One answer of an attempt, from the tokens and seconds that it left on record.

    A prompt that left no room for an answer was no call.
    """
    details, rows = evidence.details, evidence.goal.rows
    # Beside tokens `rows` counts the prompts; the linear rung counts its training rows so.
    prompts = details.get("rows", rows) if "prompt_tokens" in details else rows
    asked = int(prompts) - int(details.get("unasked", 0))
    if asked < 1:
        return CallCost(None, "no prompt left room for an answer, so none was asked", None)
    read, written = details.get("prompt_tokens"), details.get("output_tokens")
    tokens = {
        "prompt_tokens": None if read is None else read / asked,
        "output_tokens": None if written is None else written / asked,
    }
    answering = details.get("answer_seconds")
    seconds = None if answering is None else answering / asked
    latency = Latency(**details["latency"]) if "latency" in details else None
    usd, basis = _usd(evidence, cost, prices, seconds, tokens)
    return CallCost(usd, basis, seconds, latency=latency, **tokens)


def machine_usd(evidence: Evidence, cost: Cost, prices: Prices) -> float:
    """What the machine cost for a whole attempt, fitting and measuring."""
    device = str(evidence.details.get("device", "cpu"))
    return evidence.seconds * rate(cost, prices, device).usd_hour / HOUR


def _usd(
    evidence: Evidence,
    cost: Cost,
    prices: Prices,
    seconds: float | None,
    tokens: dict[str, float | None],
) -> tuple[float | None, str]:
    if evidence.rung == "current":
        if cost.current_per_call is None:
            return None, "state `cost.current_per_call`: what an answer costs today"
        return cost.current_per_call, "as stated"
    if evidence.model.startswith(ENDPOINT):
        return _of_tokens(evidence.model, cost, prices, tokens)
    if seconds is None:
        return None, "the time that an answer takes was not measured"
    hour = rate(cost, prices, str(evidence.details.get("device", "cpu")))
    return seconds * hour.usd_hour / HOUR, f"{hour.usd_hour:g} USD an hour ({hour.basis})"


def _of_tokens(
    model: str, cost: Cost, prices: Prices, tokens: dict[str, float | None]
) -> tuple[float | None, str]:
    name = model.removeprefix(ENDPOINT).partition("@")[0]
    read, written = tokens["prompt_tokens"], tokens["output_tokens"]
    if read is None or written is None:
        return None, f"the tokens of {name} were not counted"
    if cost.price_in is not None or cost.price_out is not None:
        into, out = cost.price_in or 0.0, cost.price_out or 0.0
        basis = "as stated"
    elif (found := prices.model(name)) is not None:
        into, out, basis = found.usd_in, found.usd_out, found.date
    else:
        return None, f"no price of {name} is known: state `cost.price_in` and `cost.price_out`"
    told = f"{into:g} and {out:g} USD a million tokens read and written ({basis})"
    return (read * into + written * out) / MILLION, told
