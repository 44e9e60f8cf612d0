"""The draws of `benchmarks.verdicts`, and its rates on projects that are written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.verdicts import drive, rates
from benchmarks.verdicts.draws import LEAST, OUTSIDE, draws

from rungwise.errors import GateHolds

ASKS_GO = "A person accepts it by name: `rungwise ship --go --down-to LOW`."
ASKS_OVERRIDE = "A named override goes on record: `rungwise test --override test_once`."


def attempt(name: str, truth: float, low: float = 0.0, refit_of: str = "") -> dict[str, Any]:
    return {
        "id": name, "rung": name, "configuration": {}, "refit_of": refit_of, "truth": truth,
        "outside": 2_000, "sealed": {"low": low},
    }  # fmt: skip


def project(
    *attempts: dict[str, Any], target: float, shipped: bool, said: str = "", aim: str = "at"
) -> dict[str, Any]:
    """A project that selected its first attempt."""
    return {
        "rules": "today", "aim": aim, "target": target, "shipped": shipped, "key": "a",
        "selected": attempts[0]["id"], "attempts": list(attempts),
        "test_refit": any(one["refit_of"] for one in attempts),
        "trail": [{"verb": "ship", "said": said}], "processor": 1.0, "fitting": 0.6,
        "whole": False, "reference": {"attempts": [], "processor": 4.0, "fitting": 2.0},
    }  # fmt: skip


def test_what_was_shipped_below_the_target_is_counted_and_ties_are_left_out() -> None:
    # The standard error of 90 % on 2,000 rows is .0067.
    projects = [
        project(attempt("frozen", 0.80), target=0.90, shipped=True),
        project(attempt("frozen", 0.95), target=0.90, shipped=True),
        project(attempt("frozen", 0.895), target=0.90, shipped=True),  # a tie
        project(attempt("frozen", 0.70), target=0.90, shipped=False),
    ]
    assert rates._shipped_below(projects).endswith("1 of 2; 1 ties")
    assert rates._below_shipped(projects).endswith("1 of 2; 1 ties")


def test_the_truth_of_a_release_is_its_refit() -> None:
    refit = attempt("again", 0.95, refit_of="frozen")
    shipped = project(attempt("frozen", 0.80), refit, target=0.90, shipped=True)
    assert rates._shipped_below([shipped]).endswith("0 of 1; 0 ties")
    assert rates._refit([shipped]).startswith("+15.00 [+15.00, +15.00], 1 refits")


def test_an_oracle_ships_the_truly_best_rung() -> None:
    chosen, best = attempt("nearest", 0.93, low=0.80), attempt("frozen", 0.97, low=0.91)
    missed = project(chosen, best, target=0.90, shipped=False, said=ASKS_GO)
    shipped = project(best, chosen, target=0.90, shipped=True)
    would_not = project(best | {"sealed": {"low": 0.89}}, chosen, target=0.90, shipped=False)
    assert rates._confirmed([missed, shipped, would_not]).endswith("1 of 2; 0 ties")
    assert rates._regret([missed]).startswith("4.0 [4.0, 4.0] / 4.0")
    # What is shipped is the refit. One that is truly better, and has the worse test, is no miss.
    refit = attempt("again", 0.98, low=0.89, refit_of="frozen")
    held = project(best, chosen, refit, target=0.90, shipped=False, said=ASKS_GO)
    assert rates._confirmed([held]).endswith("0 of 1; 0 ties")
    assert rates._confirmed_of_all([held, shipped]).endswith("1 of 1; 0 ties")


def test_an_override_is_told_from_a_go_decision() -> None:
    def above(said: str) -> dict[str, Any]:
        return project(attempt("frozen", 0.9), target=0.87, shipped=False, said=said, aim="below")

    assert rates._override([above(ASKS_GO), above(ASKS_OVERRIDE)]).endswith("1 of 2")


def test_of_the_whole_ladder_the_best_rung_may_be_one_above_the_verdict() -> None:
    above = project(attempt("frozen", 0.9), target=0.87, shipped=False, said=ASKS_GO, aim="below")
    tuned = above["reference"] | {"attempts": [attempt("lora", 0.95)]}
    assert rates._regret([above | {"whole": True, "reference": tuned}]).startswith("5.0")
    assert rates._regret([above | {"whole": False, "reference": tuned}]).startswith("0.0")
    assert "processor 25 % [25, 25] (25 to 25); attempts 30 %" in rates._seconds([above])


class Stub:
    """A project whose verbs answer, or are refused."""

    def __init__(self, following: list[str], refused: dict[str, str]) -> None:
        self.following, self.refused = following, refused

    def status(self) -> dict[str, str]:
        return {"next": f"rungwise {self.following.pop(0)} -C folder"}

    def _verb(self, name: str) -> None:
        if name in self.refused:
            raise GateHolds(self.refused[name], "Ask somebody.")

    def run(self) -> None:
        self._verb("run")

    def test(self) -> None:
        self._verb("test")

    def ship(self) -> None:
        self._verb("ship")


@pytest.mark.parametrize(
    ("following", "refused", "went"),
    [
        (["run", "test", "ship", "predict"], {}, ["run", "test", "ship"]),
        (["run", "test", "ship"], {"ship": "open"}, ["run", "test", "ship"]),
        # A person who is shown the report may still ask for the test.
        (["run", "report"], {"test": "held"}, ["run", "(next: report)", "test"]),
    ],
)
def test_a_walk_follows_the_next_command_until_a_person_is_asked(
    following: list[str], refused: dict[str, str], went: list[str]
) -> None:
    trail = drive.walk(Stub(following, refused))
    assert [step["verb"] for step in trail] == went
    if refused:
        assert refused[went[-1]] in trail[-1]["said"]


@pytest.mark.parametrize("name", ["SMS spam", "BANKING77"])
def test_a_draw_has_every_class_and_shares_no_row_with_the_rows_outside(
    name: str, shared_data: Path
) -> None:
    first, again = (next(draws((name,), (200,), 1)) for _ in range(2))
    assert first.inside.equals(again.inside)
    assert (len(first.inside), len(first.outside)) == (200, OUTSIDE)
    counted = first.inside["label"].value_counts()["count"]
    assert counted.to_list() and min(counted.to_list()) >= LEAST
    assert set(first.outside["label"]) == set(first.inside["label"])
    assert not set(first.inside["text"]) & set(first.outside["text"])
