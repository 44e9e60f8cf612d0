"""A task with pairs learns from them after supervised adapters, never before (R55)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.small_language import write_language_model
from tests.test_release_texts import Told, passed

from rungwise import Project, plugins
from rungwise.progress import Silent
from rungwise.table import Examples
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.test import restored

THINGS = [f"{size} {thing}" for size in ("big", "small", "old", "new", "nice")
          for thing in ("car", "hat", "cup", "pen", "box", "bag", "desk", "lamp")]  # fmt: skip
PAIRS = [{"prompt": f"a {thing}", "chosen": f"yes {thing}", "rejected": f"no, no {thing}"}
         for thing in THINGS]  # fmt: skip


def project_of(
    folder: Path, model: str, rows: list[dict[str, str]], told: Told, *settings: str
) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "rows.jsonl").write_text(lines, encoding="utf-8")
    project = Project.init(
        folder / "task",
        data=folder / "rows.jsonl",
        goal="Answer each wish as people like it with at least 99 percent exact match",
        metric="exact_match",  # always 0 here: no luck of random weights decides the start
        models=[model],
        settings=(
            "policy.evaluation_rows=6", "generation.max_tokens=6", "training.epochs=1",
            "policy.learning_rates=1", "training.learning_rates=[0.001]", *settings,
        ),
        progress=told,
    )  # fmt: skip
    project.split()
    return project


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_language_model(tmp_path_factory.mktemp("language") / "small"))


def test_pairs_are_learnt_from_after_answers(model: str, tmp_path: Path) -> None:
    told = Told()
    project = project_of(tmp_path, model, PAIRS, told)
    project.audit()
    passed(project, "climb", rungs=["prompt"])
    project.audit()
    passed(project, "climb", rungs=["preference"])
    assert any("preference skipped: Supervised tuning comes first" in one for one in told.said)
    passed(project, "climb", rungs=["lora"])
    climbed = passed(project, "climb", rungs=["preference"])
    (found,) = (one for one in climbed.attempts if one.rung == "preference")
    adapters = {one.id[:12] for one in climbed.attempts if one.rung == "lora"}
    assert found.configuration["start"] in adapters
    assert any(f"from the adapters of attempt {found.configuration['start']}" in one
               for one in told.said)  # fmt: skip
    assert found.details["preference"]["pairs"] == found.goal.rows == 6
    assert found.details["train_pairs"] == len(project._workspace.part("train"))
    assert found.details["general"], "what was forgotten is asked as of every tuned model (R53)"
    again = Examples.of(project._workspace.measured()).inputs
    answers = restored(project._workspace, found).predict(again, Silent())
    assert answers.outputs.equals(project._workspace.predictions(found.predictions).outputs)


@pytest.mark.parametrize(
    ("columns", "settings", "reason"),
    [
        (
            {"prompt": "prompt", "chosen": "completion"},
            (),
            "Preference tuning learns from pairs of answers, in columns `prompt`, `chosen`, "
            "`rejected`; ../rows.jsonl lacks `chosen`, `rejected`.",
        ),
        (
            {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
            ("data.input=prompt", "data.label=chosen"),
            "../rows.jsonl has the columns `prompt`, `chosen`, `rejected`, but no row was read as "
            "a pair: leave `data.input` and `data.label` out, so that they are.",
        ),
    ],
)
def test_data_without_pairs_say_what_is_missing(
    columns: dict[str, str], settings: tuple[str, ...], reason: str, model: str, tmp_path: Path
) -> None:
    rows = [{columns[name]: one for name, one in row.items() if name in columns} for row in PAIRS]
    project = project_of(tmp_path, model, rows, Told(), *settings)
    excuse = plugins.load("rungs", "preference").excuse(rung_context(project._workspace))
    assert excuse == reason


def test_validation_of_its_own_without_pairs_is_named(model: str, tmp_path: Path) -> None:
    plain = [{"prompt": f"the {thing}", "completion": f"yes {thing}"} for thing in THINGS[:10]]
    lines = "\n".join(json.dumps(row) for row in plain)
    (tmp_path / "mine.jsonl").write_text(lines, encoding="utf-8")
    own = f"data.validation={tmp_path / 'mine.jsonl'}"
    project = project_of(tmp_path, model, PAIRS, Told(), own)
    excuse = plugins.load("rungs", "preference").excuse(rung_context(project._workspace))
    assert excuse == "No row of validation is a pair of two answers."
