"""One answer to "what next?": `status`, `run` and `decide` say the same, and it is not refused."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.judged import Tried, context, finding, judge, sealed_result, split, task, tried
from tests.recorded_tests import record_a_test
from tests.small_task import rows, write
from typer.testing import CliRunner, Result

from rungwise import Project, plugins
from rungwise.cli.application import application
from rungwise.decisions.direction import Direction, decide
from rungwise.decisions.go_no_go import accept
from rungwise.decisions.holding import held_before
from rungwise.go_decision import Go
from rungwise.protocols import Compared, GateContext
from rungwise.records import Finding, ReleaseRecord, RowReference, TestResult, Verdict

TODAY, FIRST = {"rules": 2}, dict[str, Any]()
SETTLED = [tried("majority", 500), tried("nearest", 700), tried("frozen", 940)]
OPEN = [tried("majority", 500), tried("nearest", 700), tried("frozen", 905)]
NEARLY = [tried("majority", 500), tried("nearest", 700), tried("frozen", 895)]
FURTHER = [tried("majority", 500), tried("nearest", 700), tried("frozen", 885)]
CHEAPER = [tried("majority", 500), tried("frozen", 901), tried("nearest", 885)]
BELOW = [tried("majority", 500), tried("nearest", 700), tried("frozen", 800)]
UNSURE = [tried("nearest", 875), tried("lora", 905, first=90)]
CHOSEN = SETTLED[-1].evidence
LEFT: dict[str, Any] = {"remaining": ("unfreeze", "lora")}
POOR: dict[str, Any] = {
    "diagnoses": {BELOW[-1].evidence.id: (Finding("poor_fit", "warn", "Far.", "Act."),)}
}
CARD = replace(finding("block", "personal.card"), rows=(RowReference("7", "train"),))


def result_of(value: float, rows: int = 1000) -> TestResult:
    """A test of the settled attempt, two points to either side."""
    found = sealed_result(CHOSEN, value, value - 0.02, value + 0.02)
    return replace(found, goal=replace(found.goal, rows=rows))


def going(test: TestResult) -> Go:
    """Somebody accepts what that test left open."""
    below = test.goal.value < 0.9
    words = {"name": "Ada", "role": "lead", "reason": "A pilot.", "time": "2026-01-05T10:00:00"}
    said = {"test_confirms": "open"}
    return Go(
        test.attempt, test.data, test.unseal, test.goal, 0.9, True, below, "89", said, **words
    )


def shipped(*, below: bool = False) -> dict[str, Any]:
    """A release of the settled attempt."""
    one = ReleaseRecord("v1.0", CHOSEN.id, "split-1", "m", "releases/v1.0", (), below)
    return {"releases": (one,), "export": Compared(1000, {"model.onnx": ()})}


@dataclass(frozen=True)
class Case:
    """A situation, and what follows."""

    ladder: list[Tried]
    move: str
    command: tuple[str, ...]
    says: str = ""
    numbers: dict[str, Any] = field(default_factory=lambda: TODAY)
    unfinished: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def case(ladder: list[Tried], move: str, *command: str, says: str = "", **facts: Any) -> Case:
    numbers = facts.pop("numbers", TODAY)
    return Case(ladder, move, command, says, numbers, facts.pop("unfinished", False), facts)


OUTLOOK = {"target": 0.9, "base": 6, "least": 35, "of": "test rows", "right": None}
"""Of 35 right answers Wilson's interval begins at 90.1 %, of 34 at 89.8 %."""

