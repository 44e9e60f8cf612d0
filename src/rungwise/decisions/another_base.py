"""A base that says nothing right about a task: what would be needed, and what it costs (R59)."""

from __future__ import annotations

from rungwise.base_probe import Probe
from rungwise.cost.prices import Prices, load
from rungwise.evaluation.wording import usd

MILLION = 1_000_000
PRICED = ("gpt-5-nano", "gpt-5-mini", "claude-haiku-4-5")
"""Models of the price table by which a call is priced, the cheapest first."""
ENDPOINT = "endpoint:"


def needed(probe: Probe) -> tuple[str, ...]:
    """What would be needed, likeliest first, with the price of a call."""
    behind = probe.model.startswith(ENDPOINT)
    larger = (
        "A larger base on this machine: name one of a few billion parameters, trained to follow "
        "instructions, under `models:` in rungwise.yaml, then `rungwise run`. Its answers take "
        "longer in proportion to its size."
    )
    endpoint = (
        "A larger base behind an endpoint: `models: [endpoint:MODEL@URL]` in rungwise.yaml, then "
        f"`rungwise run`.{_priced(probe, load())}"
    )
    anyway = (
        "To measure this base all the same: `rungwise climb --rung prompt --rung few_shot`, or "
        "`policy.probe_rows: 0`."
    )
    return (endpoint, anyway) if behind else (larger, endpoint, anyway)


def _priced(probe: Probe, prices: Prices) -> str:
    """What a call costs with models of the price table, by the tokens of this base's answers."""
    read, written = probe.prompt_tokens, probe.output_tokens
    if read is None or written is None:
        return ""
    told = [
        f"{usd((read * found.usd_in + written * found.usd_out) / MILLION * 1000)} with {name}"
        for name in PRICED
        if (found := prices.model(name)) is not None
    ]
    dates = {found.date for name in PRICED if (found := prices.model(name)) is not None}
    if not told:
        return ""
    tokens = f"{read:,.0f} tokens read and {written:,.0f} written"
    return f" A thousand calls of {tokens} cost about {', '.join(told)} ({max(dates)})."
