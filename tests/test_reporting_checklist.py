"""The checklist follows the record from the goal to the refresh."""

from __future__ import annotations

from dataclasses import replace

from tests.constructed import attempt, measured, split_record, task_facts

from rungwise.ledger.state import State
from rungwise.records import Finding, ReleaseRecord, Ruling, TestResult, Verdict
from rungwise.reporting.checklist import as_text, checklist

MAJORITY = attempt("majority", measured(0.3, 0.27, 0.33))
FROZEN = attempt("frozen", measured(0.92, 0.90, 0.94))


def done(state: State) -> list[str]:
    return [item.requirement for item in checklist(state, "rungwise run") if item.status == "done"]


def climbed() -> State:
    return State(
        **task_facts(),
        split=split_record(("late", "lost")),
        audits=frozenset({"sizes"}),
        attempts=(MAJORITY, FROZEN),
        failures={MAJORITY.id: ()},
        diagnoses={MAJORITY.id: (), FROZEN.id: ()},
    )


def test_at_first_everything_is_open_and_the_goal_comes_next() -> None:
    items = checklist(State(), "rungwise init")
    assert {item.status for item in items} == {"open"}
    assert items[0].note == "Next: rungwise init"
    assert sum(bool(item.note) for item in items) == 1


def test_what_is_on_record_is_done() -> None:
    assert done(State(**task_facts())) == ["R1–R5"]
    assert done(climbed()) == ["R1–R5", "R10", "R20", "R33", "R32", "R41", "R44", "R56"]
    test = TestResult(FROZEN.id, "split-1", 1, replace(FROZEN.goal, on="test"), (), (), "p")
    shipped = ReleaseRecord("v1.0", FROZEN.id, "split-1", "m", "releases/v1.0", ())
    all_done = done(replace(climbed(), tests=(test,), releases=(shipped,)))
    assert all_done[-2:] == ["R68", "R71"]


def test_what_only_people_can_do_stays_a_box_to_tick() -> None:
    by_hand = [item for item in checklist(climbed(), "rungwise test") if item.by_hand]
    assert {"R13", "R70", "R74", "R75"} <= {item.requirement for item in by_hand}
    assert all(item.status == "open" for item in by_hand)


def test_owners_are_named_where_they_are_missing() -> None:
    facts = task_facts()
    facts["task"]["owners"] = {"business": "Maria", "prompt": None}
    owners = next(i for i in checklist(State(**facts), "") if i.requirement == "R81")
    assert "prompt, data, ml, operations" in owners.text


def test_a_gate_that_holds_shows_its_reason_at_the_step_that_is_next() -> None:
    holds = Verdict("test_once", "R68", "hold", "The target is not met.")
    items = checklist(replace(climbed(), verdicts={"test_once": holds}), "rungwise test")
    (held,) = [item for item in items if item.status == "held"]
    assert held.requirement == "R68"
    assert held.note == "Gate test_once: The target is not met."


def test_a_gate_whose_step_has_not_come_is_not_shown_as_held() -> None:
    holds = Verdict("test_once", "R68", "hold", "Nothing was measured.")
    early = State(**task_facts(), verdicts={"test_once": holds})
    assert all(item.status != "held" for item in checklist(early, "rungwise run"))


def test_a_blocking_finding_leaves_the_audit_open() -> None:
    blocks = Finding("overlap.text", "block", "9 rows", "Split again.", "R21", 9)
    audit = next(
        i for i in checklist(replace(climbed(), findings=(blocks,)), "") if i.requirement == "R20"
    )
    assert audit.status == "open"
    assert "1 blocking finding," in audit.text


def test_a_target_that_was_not_reached_names_what_was_tuned() -> None:
    facts = task_facts(target=0.99)
    tuned = replace(
        climbed(), **facts, attempts=(*climbed().attempts, attempt("lora", measured(0.95)))
    )
    step = next(i for i in checklist(tuned, "") if i.requirement == "R44")
    assert step.status == "open"
    assert step.text == "Below the target; tuned so far: lora"


def test_a_value_on_target_that_the_rows_do_not_settle_is_not_called_below() -> None:
    """0.92 [0.90, 0.94] against 0.91, and against 0.925: above, and below."""
    text = "Met by the value, though the interval holds the target: frozen, 92.0 % [90.0, 94.0]"
    cases: tuple[tuple[float, Ruling, str, str], ...] = (
        (0.91, "inconclusive", "done", text),
        (0.91, "hold", "open", text),
        (0.925, "inconclusive", "open", "Below the target; tuned so far: nothing"),
    )
    for target, ruling, status, told in cases:
        said = Verdict("validation_settled", "R68", ruling, "As it is.")
        facts = task_facts(target=target) | {"verdicts": {"validation_settled": said}}
        split = replace(split_record(("late", "lost")), numbers={"rules": 2})
        state = replace(climbed(), **facts, split=split)
        step = next(i for i in checklist(state, "rungwise test") if i.requirement == "R44")
        assert step.status == status and step.text.startswith(told)


def test_the_text_has_a_box_a_line() -> None:
    text = as_text(checklist(climbed(), "rungwise test"))
    boxes = [row for row in text.splitlines() if not row.startswith("    ")]
    assert all(row[:3] in ("[x]", "[ ]", "[!]") for row in boxes)
    assert len(boxes) == len(checklist(climbed(), "rungwise test"))
    assert "[x] Target reached by frozen: 92.0 % [90.0, 94.0] on 1,000 validation rows" in (boxes)
    assert "    Next: rungwise test" in text
