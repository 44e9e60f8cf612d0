"""One suite over every gate there is, those of other packages included."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from tests.constructed import measured
from tests.documentation import run_examples
from tests.judged import GOAL, constant, context, finding, looks, sealed_result, split, task, tried

from rungwise import plugins
from rungwise.evaluation.forgetting import Probed, forgotten
from rungwise.protocols import Compared, Gate, GateContext, Step
from rungwise.records import Override, Ruling, Verdict, to_json
from rungwise.task import parse

NAMES = plugins.names("gates")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "gates.md"
COMPARING = frozenset({"pass", "hold", "inconclusive"})


def contexts() -> dict[str, GateContext]:
    """From nothing on record to everything, where higher is better and where lower is."""
    ladder = [tried("majority", 500), tried("nearest", 820), tried("frozen", 890)]
    lora = [
        tried("lora", 930, configuration={"learning_rate": rate}, id=f"lora-{rate}")
        for rate in (1e-4, 2e-4, 5e-5)
    ]
    lower = [
        tried(rung, right, metric="log_loss")
        for rung, right in (("majority", 500), ("nearest", 700), ("lora", 950))
    ]
    trivial, labels = constant()
    chosen = lora[-1].evidence
    without = tried("frozen", 930)
    without = replace(without, evidence=replace(without.evidence, goal=measured(0.93)))
    made = {
        "nothing": GateContext(task=task(), greater=True, bounds=(0.0, 1.0)),
        "a split": context(),
        "an empty split": context(split=split(rows={"train": 9, "validation": 0, "test": 0})),
        "a blocked audit": context(findings=(finding("block"), finding("warn"))),
        "no audit": context(audited=frozenset()),
        "a baseline": context(*ladder[:2]),
        "below the target": context(*ladder, remaining=("unfreeze", "lora")),
        "nothing remains": context(*ladder),
        "tuned": context(*ladder, *lora),
        "tuned once": context(*ladder, lora[0]),
        "only to compare": context(*ladder, *lora, comparison=True),
        "a rung owed": context(*ladder, untried=("zero_shot",)),
        "a constant answer suffices": context(trivial, expected=lambda: labels),
        "no interval": context(*ladder[:2], without),
        "lower is better": context(*lower, task=task("log_loss", 0.4)),
        "lower is better and far": context(*lower, task=task("log_loss", 0.1)),
        "full is wanted": context(
            *ladder,
            task=task(owners={"business": "Ada"}, value={"full_tuning": "one point is 2 M€"}),
        ),
        "looked at": context(*ladder, *lora, unsealings=looks(chosen.id, chosen.id)),
        "a test of another": context(*lora, test=sealed_result(lora[0].evidence, 0.93, 0.91, 0.94)),
        "shipped": context(*lora, export=Compared(1000, {"model.onnx": ()})),
        "an export that differs": context(
            *lora, export=Compared(1000, {"model.onnx": ("7", "8", "9")})
        ),
    }
    texts = parse(
        {
            "task": {"goal": GOAL, "kind": "generate", "metric": "exact_match", "target": 0.9},
            "data": {"source": "complaints.csv"},
        }
    )
    for name, after in (("kept", 3.1), ("forgotten", 3.4)):
        tokens, right = np.full(40, 20.0), np.arange(40) < 30
        before, now = Probed(3.0 * tokens, tokens, right), Probed(after * tokens, tokens, right)
        general = {"general": forgotten(before, now, texts.policy)}
        made[f"general ability {name}"] = context(
            tried("nearest", 820), tried("lora", 930, details=general), task=texts
        )
    for value, unseal in product((0.80, 0.89, 0.91, 0.95), (1, 2)):
        result = sealed_result(chosen, value, value - 0.015, value + 0.015, unseal)
        made[f"test {value} at look {unseal}"] = context(*ladder, *lora, test=result)
    return made


CONTEXTS = contexts()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Every gate in turn."""
    return str(request.param)


