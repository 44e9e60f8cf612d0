"""A base that says nothing right about a task is called so after a few rows (R59)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.made_colours import context, task, tried
from tests.small_language import write_language_model
from tests.test_language_ladder import asked

from rungwise import plugins
from rungwise.base_probe import Probe
from rungwise.decisions.direction import decide
from rungwise.evaluation.base_fit import is_far
from rungwise.evaluation.right_in_content import right_in_content
from rungwise.evaluation.text_failures import Known
from rungwise.progress import Progress, Silent
from rungwise.table import Inputs, Predictions
from rungwise.training.prompting.prompted import Prompted
from rungwise.workflow import far_base
from rungwise.workflow.workspace import Workspace

FACT = "The shop in the old town opens at nine in the morning"


@pytest.mark.parametrize(
    ("expected", "output", "right"),
    [
        ("72", "She sold 48 and 24, so the answer is 72.", True),
        ("72", "She sold 72 in April. The answer is 48.", False),
        ('{"a": "x", "b": "y"}', 'Sure: {"a": "x", "b": "z"}', True),
        ('{"a": "x", "b": "y"}', '{"a": "y", "b": "x"}', False),
        ('{"a": "x", "b": "y"}', "x and y", True),
        ('{"a": "x", "b": "y"}', "only x", False),
        (FACT, "In the old town the shop opens at noon.", True),
        (FACT, "I do not know anything about that.", False),
        ("Paris", "paris", True),
        ("Paris", "London", False),
    ],
)
def test_what_an_answer_says_is_read_and_not_how(expected: str, output: str, right: bool) -> None:
    answers = Predictions(pl.Series(["1"]), pl.Series([output]), None, ())
    assert right_in_content(pl.Series([expected]), answers, Known()) == [right]


def probe(right: int = 0, far: bool = True) -> Probe:
    low, high = 0.0, 0.16
    return Probe(
        data="", model="base@1", rows=20, right=right, low=low, high=high, cut=0,
        ways={"the prompt `form`": right}, prompt_tokens=1000.0, output_tokens=100.0, seconds=60.0,
        far=far, reason="The base is far from the task: base says something right in "
        f"{right} of 20 rows (0 under the prompt `form`), whatever the form.",
    )  # fmt: skip


def test_a_far_base_holds_tuning_and_what_is_needed_has_a_price() -> None:
    copied = tried("copy_nearest", 10)
    facts = context(copied, probe=probe(), remaining=("lora",), untried=("prompt", "few_shot"))
    gate = plugins.load("gates", "tuning_earned").judge(facts)
    assert gate.verdict == "hold" and gate.reason.startswith("The base is far from the task")
    json.dumps(dict(gate.numbers), allow_nan=False)
    found = decide(facts, [gate])
    assert found.move == "change the base" and "right in 0 of 20 rows" in found.reason
    assert "larger base on this machine" in found.ways[0]
    # 1,000 calls of 1,000 tokens at 0.05 and 100 at 0.40 USD a million: 0.05 + 0.04 USD.
    assert "1,000 tokens read and 100 written cost about 0.09 USD with gpt-5-nano" in found.ways[1]


def test_what_was_measured_since_denies_it() -> None:
    copied, poor, good = tried("copy_nearest", 10), tried("prompt", 20), tried("few_shot", 80)
    of_base = [(replace(one, model="base@1"), answers) for one, answers in (poor, good)]
    assert is_far(context(copied, probe=probe()))
    assert is_far(context(copied, of_base[0], probe=probe())), "below half of the target"
    assert not is_far(context(copied, of_base[1], probe=probe())), "0.53 of 0.9"
    assert not is_far(context(copied, probe=probe(far=False)))
    assert not is_far(context(copied)) and task().policy.probe_rows == 20


def test_a_base_that_says_nothing_right_is_not_asked_all_rows(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    project = asked(write_language_model(tmp_path / "models" / "small"), tmp_path)
    project.split()
    project.audit()
    found = project.climb()
    (entry,) = project.log("probe")
    assert entry.payload["far"] and entry.payload["rows"] == 20 and entry.payload["right"] == 0
    assert len(entry.payload["ways"]) == 2, "an instruction, then examples"
    assert {one.rung for one in found.attempts} == {"copy_nearest"}
    skipped = {one["rung"]: one["reason"] for one in project.status()["skipped"]}
    assert skipped["prompt"].startswith("The base is far from the task")
    project.audit()
    project.climb()
    assert len(project.log("probe")) == 1, "it is asked once"
    decided = project.direction()
    assert decided.move == "change the base" and decided.ways
    project.climb(rungs=["prompt"])
    assert any(one["rung"] == "prompt" for one in project.status()["attempts"])


@pytest.mark.parametrize(("metric", "far"), [("rouge_l", False), ("exact_match", True)])
def test_a_base_near_by_a_metric_of_words_is_not_far(
    metric: str, far: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of `colour` and `red` it says `colour`: ROUGE-L is 2 * 1 / (2 + 1), and nothing is right."""

    def says(self: Prompted, inputs: Inputs, progress: Progress) -> Predictions:
        told = pl.Series("output", ["colour"] * len(inputs.ids))
        return Predictions(inputs.ids, told, None, ())

    monkeypatch.setattr(Prompted, "predict", says)
    (tmp_path / "models").mkdir()
    project = asked(write_language_model(tmp_path / "models" / "small"), tmp_path, metric=metric)
    project.split()
    project.audit()
    found = far_base.ask(Workspace(tmp_path / "task", Silent()))
    assert found.right == 0 and found.far is far
    assert ("rouge_l is 0.67" in found.reason) is not far