CASES = {
    "nothing is split": case([], "go on", "run", split=None),
    "the goal cannot be measured": case(
        [], "go on", "checklist", says="Did you mean", split=None, task=task(target=90.0)
    ),
    "nothing is measured": case([], "go on", "run"),
    "an audit blocks": case([], "back to the data", "audit", findings=(finding("block"),)),
    "an audit blocks what can be redacted": case(
        SETTLED, "back to the data", "curate", "--accept", "personal.card=redact",
        findings=(CARD,),
    ),
    "below the target with rungs left": case(BELOW, "go on", "run", says="unfreeze, lora", **LEFT),
    "below the target with none left": case(
        BELOW, "back to the data", "report", says="`rungwise add FILE`"
    ),
    "a base that does not fit": case(BELOW, "change the base", "report", **POOR),
    "a base that does not fit, with rungs left": case(BELOW, "go on", "run", **POOR, **LEFT),
    "straddling with rungs left": case(OPEN, "go on", "run", **LEFT),
    "straddling with none left": case(OPEN, "stop", "test", says="do not settle it"),
    "one standard error below the target, with none left": case(
        NEARLY, "stop", "test", says="would show that it misses, were the value to stay. The miss"
    ),
    "one standard error below the target, with rungs left": case(NEARLY, "go on", "run", **LEFT),
    "the cheaper of two, of which the other reaches the target": case(
        CHEAPER, "stop", "test", says="Test it as it is: `rungwise test`"
    ),
    "straddling further below the target with none left": case(
        FURTHER, "back to the data", "report", says="Test it as it is: `rungwise test`"
    ),
    "further below the target, with rungs that came too late": case(
        FURTHER, "back to the data", "report", says="More time: unfreeze and lora were not tried",
        late=("unfreeze", "lora"),
    ),
    "so few test rows that none can confirm it": case(
        SETTLED, "stop", "test", numbers={**TODAY, "outlook": OUTLOOK},
        says="Not even 6 right answers of 6 test rows confirm it: that takes 35, and a go decision "
        "50, so the release will be held. Join rows first: `rungwise add FILE`.",
    ),
    "test rows that confirm it only without an error more than there are": case(
        SETTLED, "stop", "test", numbers={**TODAY, "outlook": {**OUTLOOK, "base": 80, "least": 90}},
        says="that takes 90, so a person will be asked for a go decision.",
    ),
    "first rules: one standard error below the target": case(
        NEARLY, "back to the data", "report", numbers=FIRST
    ),
    "settled": case(SETTLED, "stop", "test", says="Next is the test"),
    "settled with rungs left": case(SETTLED, "stop", "test", **LEFT),
    "settled, by too few learning rates": case(
        [*BELOW, tried("lora", 950, configuration={"learning_rate": 1e-4})],
        "back to the data", "report", says="1 learning rate",
    ),
    "a look that was interrupted": case(SETTLED, "stop", "test", unfinished=True),
    "a test that confirms": case(
        SETTLED, "stop", "ship", says="Next is the release", test=result_of(0.93)
    ),
    "a test that confirms what validation and the gain left open": case(
        UNSURE, "stop", "ship", says="Next is the release",
        test=replace(result_of(0.93), attempt=UNSURE[-1].evidence.id),
    ),
    "a test that is open, as the gain is": case(
        UNSURE, "go or no-go", "ship", says="the interval holds zero",
        test=replace(result_of(0.91), attempt=UNSURE[-1].evidence.id),
    ),
    "a test that is open above the target": case(
        SETTLED, "go or no-go", "ship", says="--go --down-to LOW", test=result_of(0.91)
    ),
    "a test that is open below the target": case(
        SETTLED, "go or no-go", "ship", says="shipped below target", test=result_of(0.89)
    ),
    "a test that misses": case(
        SETTLED, "back to the data", "report", says="`rungwise add FILE`", test=result_of(0.85)
    ),
    "a test of few rows": case(
        SETTLED, "back to the data", "report", 
        says="would give a test part that a go decision can accept",
        test=result_of(0.91, rows=49),
    ),
    "a test that somebody accepted": case(
        SETTLED, "stop", "ship", test=result_of(0.89), goes=(going(result_of(0.89)),)
    ),
    "a test of another attempt": case(
        [*OPEN, SETTLED[-1]], "stop", "test",
        test=replace(result_of(0.93), attempt=OPEN[-1].evidence.id),
    ),
    "released": case(SETTLED, "stop", "predict", says="v1.0", test=result_of(0.93), **shipped()),
    "released with a go": case(
        SETTLED, "stop", "predict", says="shipped below target",
        test=result_of(0.89), goes=(going(result_of(0.89)),), **shipped(below=True),
    ),
    "first rules: a comparison that is open": case(
        [tried("nearest", 980), tried("lora", 985)], "back to the data", "report",
        says="the interval holds zero", numbers=FIRST, task=task(target=0.982),
    ),
    "first rules: a test that is open": case(
        SETTLED, "go or no-go", "ship", says="--go", numbers=FIRST, test=result_of(0.91)
    ),
}  # fmt: skip


