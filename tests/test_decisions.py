"""What follows from the record: the direction, the choices, and what a named person lets pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.constructed import attempt, measured
from tests.judged import context, finding, judge, looks, sealed_result, task, tried

from rungwise import plugins
from rungwise.decisions.direction import Direction, decide, verdict_line
from rungwise.decisions.next_step import choices, speaks_against_base
from rungwise.decisions.overrides import apply
from rungwise.evaluation.standing import baseline, best, rows_needed, straddles
from rungwise.protocols import GateContext
from rungwise.records import Finding, Override, Verdict, to_json

LADDER = [tried("majority", 500), tried("nearest", 700), tried("frozen", 860)]


def direction(about: GateContext, *overridden: str) -> Direction:
    """What follows once every gate was asked; a named person lets some of them pass."""
    verdicts = [judge(name, about) for name in plugins.names("gates")]
    return decide(about, [_let_pass(one) if one.code in overridden else one for one in verdicts])


def _let_pass(verdict: Verdict) -> Verdict:
    person = Override(verdict.code, "Ada", "business", "a pilot", "2026-01-05", "x")
    needed = verdict.numbers.get("overrides_needed", 1)
    return apply(verdict, [person] * needed, "x")


def doubt(code: str) -> Finding:
    """A diagnosis that speaks against something."""
    return Finding(code, "warn", f"{code} in numbers", "Act on it.")


# ── direction ────────────────────────────────────────────────────────────────────────────
def test_go_on_while_rungs_remain() -> None:
    found = direction(context(*LADDER, remaining=("unfreeze", "lora")))
    assert found.move == "go on"
    assert "unfreeze, lora" in found.reason and "86.0 %" in found.reason


def test_back_to_the_data_when_no_rung_remains() -> None:
    chosen = LADDER[-1].evidence
    about = context(*LADDER, diagnoses={chosen.id: (doubt("lagging_class"),)})
    found = direction(about)
    assert found.move == "back to the data"
    assert "lagging_class in numbers." in found.reason
    assert "Act on it" not in found.reason, "what to do stands in the ways alone"


def test_nothing_right_is_not_selected_and_speaks_against_the_base() -> None:
    nothing = [tried(rung, 0, id=rung) for rung in ("majority", "frozen")]
    on = replace(context(*nothing, remaining=("lora",)), selected=None)
    assert direction(on).move == "go on" and "no attempt is selected" in direction(on).reason
    over = direction(replace(context(*nothing), selected=None))
    assert over.move == "change the base" and over.ways[0].startswith("Another base model")
    assert not any("--override" in way or "target:" in way for way in over.ways)
    held = judge("validation_settled", replace(context(*nothing), selected=None))
    assert held.verdict == "hold" and "nothing is right yet" in held.reason


def test_back_to_the_data_when_the_audit_blocks() -> None:
    found = direction(context(*LADDER, findings=(finding("block"),), remaining=("lora",)))
    assert found.move == "back to the data"
    assert "310 test rows" in found.reason


def test_change_the_base_when_nothing_that_was_tuned_helps() -> None:
    lora = [tried("lora", 850, id=f"lora-{rate}") for rate in (1, 2)]
    both = {one.evidence.id: (doubt("worse_than_frozen"),) for one in lora}
    assert direction(context(*LADDER, *lora, diagnoses=both)).move == "change the base"
    one_rate = {lora[0].evidence.id: (doubt("worse_than_frozen"),)}
    assert direction(context(*LADDER, *lora, diagnoses=one_rate)).move == "back to the data"


def test_stop_when_the_target_is_reached_and_the_gain_is_meaningful() -> None:
    lora = tried("lora", 940, configuration={})
    assert direction(context(*LADDER, lora, remaining=("full",))).move == "stop"
    line = verdict_line(context(*LADDER, lora), [])
    assert line.startswith("Stop: lora has accuracy 94.0 %")


def test_back_to_the_data_when_the_gain_is_not_meaningful() -> None:
    """0.915 → 0.925 is a gain of one percent and twelve percent of the error (R67)."""
    ladder = [tried("nearest", 915), tried("frozen", 890), tried("lora", 925)]
    found = direction(context(*ladder))
    assert found.move == "back to the data" and "before more compute" in found.reason
    assert direction(context(*ladder), "improvement_meaningful").move == "stop"


@pytest.mark.parametrize(
    ("value", "move"), [(0.94, "stop"), (0.905, "go or no-go"), (0.8, "back to the data")]
)
def test_the_test_has_the_last_word(value: float, move: str) -> None:
    chosen = tried("frozen", 940)
    test = sealed_result(chosen.evidence, value, value - 0.015, value + 0.015)
    assert direction(context(*LADDER[:2], chosen, test=test)).move == move


def test_nothing_measured_goes_on() -> None:
    assert direction(context()).move == "go on"


# ── choices ──────────────────────────────────────────────────────────────────────────────
def ways(chosen: Any, *others: Any, about: Any = None, **diagnoses: Any) -> tuple[str, ...]:
    """The choices when `chosen` is the best of the attempts."""
    return choices(about or task(), chosen, (*others, chosen), diagnoses)


def test_below_the_target_there_are_four_choices_with_their_commands() -> None:
    recalls = tuple(
        measured(value, metric=f"recall[{label}]", rows=20)
        for label, value in (("lost", 0.5), ("late", 0.9), ("fee", 0.7), ("refund", 0.6))
    )
    chosen = attempt("lora", measured(0.871, 0.8549, 0.886), per_class=recalls)
    data, base, target, override = ways(chosen)
    assert "lost (0.50), refund (0.60), fee (0.70)" in data and "complaints.csv" in data
    assert "all-MiniLM-L6-v2" in base and "`models:`" in base
    assert "`target: 0.85`" in target and "lower target" in target
    assert "rungwise test --override validation_settled --by NAME" in override
    assert all("`rungwise " in way for way in (data, base, target, override))


def test_another_base_comes_first_where_the_base_is_in_doubt() -> None:
    chosen = attempt("frozen", measured(0.5, 0.48, 0.52))
    assert ways(chosen)[0].startswith("More or cleaner data")
    doubted = {chosen.id: (doubt("poor_fit"),)}
    assert ways(chosen, **doubted)[0].startswith("Another base model")
    assert speaks_against_base([chosen], doubted)
    assert not speaks_against_base([attempt("nearest", measured(0.5))], doubted)


def test_labels_that_are_none_come_before_more_rows_of_them() -> None:
    recalls = tuple(
        measured(value, metric=f"recall[{label}]", rows=20)
        for label, value in (("n/a", 0.0), ("late", 0.9), ("fee", 0.7))
    )
    chosen = attempt("lora", measured(0.871, 0.8549, 0.886), per_class=recalls)
    odd = replace(doubt("labels.placeholder"), numbers={"labels": {"n/a": 20}})
    first, data, *_ = choices(task(), chosen, (chosen,), {}, findings=(odd, doubt("sizes")))
    assert first.startswith("Mend the labels first: labels.placeholder is open.")
    assert "n/a" not in data and "fee (0.70), late (0.90)" in data


def test_where_lower_is_better_the_limit_rises() -> None:
    chosen = attempt("lora", measured(0.412, 0.37, 0.4411, metric="log_loss"))
    about = task("log_loss", 0.3)
    assert "`target: 0.45`" in ways(chosen, about=about)[2]
    assert "higher limit" in ways(chosen, about=about)[2]


@pytest.mark.parametrize(
    ("low", "promised"), [(0.9999, "0.99"), (0.0123, "0.012"), (0.00098, "0.00098"), (0.3, "0.3")]
)
def test_the_target_that_is_offered_never_promises_more(low: float, promised: str) -> None:
    chosen = attempt("lora", measured(low, low, low))
    assert f"`target: {promised}`" in ways(chosen, about=task(target=1.0))[2]


def test_there_is_nothing_to_choose_on_target_or_before_the_climb() -> None:
    assert ways(attempt("lora", measured(0.9))) == ()
    assert choices(task(), None, (), {}) == ()


# ── overrides ────────────────────────────────────────────────────────────────────────────
HELD = Verdict("gap_closed", "R63", "hold", "It holds at 0.9.", {"closed": 0.9})
ADA = Override("gap_closed", "Ada", "business", "A pilot.", "2026-01-05", "split-1")


def test_an_override_is_shown_with_who_why_and_what_the_gate_said() -> None:
    found = apply(HELD, [ADA], "split-1")
    assert (found.code, found.requirement, found.verdict) == ("gap_closed", "R63", "overridden")
    assert found.reason == "Overridden by Ada (business): A pilot. It holds at 0.9."
    assert found.numbers["verdict_before"] == "hold"
    assert found.numbers["closed"] == 0.9
    assert to_json(found.numbers)["overridden_by"] == {
        "name": "Ada", "role": "business", "reason": "A pilot.", "time": "2026-01-05",
    }  # fmt: skip


@pytest.mark.parametrize("ruling", ["pass", "not_applicable"])
def test_what_does_not_hold_needs_no_override(ruling: Any) -> None:
    open_gate = replace(HELD, verdict=ruling)
    assert apply(open_gate, [ADA], "split-1") == open_gate


def test_an_override_is_bound_to_its_gate_and_its_subject() -> None:
    assert apply(HELD, [ADA], "split-2") == HELD
    assert apply(HELD, [replace(ADA, gate="test_once")], "split-1") == HELD
    assert apply(replace(HELD, verdict="inconclusive"), [ADA], "split-1").verdict == "overridden"


def test_the_newest_of_several_overrides_speaks() -> None:
    bo = replace(ADA, name="Bo", reason="again")
    assert apply(HELD, [ADA, bo], "split-1").reason.startswith(
        "Overridden by Bo (business): again."
    )


def test_each_override_opens_exactly_one_further_look() -> None:
    """First look free; then as many as there are overrides of this attempt (C7)."""
    chosen, other = tried("frozen", 930), tried("lora", 940)
    mine = Override("test_once", "Ada", "business", "again", "2026-01-05", chosen.evidence.id)

    def may_look(taken: list[str], overrides: int) -> bool:
        about = context(other, chosen, unsealings=looks(*taken))
        verdict = apply(judge("test_once", about), [mine] * overrides, chosen.evidence.id)
        return verdict.verdict in ("pass", "overridden")

    me, it = chosen.evidence.id, other.evidence.id
    assert may_look([], 0)
    assert not may_look([me], 0)
    assert may_look([me], 1)
    assert not may_look([me, me], 1)
    assert may_look([me, me], 2)
    assert not may_look([it], 0)
    assert may_look([it], 1)
    assert not may_look([it, me], 1)


# ── standing ─────────────────────────────────────────────────────────────────────────────
def test_the_baseline_is_the_best_that_trains_nothing() -> None:
    tries = [
        attempt("majority", measured(0.2)),
        attempt("nearest", measured(0.7)),
        attempt("frozen", measured(0.9)),
    ]
    assert baseline(tries, greater=True) is tries[1]
    assert baseline(tries, greater=False) is tries[0]
    assert baseline(tries[2:], greater=True) is None


def test_of_equals_the_cheapest_is_best() -> None:
    tries = [attempt("lora", measured(0.9)), attempt("frozen", measured(0.9))]
    assert best(tries, greater=True) is tries[1]
    assert best([], greater=True) is None


def test_an_interval_straddles_a_threshold_inside_it() -> None:
    goal = measured(0.91, 0.89, 0.93)
    assert straddles(goal, 0.90) and not straddles(goal, 0.88) and not straddles(goal, 0.95)
    assert straddles(measured(0.91), 0.5)
    assert rows_needed(goal, 0.90) == 4000
    assert rows_needed(measured(0.91), 0.90) is None