@pytest.fixture
def gate(name: str) -> Gate:
    """The gate of that name."""
    loaded: Gate = plugins.load("gates", name)
    return loaded


@cache
def judged(name: str) -> dict[str, Verdict]:
    """What a gate says of every context."""
    gate: Gate = plugins.load("gates", name)
    return {case: gate.judge(about) for case, about in CONTEXTS.items()}


@pytest.fixture
def verdicts(name: str) -> dict[str, Verdict]:
    """What it says of every context."""
    return judged(name)


def test_there_are_gates() -> None:
    assert len(NAMES) >= 13


def test_it_says_what_it_rests_on_and_where_it_stands(gate: Gate) -> None:
    assert re.fullmatch(r"R\d+", gate.requirement)
    assert gate.title and not gate.title.endswith(".")
    assert gate.before
    assert set(gate.before) <= set(get_args(Step))


def test_its_verdict_carries_its_name_and_requirement(
    gate: Gate, name: str, verdicts: dict[str, Verdict]
) -> None:
    for verdict in verdicts.values():
        assert (verdict.code, verdict.requirement) == (name, gate.requirement)
        assert verdict.verdict in set(get_args(Ruling)) - {"overridden"}


def test_it_holds_or_does_not_apply_before_anything_is_on_record(
    name: str, verdicts: dict[str, Verdict]
) -> None:
    """Only the goal and the whole seal exist before the first row is read."""
    ruling = verdicts["nothing"].verdict
    assert ruling in ("hold", "not_applicable") or name in ("goal_measurable", "test_once")


def test_it_can_pass_and_it_can_refuse(verdicts: dict[str, Verdict], name: str) -> None:
    rulings = {verdict.verdict for verdict in verdicts.values()}
    assert "pass" in rulings
    assert rulings & {"hold", "inconclusive"} or name == "goal_measurable"


def test_its_reason_is_a_sentence_with_the_numbers_it_compares(
    verdicts: dict[str, Verdict],
) -> None:
    for case, verdict in verdicts.items():
        assert verdict.reason.endswith("."), case
        assert "  " not in verdict.reason and "\n" not in verdict.reason, case
        if verdict.verdict in COMPARING and verdict.numbers:
            assert re.search(r"\d", verdict.reason), f"{case}: {verdict.reason}"
        assert "None" not in verdict.reason, case


def test_its_numbers_are_plain_json(verdicts: dict[str, Verdict]) -> None:
    for verdict in verdicts.values():
        numbers = json.loads(json.dumps(to_json(verdict.numbers), allow_nan=False))
        assert numbers == to_json(verdict.numbers)


def test_it_says_the_same_of_the_same(gate: Gate, verdicts: dict[str, Verdict]) -> None:
    assert {case: gate.judge(about) for case, about in CONTEXTS.items()} == verdicts


def test_it_does_not_read_overrides(gate: Gate, name: str, verdicts: dict[str, Verdict]) -> None:
    """Whether a named person lets it pass is the workflow's business."""
    everywhere = tuple(
        Override(name, "Ada", "business", "a pilot", "2026-01-05T10:00:00", subject)
        for subject in ("", "split-1", *(one.id for one in CONTEXTS["tuned"].attempts))
    )
    for case in ("nothing", "below the target", "tuned", "looked at"):
        assert gate.judge(replace(CONTEXTS[case], overrides=everywhere)) == verdicts[case]


def test_what_would_settle_it_comes_with_inconclusive(verdicts: dict[str, Verdict]) -> None:
    for verdict in verdicts.values():
        if verdict.verdict == "inconclusive":
            assert "rows_to_settle" in verdict.numbers or "fall" in verdict.numbers


def test_the_page_has_its_section_with_an_example(name: str) -> None:
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    mine = [text for text in sections if text.startswith(f"`{name}`")]
    assert len(mine) == 1, f"docs/gates.md has no section ## `{name}`"
    assert f'"{name}"' in mine[0] and "```python" in mine[0]


def test_every_example_of_the_page_runs() -> None:
    run_examples(PAGE)
