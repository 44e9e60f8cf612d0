"""Why to tune at all and what it may cost: what only the owner of a task can say (R34–R40, R79)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rungwise.section import Section

Wrong = Literal["style", "knowledge", "volume", "latency", "cost", "privacy"]
Changes = Literal["never", "yearly", "monthly", "weekly", "daily"]
SCALES = {"": 1, "k": 1_000, "m": 1_000_000}
ROUNDED = re.compile(r"(\d{1,3}(?:[, ]\d{3})+|\d+(?:\.\d+)?)\s*([km]?)", re.I)
"""A count as people write it: `30,000`, `30k`, `1.5 M`."""


def _several(value: Any) -> Any:
    """One word as a list of it."""
    return (value,) if isinstance(value, str) else value


def _count(value: Any) -> Any:
    found = ROUNDED.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return value
    number = float(re.sub("[, ]", "", found[1])) * SCALES[found[2].lower()]
    return round(number) if number == round(number) else value


class Need(Section):
    """What is wrong with the answers that cost nothing to make, in the owner's words (R40)."""

    wrong: Annotated[tuple[Wrong, ...], BeforeValidator(_several)] = Field(
        (), description="style, knowledge, volume, latency, cost, privacy (R34–R37)."
    )
    calls_per_month: Annotated[int | None, BeforeValidator(_count)] = Field(
        None, ge=0, description="How often it is asked (R35)."
    )
    value_per_point: float | None = Field(
        None,
        ge=0,
        description="US dollars that 0.01 of the metric is worth in 1,000 answers (R35).",
    )
    knowledge_changes: Changes | None = Field(
        None, description="How often what it must know changes: never to daily (R39)."
    )
    latency_ms: float | None = Field(
        None, gt=0, description="Milliseconds that one answer may take (R37)."
    )
    cost_per_call: float | None = Field(
        None, ge=0, description="US dollars that one answer may cost (R37)."
    )
    private: bool = Field(False, description="What it must know may not be in a prompt (R36).")
    reason: str | None = Field(None, description="The need in words, for those who approve it.")

    @property
    def stated(self) -> bool:
        """Whether the owner has said anything."""
        return self != Need()


class Cost(Section):
    """US dollars; what is left out is measured, taken from the price table or counted as 0."""

    prices: str | None = Field(None, description="Your own table of prices, a CSV.")
    price_in: float | None = Field(None, ge=0, description="A million tokens read.")
    price_out: float | None = Field(None, ge=0, description="A million tokens written.")
    machine: str | None = Field(None, description="The machine that answers, by its table name.")
    machine_per_hour: float | None = Field(None, ge=0, description="An hour of it.")
    current_per_call: float | None = Field(
        None, ge=0, description="An answer of the system in use today."
    )
    people: float | None = Field(None, ge=0, description="Work of people, once (R80).")
    data: float | None = Field(None, ge=0, description="Data and labels, once (R79).")
    deployment: float | None = Field(None, ge=0, description="A month of serving, beside calls.")
    monitoring: float | None = Field(None, ge=0, description="A month of watching (R79).")
    refresh: float | None = Field(None, ge=0, description="A month's share of refreshes (R79).")