def followed(situation: Case) -> tuple[GateContext, list[Verdict], Direction]:
    """What follows once every gate was asked."""
    facts = {"split": split(numbers=situation.numbers)} | situation.facts
    about = context(*situation.ladder, **facts)
    found = []
    for name in plugins.names("gates"):
        verdict = judge(name, about)
        found.append(accept(verdict, about.goes, about.test, about.task.task.target))
    return about, found, decide(about, found, unfinished=situation.unfinished)


@pytest.mark.parametrize("situation", CASES)
def test_what_follows(situation: str) -> None:
    expected = CASES[situation]
    _, _, found = followed(expected)
    assert (found.move, found.command) == (expected.move, expected.command), found.reason
    assert expected.says in " ".join((found.reason, *found.ways))
    assert found.reason.endswith(".")
    assert all("`rungwise " in way for way in found.ways)


@pytest.mark.parametrize("situation", CASES)
def test_no_gate_refuses_what_follows(situation: str) -> None:
    expected = CASES[situation]
    about, verdicts, found = followed(expected)
    rules = 2 if about.split is None else int(about.split.numbers.get("rules", 1))
    held = held_before(verdicts, found.command[0], rules)
    assert held is None or expected.unfinished, held


def test_few_test_rows_offer_no_way_that_ends_at_the_same_hold() -> None:
    """49 of 1,000 test rows count, half of the new rows are tested: 50 / 0.049 / 0.5 = 2,041."""
    _, _, found = followed(CASES["a test of few rows"])
    assert "too few for a go" in found.reason
    assert not any("lower target" in way for way in found.ways)
    assert "About 2,100 would give a test part" in found.ways[0]
    assert "--override" in found.ways[-1]


def test_ways_on_where_smaller_is_better_name_the_high_end() -> None:
    chosen = tried("frozen", 1000, metric="log_loss")
    result = sealed_result(chosen.evidence, 0.31, 0.28, 0.34)
    about = task("log_loss", 0.3)
    _, _, found = followed(case([chosen], "", task=about, test=result))
    assert found.move == "go or no-go"
    assert any("--up-to HIGH" in way for way in found.ways) and "--down-to" not in str(found.ways)


# ── a real project: the commands are typed ───────────────────────────────────────────────
GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"
TESTS = {
    "untested": (None, "test", 0),
    "confirmed": ((0.97, 0.94, 0.99), "ship", 0),
    "open above the target": ((0.83, 0.77, 0.88), "ship", 3),
    "open below the target": ((0.79, 0.73, 0.84), "ship", 3),
    "missed": ((0.70, 0.63, 0.76), "report", 0),
}


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("answer")
    data = write(folder / "requests.csv", rows())
    Project.init(folder / "task", data=data, goal=GOAL, models=[encoder]).run()
    yield folder / "task"


def typed(command: str) -> Result:
    return CliRunner().invoke(application, shlex.split(command)[1:])


def answers(folder: Path) -> set[str]:
    """The command that comes next, as every place names it."""
    said = {Project(folder).status()["next"]}
    for verb in ("status", "decide", "run"):
        last = typed(f"rungwise {verb} -C {folder}").output.strip().splitlines()[-1]
        said.add(last.removeprefix("Next").removeprefix(":").strip())
    return said


@pytest.mark.parametrize("situation", TESTS)
def test_every_place_names_one_command_and_it_runs(
    situation: str, climbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # answers of a release are written there
    result, verb, code = TESTS[situation]
    folder = tmp_path / "copy" / "task"
    shutil.copytree(climbed.parent, folder.parent)
    if result is not None:
        record_a_test(Project(folder), *result)
    found = answers(folder)
    assert len(found) == 1, found
    (command,) = found
    assert shlex.split(command)[1] == verb
    ended = typed(f"{command} --confirm-monitoring Ada" if verb == "ship" else command)
    assert getattr(ended.exception, "exit_code", ended.exit_code) == code
    if code:
        assert "--go --down-to LOW" in str(ended.exception)
    elif verb == "ship":
        (after,) = answers(folder)
        assert shlex.split(after)[1] == "predict" and typed(after).exit_code == 0
