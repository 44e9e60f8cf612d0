"""The report says by how much tuning is better, and what it cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.constructed import attempt, measured, split_record, task_facts

from rungwise.ledger.state import State
from rungwise.money import CallCost, Costs
from rungwise.records import Verdict
from rungwise.reporting.page import render

FOOTPRINT = {"full_mb": 3100.0, "peft_mb": 900.0, "full_seconds": 4.0, "peft_seconds": 1.5,
             "saved": 0.71}  # fmt: skip
NEAREST = attempt("nearest", measured(0.7, 0.67, 0.73))
PREFERRED = {
    "pairs": 48,
    "tuned": {"value": 0.75, "low": 0.61, "high": 0.85},
    "reference": {"value": 0.5, "low": 0.36, "high": 0.64},
}
LORA = replace(
    attempt("lora", measured(0.92, 0.9, 0.94)),
    details={"footprint": FOOTPRINT, "preference": PREFERRED},
)
GAIN = {"difference": 0.22, "low": 0.19, "high": 0.25, "rows": 1000}
COSTS = Costs(
    {NEAREST.id: CallCost(0.0004, "as stated"), LORA.id: CallCost(None, "nobody measured it")},
    tuning_usd=1.234,
    assumptions=("`cost.machine_per_hour` is not stated.",),
)


def page(costs: Costs | None, **facts: Any) -> str:
    told = {"improvement_meaningful": Verdict("improvement_meaningful", "R66", "pass", "", GAIN)}
    state = State(
        **task_facts(),
        split=split_record(("a", "b")),
        attempts=(NEAREST, LORA),
        verdicts=told,
        **facts,
    )
    return render(state, None, lambda digest: None, costs=costs)  # type: ignore[arg-type, return-value]


def test_the_gain_and_the_price_are_told() -> None:
    text = page(COSTS)
    assert "lora is better than nearest by +22.0 points [+19.0, +25.0] on the same 1,000 rows." in (
        text
    )
    assert "nearest costs 400 USD a million calls: as stated." in text
    assert "What a call of lora costs is not known: nobody measured it." in text
    assert "took 1.23 USD of machine time" in text
    assert "3,100 MiB" in text and "71 % of the memory is saved" in text
    assert "prefers the chosen answer in 75 % [61, 85] of 48 validation pairs" in text
    assert "<code>cost.machine_per_hour</code> is not stated." in text
    assert "400 USD" in text


def test_without_prices_there_is_no_column_of_them() -> None:
    text = page(None)
    assert "A call" not in text and "What it brought" not in text
