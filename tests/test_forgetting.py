"""What tuning costs a model in general is measured, judged, and lessened by general examples."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.constructed import attempt, measured
from tests.judged import GOAL, context, judge
from tests.small_language import write_language_model

from rungwise import Project, plugins
from rungwise.data.general import examples, probe
from rungwise.errors import DataError
from rungwise.evaluation.forgetting import Probed, forgotten
from rungwise.evaluation.mcnemar import exact_difference
from rungwise.evaluation.wording import COLLECTED
from rungwise.policy import Policy
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.table import Examples
from rungwise.task import parse
from rungwise.training.language import adapting, general
from rungwise.training.language.tuned import Tuned
from rungwise.workflow.rung_context import rung_context

POLICY = Policy()
TEXTS = parse(
    {
        "task": {"goal": GOAL, "kind": "generate", "metric": "exact_match", "target": 0.9},
        "data": {"source": "complaints.csv"},
    }
)
TOKENS = np.full(40, 20.0)


def probed(loss: float, right: int) -> Probed:
    """Every token as surprising, and the first questions right."""
    return Probed(loss * TOKENS, TOKENS, np.arange(40) < right)


def test_a_rise_and_a_drop_come_with_intervals() -> None:
    found = forgotten(probed(3.0, 30), probed(3.1, 27), POLICY)
    assert found["perplexity_before"] == pytest.approx(math.exp(3.0))
    assert found["perplexity_rise"]["value"] == pytest.approx(math.exp(0.1) - 1)
    # Every sentence rose alike, so no resample differs.
    assert found["perplexity_rise"]["low"] == pytest.approx(math.exp(0.1) - 1)
    assert found["answers_drop"]["value"] == pytest.approx(3 / 40)
    ends = found["answers_drop"]["low"], found["answers_drop"]["high"]
    assert ends == exact_difference(3, 0, 40, 0.95)


@pytest.mark.parametrize(
    ("loss", "right", "ruling"),
    [
        (3.1, 30, "pass"),  # 10.5 percent more perplexity
        (3.3, 30, "hold"),  # 35 percent
        (3.0, 25, "inconclusive"),  # 12.5 percent of the answers, on 40 questions
        (3.0, 4, "hold"),
        (2.9, 32, "pass"),
    ],
)
def test_the_gate_reads_the_intervals(loss: float, right: int, ruling: str) -> None:
    found = forgotten(probed(3.0, 30), probed(loss, right), POLICY)
    chosen = replace(attempt("lora", measured(0.95)), details={"general": found})
    verdict = judge("forgetting", context(task=TEXTS, selected=chosen))
    assert verdict.verdict == ruling
    assert "general_share" in verdict.reason or ruling != "hold"
    json.dumps(dict(verdict.numbers), allow_nan=False)


def test_what_was_tuned_and_not_asked_holds_and_what_was_not_tuned_does_not() -> None:
    lora, prompt = attempt("lora", measured(0.95)), attempt("zero_shot", measured(0.95))
    assert judge("forgetting", context(task=TEXTS, selected=lora)).verdict == "hold"
    assert judge("forgetting", context(task=TEXTS, selected=prompt)).verdict == "not_applicable"
    labels = judge("forgetting", context(selected=lora))
    assert labels.verdict == "not_applicable"


def test_no_example_that_is_mixed_in_is_in_the_probe() -> None:
    asked = {text.lower() for text, _ in probe().questions}
    mixed = {text.lower() for text, _ in examples()}
    assert len(asked) == len(probe().sentences) == 40 and len(mixed) == 60
    assert asked & mixed == set()
    told = " ".join(answer for _, answer in examples())
    assert not any(sentence in told for sentence in probe().sentences)


@pytest.mark.parametrize(
    ("line", "said"), [('{"input": "a"}', "'output'"), ("nothing", "line 1 is no example")]
)
def test_general_examples_of_ones_own_that_are_none(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        examples(file)


def test_questions_and_sentences_of_ones_own_join_the_probe(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    lines = ('{"input": "What is the capital of Peru?", "output": "Lima"}',
             '{"text": "The ferry leaves when the tide allows it."}')  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    asked = probe(file)
    assert len(asked.questions) == len(asked.sentences) == 41
    assert asked.questions[-1] == ("What is the capital of Peru?", ("Lima",))
    assert asked.sentences[-1].startswith("The ferry")
    file.write_text('{"question": "?"}', encoding="utf-8")
    with pytest.raises(DataError, match=r"asked\.jsonl line 1 is no example"):
        probe(file)
    with pytest.raises(DataError, match=r"data\.probe"):
        probe(tmp_path / "absent.jsonl")


def test_a_drop_that_is_not_settled_asks_for_questions_that_would_settle_it() -> None:
    found = forgotten(probed(3.0, 30), probed(3.0, 25), POLICY)
    chosen = replace(attempt("lora", measured(0.95)), details={"general": found})
    told = judge("forgetting", context(task=TEXTS, selected=chosen))
    needed = told.numbers["rows_to_settle"]
    assert told.verdict == "inconclusive" and needed > 40
    assert needed <= COLLECTED, "so many that somebody may write them"
    assert f"Write {needed - 40:,} more questions" in told.reason
    assert "`data.probe`" in told.reason


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("general") / "small")


def test_perplexity_is_that_of_the_network(folder: Path, tmp_path: Path) -> None:
    model = plugins.load("models", "language").open(str(folder), folder)
    same = general.forgetting(model, contextlib.nullcontext, tmp_path, POLICY, Silent())
    total, tokens = 0.0, 0
    for sentence in probe().sentences:
        ids = torch.tensor([model.tokenizer(sentence)["input_ids"]])
        with torch.no_grad():
            loss = model.network(input_ids=ids, labels=ids).loss
        total, tokens = total + float(loss) * (ids.shape[1] - 1), tokens + ids.shape[1] - 1
    assert same["perplexity_before"] == pytest.approx(math.exp(total / tokens), rel=1e-4)
    assert same["perplexity_after"] == pytest.approx(same["perplexity_before"])
    assert same["answers_drop"]["value"] == 0


def tuned(folder: Path, place: Path, *settings: str) -> tuple[Tuned, RungContext]:
    """A short tuning, and what it was given."""
    rows = [(f"say {number}", "q" * 12) for number in range(48)]
    pl.DataFrame(rows, ["text", "answer"], orient="row").write_csv(place / "rows.csv")
    project = Project.init(
        place / "task",
        data=place / "rows.csv",
        goal="Classify the text into letters with at least 90 percent exact match",
        metric="exact_match",
        columns={"input": "text", "label": "answer"},
        models=[str(folder)],
        settings=(
            "policy.evaluation_rows=8",
            "generation.max_tokens=2",
            "training.epochs=2",
            *settings,
        ),
    )
    project.split()
    workspace = project._workspace
    told = {"layers": 2, "adapter": "lora", "learning_rate": 5e-3, "prompt": 0}
    train, held_out = Examples.of(workspace.part("train")), Examples.of(workspace.measured())
    about = rung_context(workspace)
    return adapting.tune(told, 1, train, held_out, about), about


def tune(folder: Path, place: Path, *settings: str) -> dict[str, Any]:
    """What a short tuning leaves of the general probe."""
    return dict(general.of(*tuned(folder, place, *settings), "lora", 0.5)["general"])


def test_a_rate_that_was_stopped_is_probed_where_it_may_be_selected(
    folder: Path, tmp_path: Path
) -> None:
    """The probe takes as long as an epoch, and no other is ever tested or shipped."""
    fitted, about = tuned(folder, tmp_path)
    fitted.details = {**fitted.details, "stopped": {"epoch": 1, "by": 2e-3}}
    rival = replace(about, attempts=(attempt("lora", measured(0.95)),))
    assert general.of(fitted, rival, "lora", 0.95) == {}
    assert "general" in general.of(fitted, rival, "lora", 0.96)
    assert "general" in general.of(fitted, rival, "full", 0.5), "the only one of its rung"
    fitted.details = {**fitted.details, "stopped": None}
    assert "general" in general.of(fitted, rival, "lora", 0.5)


def test_general_examples_in_the_mix_are_less_forgotten(folder: Path, tmp_path: Path) -> None:
    for name in ("alone", "mixed"):
        (tmp_path / name).mkdir()
    alone = tune(folder, tmp_path / "alone")
    mixed = tune(folder, tmp_path / "mixed", "training.general_share=0.5")
    assert alone["perplexity_before"] == mixed["perplexity_before"]
    assert mixed["perplexity_rise"]["high"] < alone["perplexity_rise"]["low"]
