"""Attempts of one rung are told apart by what they were told, and found by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.constructed import attempt, measured

from rungwise.errors import TaskError
from rungwise.evaluation.attempt_names import attempt_name, matching, meant, named, way_of_asking
from rungwise.evaluation.selection import recorded, select
from rungwise.records import Evidence


def told(rung: str, id_: str, details: dict[str, Any] | None = None, **settings: Any) -> Evidence:
    made = attempt("lora", measured(0.5), configuration=settings)
    return replace(made, rung=rung, id=id_, details=details or {})


SHOTS = [
    told("few_shot", f"{place}abc", prompt=1, selection=selection, shots=16)
    for place, selection in enumerate(("random", "diverse", "nearest"))
]


@pytest.mark.parametrize(
    ("rung", "settings", "details", "name"),
    [
        ("frozen", {"class_weights": None}, {}, "frozen"),
        ("prompt", {"prompt": 0}, {"name": "goal"}, "prompt, goal"),
        ("prompt", {"prompt": 2}, {}, "prompt, number 3"),
        ("current", {"name": "rules-2024"}, {}, "current, rules-2024"),
        (
            "rag",
            {"prompt": 0, "search": "fused", "chunks": 1, "selection": None, "shots": 0},
            {},
            "rag, by words and meaning, 1 passage",
        ),
        (
            "lora",
            {"layers": 2, "adapter": "dora", "learning_rate": 4e-4, "prompt": 1},
            {},
            "lora, rate 0.0004, 2 layers, dora",
        ),
    ],
)
def test_a_name_says_what_was_tried(
    rung: str, settings: dict[str, Any], details: dict[str, Any], name: str
) -> None:
    assert attempt_name(told(rung, "1", details, **settings)) == name


def test_names_stand_in_sentences_without_a_comma() -> None:
    assert [named(one) for one in SHOTS] == [
        "few_shot (16 random)", "few_shot (16 diverse)", "few_shot (16 nearest)",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["2ab", "few_shot, 16 nearest", "few_shot nearest", "nearest"])
def test_an_attempt_is_found_by_its_id_or_its_name(text: str) -> None:
    assert meant(text, SHOTS) is SHOTS[2]


@pytest.mark.parametrize("text", ["few_shot", "lora", ""])
def test_what_means_several_or_none_lists_them(text: str) -> None:
    with pytest.raises(TaskError) as refused:
        meant(text, SHOTS)
    assert all(name in str(refused.value) for name in ("0abc", "few_shot, 16 nearest"))
    assert not matching("", SHOTS)


def test_how_it_was_asked_names_prompt_limit_and_sampling() -> None:
    asked = {"system": "Do it.", "name": "form", "max_tokens": 1024}
    line = way_of_asking(told("prompt", "1", asked))
    assert line.startswith("prompt form (") and line.endswith(", at most 1,024 tokens, greedy")
    other = way_of_asking(told("prompt", "1", asked | {"system": "Do it!", "greedy": False}))
    assert other.endswith("sampled") and other[:20] != line[:20], "another version of the prompt"
    assert way_of_asking(told("frozen", "1")) == ""


def test_what_is_right_in_nothing_is_not_selected() -> None:
    none = [replace(one, goal=measured(0.0, 0.0, 0.07, rows=50)) for one in SHOTS]
    assert select(none, 0.5, True, 2, lambda *_: None, worst=0.0) is None
    assert recorded(none, 0.5, True, 2, "", worst=0.0) is None
    one = [*none, replace(SHOTS[0], id="right", goal=measured(0.02, 0.0, 0.1, rows=50))]
    chosen = select(one, 0.5, True, 2, lambda *_: None, worst=0.0)
    assert chosen is not None and chosen.attempt.id == "right"
    errors = [replace(one, goal=measured(1.0, 0.93, 1.0, rows=50)) for one in SHOTS]
    assert select(errors, 0.1, False, 2, lambda *_: None, worst=1.0) is None
    assert select(none, 0.5, True, 2, lambda *_: None, worst=None) is not None, "no worst value"


def test_of_many_attempts_the_latest_are_listed() -> None:
    many = [told("few_shot", f"{place:04}", shots=place) for place in range(1, 200)]
    with pytest.raises(TaskError) as refused:
        meant("few_shot", many)
    said = str(refused.value)
    assert "199 attempts" in said and "few_shot, 199 random" in said and len(said) < 800
    assert "`rungwise status` shows all 199" in said
