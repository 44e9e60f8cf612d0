"""What the rungs try next: the order of the guides, from the record alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tests.constructed import attempt, measured
from tests.small_encoder import context

from rungwise import plugins
from rungwise.records import Evidence, Numbers
from rungwise.training.choice import explained_rates

RATES = (1e-4, 2e-4, 5e-5)


def climbed(name: str, values: dict[tuple[Any, ...], float], **about: Any) -> list[Numbers]:
    """Every configuration a rung proposes where `values` says how each would do."""
    surroundings = context(Path(), "encoder", **about)
    rung = plugins.load("rungs", name, about.get("kind", "classify"))
    done: list[Evidence] = []
    while (proposed := rung.propose(surroundings, done)) is not None:
        key = tuple(proposed[each] for each in ("layers", "learning_rate") if each in proposed)
        done.append(made(name, dict(proposed), values[key]))
    return [evidence.configuration for evidence in done]


def made(name: str, configuration: dict[str, Any], value: float, **fields: Any) -> Evidence:
    evidence: Evidence = attempt(name, measured(value), configuration=configuration, **fields)
    height = plugins.load("rungs", name).height
    return dataclasses.replace(evidence, height=height, details={"blocks": 6})


LAST_BLOCK = {(1, 1e-4): 0.80, (1, 2e-4): 0.83, (1, 5e-5): 0.79}


@pytest.mark.parametrize(
    ("deeper", "why"),
    [
        ({2: 0.85, 4: 0.86, 6: 0.84}, "each may still help"),
        ({2: 0.82, 4: 0.86, 6: 0.84}, "one depth that brings nothing is no reason to stop"),
        ({2: 0.83, 4: 0.82}, "two in a row are; an equal value brings nothing"),
    ],
)
def test_the_best_rate_goes_deeper_until_two_depths_did_not_help(
    deeper: dict[int, float], why: str
) -> None:
    values = LAST_BLOCK | {(depth, 2e-4): value for depth, value in deeper.items()}
    tried = climbed("unfreeze", values)
    assert [(each["layers"], each["learning_rate"]) for each in tried] == list(values), why


@pytest.mark.parametrize(("half_width", "depth"), [(0.05, 4), (0.11, 2), (None, 4)])
def test_adapters_go_as_deep_as_served_within_a_standard_error(
    half_width: float | None, depth: int
) -> None:
    """0.85 lies within one standard error of 0.90 where that is 0.11 / 1.96, not 0.05 / 1.96."""
    goals = {1: 0.80, 2: 0.85, 4: 0.90, 6: 0.87}
    below = []
    for layers, value in goals.items():
        ends = (value - half_width, value + half_width) if half_width else (None, None)
        one = made("unfreeze", {"layers": layers, "learning_rate": 1e-4}, value)
        below.append(dataclasses.replace(one, goal=measured(value, *ends)))
    rates = (1e-3, 2e-3, 5e-4)
    tried = climbed("lora", {(depth, rate): 0.9 for rate in rates}, attempts=below)
    assert [(each["layers"], each["learning_rate"]) for each in tried] == [
        (depth, rate) for rate in rates
    ]


STATED = (1e-3, 3e-4, 1e-4, 3e-5)


@pytest.mark.parametrize(
    ("name", "about", "rates"),
    [
        ("full", {"learning_rates": STATED}, STATED),
        ("lora", {"learning_rates": STATED}, STATED),
        ("lora", {"learning_rates": RATES}, RATES),
        ("full", {}, RATES),
        ("lora", {}, (1e-3, 2e-3, 5e-4)),
    ],
)
def test_every_rate_is_tried_and_a_stated_one_as_written(
    name: str, about: dict[str, Any], rates: tuple[float, ...]
) -> None:
    """Unless rates are stated, what is not pretrained learns ten times as fast (R45)."""
    values = {(rate,): 0.5 for rate in rates} | {(None, rate): 0.5 for rate in rates}
    assert [each["learning_rate"] for each in climbed(name, values, **about)] == list(rates)


@pytest.mark.parametrize(
    ("name", "unset"),
    [("qlora", (1e-3, 2e-3, 5e-4)), ("prefix", (1e-2, 2e-2, 5e-3)), ("full", RATES)],
)
@pytest.mark.parametrize(("rules", "stated"), [(5, True), (5, False), (4, True), (4, False)])
def test_rates_of_projects_by_their_rules(
    name: str, unset: tuple[float, ...], rules: int, stated: bool
) -> None:
    """A project that was split before goes on with the multiples that it was measured by."""
    told: dict[str, Any] = {"learning_rates": RATES} if stated else {}
    about = context(Path(), "language", kind="generate", **told)
    about = dataclasses.replace(about, rules=rules)
    rung, done = plugins.load("rungs", name, "generate"), list[Evidence]()
    while (proposed := rung.propose(about, done)) is not None:
        done.append(attempt("full", measured(0.5), configuration=proposed))
    expected = RATES if stated and rules == 5 else unset
    assert tuple(one.configuration["learning_rate"] for one in done) == expected


def test_what_rates_are_tried_is_said() -> None:
    stated, unset = context(Path(), "e", learning_rates=RATES), context(Path(), "e")
    earlier = dataclasses.replace(stated, rules=4)
    assert explained_rates(stated, "full", 1.0) == explained_rates(unset, "full", 1.0) == ""
    said = explained_rates(unset, "lora", 10.0)
    assert "not set: lora is tried with 0.001, 0.002, 0.0005, 10 times" in said
    assert "lora is tried with 0.0001, 0.0002, 5e-05, as training" in (
        explained_rates(stated, "lora", 10.0)
    )
    said = explained_rates(earlier, "lora", 10.0)
    assert "0.001, 0.002, 0.0005, 10 times training.learning_rates: this project" in said


LAGGING = (
    measured(0.95, 0.92, 0.98, metric="recall[late]"),
    measured(0.40, 0.30, 0.50, metric="recall[damaged]"),
    measured(0.93, 0.90, 0.96, metric="recall[lost]"),
)
UNSURE = (*LAGGING[:1], measured(0.40, 0.05, 0.97, metric="recall[damaged]"), *LAGGING[2:])


def test_a_class_that_lags_is_given_weight() -> None:
    """R54; a low recall whose interval reaches the others' is no lag."""
    frozen, about = plugins.load("rungs", "frozen"), context(Path(), "encoder")
    first = frozen.propose(about, [])
    assert first == {"class_weights": None}
    lags = made("frozen", first, 0.8, per_class=LAGGING)
    second = frozen.propose(about, [lags])
    assert second == {"class_weights": "balanced"}
    assert frozen.propose(about, [lags, made("frozen", second, 0.7, per_class=LAGGING)]) is None
    assert frozen.propose(about, [made("frozen", first, 0.8, per_class=UNSURE)]) is None


