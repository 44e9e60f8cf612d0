"""Gates that keep the order: split, audit, baseline, cheaper rungs first (R4, C5)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.judged import EARLIER, GOAL, context, finding, judge, looks, split, task, tried

from rungwise import plugins
from rungwise.task import parse

CHEAP = [tried("majority", 500), tried("nearest", 700), tried("frozen", 860)]


def goal(sentence: str = GOAL, metric: str = "accuracy", target: float = 0.9, **rest: Any) -> Any:
    """What goal_measurable says of a task."""
    written = {"goal": sentence, "metric": metric, "target": target}
    about = parse({"task": written, "data": {"source": "x.csv"}, **rest})
    return judge("goal_measurable", context(task=about))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"sentence": "a smart classifier"}, "does not say"),
        ({"target": 90}, "Did you mean 0.9?"),
        ({"target": 0}, "every model reaches it"),
        ({"sentence": f"{GOAL}, trained from scratch"}, "from scratch"),
        ({"models": []}, "name a checkpoint"),
    ],
)
def test_a_goal_that_no_number_decides_is_held(facts: dict[str, Any], said: str) -> None:
    found = goal(**facts)
    assert found.verdict == "hold"
    assert said in found.reason and "A good one" in found.reason


def test_everything_that_is_missing_is_said_at_once() -> None:
    found = goal(sentence="a smart model from scratch", target=7)
    assert all(said in found.reason for said in ("does not say", "outside", "from scratch"))


def test_a_sentence_that_says_another_number_is_told() -> None:
    assert "The sentence says 0.9" in goal(target=0.85).reason
    assert "sentence" not in goal().reason


def test_the_class_of_a_metric_is_looked_up_in_the_data() -> None:
    assert goal(metric="recall[lost]").verdict == "pass"
    assert "Did you mean lost?" in goal(metric="recall[losst]").reason


def test_the_split_is_whole_and_every_attempt_learnt_from_it() -> None:
    found = judge("split_sealed", context(*CHEAP))
    assert found.verdict == "pass" and found.numbers["test_share"] == pytest.approx(1 / 7)
    for broken in (split(test_expected=""), split(rows={"train": 9, "test": 9})):
        assert judge("split_sealed", context(split=broken)).verdict == "hold"
    stranger = context(*CHEAP, tried("lora", 900, data="split-0"))
    assert judge("split_sealed", stranger).numbers["strangers"] == ["lora-900-0"]


def test_every_audit_has_run_and_none_blocks() -> None:
    audits = plugins.load_all("audits")
    owed = judge("data_audited", context(audited=frozenset(audits) - {"sizes"}))
    assert (owed.verdict, owed.numbers["owed"]) == ("hold", ["sizes"])
    warned = context(findings=(finding("warn"), finding("info")))
    assert judge("data_audited", warned).verdict == "pass"
    two = context(findings=(finding("block"), finding("block", "sizes.one_class")))
    blocked = judge("data_audited", two)
    assert blocked.verdict == "hold" and "1 finding more" in blocked.reason


def test_the_audits_of_the_content_are_owed_once_a_baseline_is_known() -> None:
    """C5: split, structural audit, baseline, full audit, tune."""
    audits = plugins.load_all("audits")
    structure = frozenset(name for name, one in audits.items() if one.stage == "structure")
    content = sorted(set(audits) - structure)
    assert structure and content
    early = context(audited=structure, step="climb")
    assert judge("data_audited", early).verdict == "pass"
    assert judge("data_audited", early).numbers["waiting"] == content
    assert judge("data_audited", context(audited=structure)).verdict == "pass"
    assert judge("data_audited", context(*CHEAP, audited=structure, step="climb")).verdict == "pass"
    for step in ("tune", "full", None):
        held = judge("data_audited", context(*CHEAP, audited=structure, step=step))
        assert (held.verdict, held.numbers["owed"]) == ("hold", content)
    everything = judge("data_audited", context(*CHEAP, step="tune"))
    assert everything == judge("data_audited", context(*CHEAP, step="climb"))


def test_tuning_waits_for_a_baseline() -> None:
    assert judge("baseline_recorded", context(CHEAP[2])).verdict == "hold"
    assert judge("baseline_recorded", context(*CHEAP)).numbers["value"] == 0.7
    values = (("majority", 500), ("nearest", 700))
    losses = [tried(rung, right, metric="log_loss") for rung, right in values]
    found = judge("baseline_recorded", context(*losses, task=task("log_loss", 0.3)))
    assert found.numbers["baseline"] == losses[1].evidence.id


def test_tuning_waits_for_every_cheaper_rung() -> None:
    assert judge("tuning_earned", context(*CHEAP)).verdict == "pass"
    no_frozen = judge("tuning_earned", context(*CHEAP[:2]))
    assert (no_frozen.verdict, no_frozen.numbers["owed"]) == ("hold", ["frozen"])
    owed = judge("tuning_earned", context(*CHEAP, untried=("current", "zero_shot")))
    assert owed.numbers["owed"] == ["current", "zero_shot"]


@pytest.mark.parametrize(
    ("rung", "right", "facts", "verdict"),
    [
        ("frozen", 905, {}, "pass"),
        ("frozen", 930, {}, "hold"),
        ("nearest", 905, {}, "pass"),
        ("nearest", 950, {}, "hold"),
        ("frozen", 899, EARLIER, "pass"),
        ("frozen", 900, EARLIER, "hold"),
        ("nearest", 905, EARLIER, "pass"),
    ],
)
def test_tuning_stops_where_a_cheaper_rung_suffices(
    rung: str, right: int, facts: dict[str, Any], verdict: str
) -> None:
    """With its whole interval (C3, C8); by the first rules frozen features by their value."""
    found = judge("tuning_earned", context(*CHEAP, tried(rung, right), **facts))
    assert found.verdict == verdict, found.reason
    assert ("stop there" in found.reason) == (verdict == "hold")


def test_for_comparison_the_climb_goes_on() -> None:
    enough = context(*CHEAP, tried("unfreeze", 940), comparison=True)
    assert judge("tuning_earned", enough).verdict == "pass"
    owed = context(*CHEAP, tried("unfreeze", 940), comparison=True, untried=("zero_shot",))
    assert judge("tuning_earned", owed).verdict == "hold"


@pytest.mark.parametrize("rates", [[1e-4], [1e-4, 1e-4, 1e-4], [1e-4, 2e-4]])
def test_the_same_rate_twice_is_one_rate(rates: list[float]) -> None:
    tries = [
        tried("lora", 930, id=f"{place}", configuration={"learning_rate": rate})
        for place, rate in enumerate(rates)
    ]
    assert judge("learning_rates", context(*tries)).verdict == "hold"
    fewer = task(policy={"learning_rates": len(set(rates))})
    assert judge("learning_rates", context(*tries, task=fewer)).verdict == "pass"


def test_rates_of_other_rungs_do_not_count() -> None:
    tries = [
        tried(rung, 930, id=f"{rung}{rate}", configuration={"learning_rate": rate})
        for rung, rate in (("unfreeze", 1e-4), ("unfreeze", 2e-4), ("lora", 5e-5))
    ]
    assert judge("learning_rates", context(*tries)).numbers["rates"] == [5e-5]


@pytest.mark.parametrize(
    ("sections", "asks"),
    [
        ({}, ("why it is worth it", "business")),
        ({"owners": {"business": "Ada"}}, ("why it is worth it",)),
        ({"value": {"full_tuning": "two million a point"}}, ("business",)),
        ({"owners": {"business": " "}, "value": {"full_tuning": " "}}, ("why", "business")),
    ],
)
def test_full_tuning_needs_a_value_and_an_owner(
    sections: dict[str, Any], asks: tuple[str, ...]
) -> None:
    found = judge("full_tuning_justified", context(*CHEAP, task=task(**sections)))
    assert found.verdict == "hold"
    assert all(asked in found.reason for asked in asks)
    assert "3 times" in found.reason


def test_the_first_look_is_free_and_the_second_is_not() -> None:
    chosen = CHEAP[-1]
    assert judge("test_once", context(chosen)).verdict == "pass"
    held = judge("test_once", context(chosen, unsealings=looks(chosen.evidence.id)))
    assert held.verdict == "hold"
    assert "`rungwise add FILE`" in held.reason, "new rows come before an override"
    assert "--override test_once --by NAME --role ROLE --reason" in held.reason
