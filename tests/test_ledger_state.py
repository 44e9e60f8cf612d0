"""What is in force now follows from the entries and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.constructed import attempt, measured

from rungwise.errors import LedgerError
from rungwise.ledger.entry import GENESIS, Entry
from rungwise.ledger.kinds import KINDS
from rungwise.ledger.state import State, derive
from rungwise.records import Evidence, Finding, from_json, to_json

Written = tuple[str, Mapping[str, Any]]


def ledger_of(*written: Written) -> list[Entry]:
    return [
        Entry(number, kind, {**payload, "time": payload.get("time", "t")}, GENESIS, "", "t")
        for number, (kind, payload) in enumerate(written, 1)
    ]


def state_of(*written: Written) -> State:
    return derive(ledger_of(*written))


def split(
    id: str, sealed: str = "sealed", source: str = "rows.csv", test: str | None = None
) -> Written:
    digests = {"train": "a", "validation": "b", "test_inputs": "c", "quarantine": "e"}
    empty: dict[str, Any] = {
        "sources": {name: f"{name} of {id}" for name in (source, test) if name},
        "numbers": {"settings": {"source": source, "test": test}},
        "rows": {},
        "classes": [],
        "quarantined": {},
        "assumptions": [],
    }
    return "split", {"id": id, "test_expected": sealed, **digests, **empty}


def measured_attempt(id: str, data: str = "one", rung: str = "frozen") -> Written:
    return "attempt", to_json(attempt(rung, measured(0.9), id=id, data=data))


def audit(name: str, title: str, data: str = "one") -> Written:
    found = to_json(Finding(code=name, severity="warn", title=title, advice="look"))
    payload = {"data": data, "audit": name, "findings": [found], "read_sealed_inputs": False}
    return "audit", payload


def verdict(gate: str, ruling: str, data: str = "one") -> Written:
    said = {"code": gate, "requirement": "R63", "verdict": ruling, "reason": "because"}
    return "verdict", {"data": data, "step": "test", "subject": "a", "verdict": said}


def skipped(rung: str, reason: str, data: str = "one") -> Written:
    return "skipped", {"data": data, "rung": rung, "reason": reason}


def look(number: int, data: str, sealed: str = "sealed") -> Written:
    content = {"number": number, "attempt": "a", "data": data, "test_expected": sealed}
    return "unsealing", content


def result(unseal: int, data: str) -> Written:
    goal = to_json(measured(0.9))
    lists: dict[str, Any] = {"metrics": [], "per_class": []}
    about = {"attempt": "a", "data": data, "unseal": unseal, "predictions": "p"}
    return "test", {**about, "goal": goal, **lists}


def override(gate: str, subject: str) -> Written:
    person = {"name": "Ada", "role": "owner", "reason": "needed"}
    return "override", {"gate": gate, "subject": subject, "time": "t", **person}


def release(version: str, data: str = "one") -> Written:
    content = {"version": version, "attempt": "a", "data": data, "manifest": "m"}
    return "release", {**content, "folder": f"releases/{version}", "evidence": ["a"]}


def finding_titles(state: State) -> list[str]:
    return [finding.title for finding in state.findings]


def test_before_anything_is_written() -> None:
    assert derive([]) == State()
    assert derive([]).test is None


def test_the_newest_task_and_split_are_in_force() -> None:
    state = state_of(
        ("task", {"task": {"target": 0.9}, "goal": {"name": "accuracy"}}),
        split("one"),
        ("task", {"task": {"target": 0.8}, "goal": {"name": "accuracy"}}),
        split("two"),
    )
    assert state.task == {"target": 0.8}
    assert state.goal == {"name": "accuracy"}
    assert state.split is not None
    assert state.split.id == "two"


def test_what_was_measured_on_another_split_is_not_in_force() -> None:
    first = (
        split("one"),
        audit("sizes", "few"),
        measured_attempt("a"),
        ("diagnosis", {"attempt": "a", "findings": []}),
        ("failures", {"attempt": "a", "groups": []}),
        skipped("lora", "reached"),
        verdict("baseline_recorded", "pass"),
        look(1, "one"),
        result(1, "one"),
    )
    before = state_of(*first)
    assert [each.id for each in before.attempts] == ["a"]
    assert set(before.diagnoses) == set(before.failures) == {"a"}
    after = state_of(*first, split("two"))
    assert not (after.attempts or after.findings or after.unsealings or after.tests)
    assert not (after.audits or after.diagnoses or after.failures or after.skipped)
    assert not after.verdicts
    back = state_of(*first, split("two"), measured_attempt("b", "two"), split("one"))
    assert back == before


def test_dividing_anew_does_not_make_a_seen_test_part_unseen() -> None:
    state = state_of(split("one"), look(1, "one"), split("two"))
    assert state.unsealings == ()
    assert [seen.number for seen in state.looks] == [1]
    fresh = state_of(
        split("one"), look(1, "one"), split("two", sealed="other rows", source="new.csv")
    )
    assert fresh.looks == ()


def test_the_target_at_the_first_look_is_remembered() -> None:
    def task(target: float) -> Written:
        return "task", {"task": {"task": {"target": target}}, "goal": {}}

    assert state_of(task(0.9), split("one"), task(0.8)).target_when_seen is None
    lowered = state_of(task(0.9), split("one"), look(1, "one"), task(0.8), look(2, "one"))
    assert lowered.target_when_seen == 0.9


@pytest.mark.parametrize(
    ("source", "test", "looks"),
    [
        ("rows.csv", None, 1),  # another seed, or an edit of the file
        ("new.csv", None, 0),
        ("rows.csv", "own.csv", 0),  # a test file of the user's own, never seen
        ("new.csv", "rows.csv", 1),  # the file that was divided is now the test
    ],
)
def test_dividing_the_same_file_anew_does_not_launder_a_look(
    source: str, test: str | None, looks: int
) -> None:
    again = split("two", "other rows", source, test)
    assert len(state_of(split("one"), look(1, "one"), again).looks) == looks


def test_overrides_and_releases_stay_for_ever() -> None:
    state = state_of(split("one"), override("test_once", "one"), release("v1.0"), split("two"))
    assert [each.gate for each in state.overrides] == ["test_once"]
    assert [each.version for each in state.releases] == ["v1.0"]


def test_an_attempt_that_two_climbs_measured_counts_once() -> None:
    state = state_of(split("one"), measured_attempt("a"), measured_attempt("a"))
    assert [each.id for each in state.attempts] == ["a"]


def test_an_audit_that_ran_again_replaces_its_findings() -> None:
    state = state_of(
        split("one"), audit("sizes", "few"), audit("copies", "two"), audit("sizes", "enough")
    )
    assert state.audits == {"sizes", "copies"}
    assert finding_titles(state) == ["enough", "two"]


def test_the_newest_verdict_of_a_gate_holds() -> None:
    state = state_of(
        verdict("goal_measurable", "pass", data=""),
        split("one"),
        verdict("gap_closed", "hold"),
        verdict("gap_closed", "pass"),
    )
    assert {gate: said.verdict for gate, said in state.verdicts.items()} == {
        "goal_measurable": "pass",
        "gap_closed": "pass",
    }


def test_a_rung_that_was_tried_after_all_is_no_longer_skipped() -> None:
    state = state_of(
        split("one"),
        skipped("lora", "reached"),
        skipped("full", "not justified"),
        measured_attempt("a", rung="lora"),
    )
    assert state.skipped == {"full": "not justified"}


def test_the_newest_import_of_a_name() -> None:
    found = {"name": "rules", "source": "rules.csv"}
    state = state_of(("import", {**found, "object": "1"}), ("import", {**found, "object": "2"}))
    assert state.imports == {"rules": "2"}


def test_the_newest_test_is_the_test() -> None:
    state = state_of(
        split("one"), look(1, "one"), result(1, "one"), look(2, "one"), result(2, "one")
    )
    assert state.test is not None
    assert state.test.unseal == 2


def test_an_unknown_kind_names_its_entry() -> None:
    with pytest.raises(LedgerError, match=r"Entry 2 has the unknown kind 'prophecy'.*newer"):
        state_of(split("one"), ("prophecy", {}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_payload_of_another_shape_names_its_entry(kind: str) -> None:
    with pytest.raises(LedgerError, match=rf"Entry 2 \({kind}\) has another shape"):
        state_of(split("one"), (kind, {"nonsense": 1}))


@given(st.lists(st.sampled_from(["one", "two", "three"]), max_size=12))
def test_only_attempts_on_the_split_in_force_and_in_order(choices: list[str]) -> None:
    """Any interleaving of splits and attempts, against a filter written out."""
    written: list[Written] = []
    for number, data in enumerate(choices):
        written += [split(data), measured_attempt(str(number), data)]
    state = state_of(*written)
    wanted = [
        from_json(Evidence, payload)
        for kind, payload in written
        if kind == "attempt" and payload["data"] == choices[-1]
    ]
    assert list(state.attempts) == wanted


def asked(target: float, metric: str = "accuracy") -> Written:
    return "task", {"task": {"task": {"metric": metric, "target": target}}, "goal": {}}


def budget(seconds: float, data: str = "one") -> Written:
    return "budget", {"data": data, "attempt": "a", "spent": 1.0, "seconds": seconds}


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ((), 300),
        ((budget(900),), 300),  # it is fixed once
        ((asked(0.9),), 300),  # an edit of something else
        ((asked(0.95),), None),  # another target is another question
        ((asked(0.95), budget(500)), 500),
        ((asked(0.9, "macro_f1"),), None),
        ((budget(900, "two"),), 300),
    ],
)
def test_a_budget_settles_the_target_that_it_was_fixed_for(
    later: tuple[Written, ...], left: float | None
) -> None:
    found = state_of(split("one"), asked(0.9), budget(300), *later).budget
    assert (found.seconds if found else None) == left