@pytest.mark.parametrize(("weighted", "weights"), [(0.82, "balanced"), (0.78, None)])
@pytest.mark.parametrize("name", ["unfreeze", "lora", "full"])
def test_rungs_above_weigh_classes_where_that_served_the_goal(
    name: str, weighted: float, weights: str | None
) -> None:
    below = [
        made("frozen", {"class_weights": None}, 0.80, per_class=LAGGING),
        made("frozen", {"class_weights": "balanced"}, weighted, per_class=LAGGING),
    ]
    about = context(Path(), "encoder", attempts=below)
    assert plugins.load("rungs", name).propose(about, [])["class_weights"] == weights


def test_lower_is_better_where_the_goal_says_so() -> None:
    """Of a log loss, the smaller one leads."""
    about = dataclasses.replace(context(Path(), "encoder"), greater=False)
    rung = plugins.load("rungs", "unfreeze")
    done = [
        made("unfreeze", {"layers": 1, "learning_rate": rate}, value)
        for rate, value in zip(RATES, (0.5, 0.3, 0.4), strict=True)
    ]
    proposed = rung.propose(about, done)
    assert (proposed["layers"], proposed["learning_rate"]) == (2, 2e-4)


def test_a_rate_that_joins_later_and_wins_goes_its_own_way_down() -> None:
    """1, 2 and 4 blocks were tried with another rate; with this one they were not."""
    earlier = {(1, 1e-4): 0.80, (1, 2e-4): 0.83, (1, 5e-5): 0.79, (2, 2e-4): 0.85, (4, 2e-4): 0.84}
    done = [
        made("unfreeze", {"layers": layers, "learning_rate": rate}, value)
        for (layers, rate), value in {**earlier, (1, 4e-4): 0.90}.items()
    ]
    about = context(Path(), "encoder", learning_rates=(*RATES, 4e-4))
    rung, tried = plugins.load("rungs", "unfreeze"), []
    for value in (0.91, 0.92, 0.90):
        proposed = rung.propose(about, done)
        tried.append((proposed["layers"], proposed["learning_rate"]))
        done.append(made("unfreeze", dict(proposed), value))
    assert tried == [(2, 4e-4), (4, 4e-4), (6, 4e-4)]
    assert rung.propose(about, done) is None


def test_a_rate_that_joins_later_and_loses_changes_no_depth() -> None:
    done = [
        made("unfreeze", {"layers": layers, "learning_rate": rate}, value)
        for layers, rate, value in [(1, 2e-4, 0.83), (2, 2e-4, 0.85), (1, 4e-4, 0.70)]
    ]
    about = context(Path(), "encoder", learning_rates=(2e-4, 4e-4))
    proposed = plugins.load("rungs", "unfreeze").propose(about, done)
    assert (proposed["layers"], proposed["learning_rate"]) == (4, 2e-4)


def test_of_equal_attempts_the_one_lower_on_the_ladder_counts() -> None:
    """Also where the higher rung was tried first; within a rung the earliest."""
    weighted = made("frozen", {"class_weights": "balanced"}, 0.80)
    above = made("unfreeze", {"layers": 1, "learning_rate": 1e-4, "class_weights": None}, 0.80)
    for order in ([above, weighted], [weighted, above]):
        about = context(Path(), "encoder", attempts=order)
        proposed = plugins.load("rungs", "lora").propose(about, [])
        assert proposed["class_weights"] == "balanced"
