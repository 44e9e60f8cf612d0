"""What an answer costs: by tokens and a table of prices, or by the time of a machine."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.constructed import attempt, measured
from tests.small_task import GOAL, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.cost.call import call_cost, machine_usd
from rungwise.cost.prices import OWN, load
from rungwise.cost.total import Plan, affordable, payback
from rungwise.errors import DataError, TaskError
from rungwise.evaluation.wording import per_million, usd
from rungwise.need import Cost
from rungwise.records import Evidence

PRICES = load()
TOKENS = {"rows": 100, "prompt_tokens": 50_000, "output_tokens": 2_000, "answer_seconds": 30.0}


def asked(model: str, **details: Any) -> Evidence:
    goal = measured(0.5, rows=100)
    return replace(attempt("zero_shot", goal), model=model, details=TOKENS | details)


def test_every_price_is_dated_and_says_where_it_is_from() -> None:
    with OWN.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 12 and {row["kind"] for row in rows} == {"model", "machine"}
    for row in rows:
        assert date.fromisoformat(row["date"]) and row["source"]
    assert PRICES.default("cpu") and PRICES.default("cuda")


def test_tokens_cost_what_the_table_says() -> None:
    found = call_cost(asked("endpoint:gpt-4o-mini@https://x/v1@d1"), Cost(), PRICES)
    assert found.usd == pytest.approx((500 * 0.15 + 20 * 0.60) / 1e6)  # 500 read, 20 written
    assert (found.prompt_tokens, found.output_tokens) == (500, 20)
    assert "2026-07-24" in found.basis


def test_a_prompt_that_was_not_asked_is_no_call() -> None:
    """As much was read, written and waited for by 80 calls as by 100."""
    found = call_cost(asked("SmolLM2-135M-Instruct@d1", unasked=20), Cost(), PRICES)
    assert (found.prompt_tokens, found.output_tokens) == (625, 25)
    assert found.seconds == pytest.approx(0.375)
    none = call_cost(asked("SmolLM2-135M-Instruct@d1", unasked=100), Cost(), PRICES)
    assert none.usd is None and "none was asked" in none.basis


@pytest.mark.parametrize("name", ["gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini", "GPT-4o-mini"])
def test_a_snapshot_and_a_maker_are_the_same_model(name: str) -> None:
    price = PRICES.model(name)
    assert price is not None and price.name == "gpt-4o-mini"


def test_a_model_without_a_price_is_asked_for() -> None:
    found = call_cost(asked("endpoint:ours@http://x/v1@d1"), Cost(), PRICES)
    assert found.usd is None and "`cost.price_in`" in found.basis
    stated = Cost(price_in=1.0, price_out=2.0)
    own = call_cost(asked("endpoint:ours@http://x/v1@d1"), stated, PRICES)
    assert own.usd == pytest.approx((500 * 1 + 20 * 2) / 1e6)


@pytest.mark.parametrize(
    ("cost", "device", "usd_hour"),
    [
        (Cost(machine_per_hour=3.6), "cpu", 3.6),
        (Cost(machine_per_hour=0.0), "cpu", 0.0),
        (Cost(machine="h100"), "cuda", 3.49),
        (Cost(), "cpu", 0.0992),
        (Cost(), "cuda", 1.39),
    ],
)
def test_a_local_model_costs_the_time_of_its_machine(
    cost: Cost, device: str, usd_hour: float
) -> None:
    evidence = asked("SmolLM2-135M-Instruct@d1", device=device)
    found = call_cost(evidence, cost, PRICES)
    assert found.seconds == pytest.approx(0.3)
    assert found.usd == pytest.approx(0.3 * usd_hour / 3600)
    assert machine_usd(evidence, cost, PRICES) == pytest.approx(12.3 * usd_hour / 3600)


def test_an_unknown_machine_is_named_with_those_that_are_known() -> None:
    with pytest.raises(TaskError, match=r"'H900'.*A100-80GB"):
        call_cost(asked("m@d"), Cost(machine="H900"), PRICES)


def test_the_system_in_use_today_costs_what_its_owner_says() -> None:
    today = attempt("current", measured(0.8))
    assert call_cost(today, Cost(), PRICES).usd is None
    assert call_cost(today, Cost(current_per_call=0.02), PRICES).usd == 0.02


def test_the_table_can_be_replaced(tmp_path: Path) -> None:
    own = tmp_path / "mine.csv"
    own.write_text("name,kind,usd_in,usd_out\nours,model,2,4\n", encoding="utf-8")
    found = load(own).model("ours")
    assert found is not None and (found.usd_in, found.usd_out) == (2, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,kind,usd_in\nours,model,cheap\n", "usd_in in mine.csv line 2 is 'cheap'"),
        ("name,kind,usd_in\nours,model,-1\n", "is '-1'"),
        ("model,price\nours,2\n", "the name '' and the kind ''"),
        ("", "holds no price"),
    ],
)
def test_a_broken_table_says_where(tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "mine.csv"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        load(own)


def test_paid_back_when_the_saving_has_covered_what_was_paid_once() -> None:
    stated = Cost(people=1000, data=500, deployment=20, monitoring=10, refresh=20)
    plan = Plan.of(stated, compute_usd=100, calls_per_month=10_000)
    assert plan.once_usd == 1600 and plan.monthly_usd == 50
    assert payback(plan, 0.02, 0.005) == pytest.approx(1600 / (150 - 50))
    assert payback(plan, 0.02, 0.015) is None, "50 a month saved, 50 a month spent"


def test_people_that_nobody_stated_are_in_no_sum() -> None:
    plan = Plan.of(Cost(data=500), 20.0, 10_000)
    assert plan.once_usd == 520 and not plan.people_stated
    assert Plan.of(Cost(people=0), 0.0, None).people_stated
    # 10,000 calls at .02 - .005 save 150 a month, 1,800 in a year; 520 of them are spent
    assert affordable(plan, 0.02, 0.005, 12) == pytest.approx(1280)
    assert affordable(plan, 0.005, 0.02, 12) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0.00 USD"),
        (4.4e-11, "less than 0.01 USD"),
        (0.2, "0.20 USD"),
        (99.99, "99.99 USD"),
        (12345.6, "12,346 USD"),
    ],
)
def test_money_is_written_for_people(value: float, shown: str) -> None:
    assert usd(value) == shown


def test_the_price_of_a_call_is_that_of_a_million() -> None:
    assert per_million(0.000228) == "228 USD a million calls"
    assert per_million(4.4e-11) == "less than 0.01 USD a million calls"


def test_no_sum_is_printed_of_what_nobody_stated(tmp_path: Path) -> None:
    data = write(tmp_path / "requests.csv")
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    project.split()
    project.audit()
    project.climb(rungs=["majority"])
    for stated in ([], ["--set", "cost.monitoring=50", "--set", "cost.data=7"]):
        asked = ["cost", "-C", str(project.folder), *stated]
        lines = CliRunner().invoke(application, asked).output.splitlines()
        told = {line.split("  ")[0]: line.strip() for line in lines}
        assert told["A month"].endswith(
            "50.00 USD for monitoring, beside the calls" if stated else "nothing is stated"
        )
        assert told["Once"].endswith("for data and tuning" if stated else "for tuning")
