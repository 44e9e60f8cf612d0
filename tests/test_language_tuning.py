"""Adapters learn from kept activations what they would learn from the whole network (R47, R50)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tests.small_language import write_language_model

from rungwise import Project, plugins
from rungwise.conversation import Message, as_input
from rungwise.errors import ModelError
from rungwise.progress import Silent
from rungwise.table import Examples
from rungwise.training.cache import Cache
from rungwise.training.language import adapter, loop
from rungwise.training.language.blocks import kept
from rungwise.training.language.supervised import Supervised, supervised
from rungwise.training.prompting.prompted import Asked, Prompted
from rungwise.workflow.test import restored

GOAL = "Extract the colour of each request as JSON with at least 90 percent exact match"
BOUNDARY = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture
def model(folder: Path) -> Any:
    return plugins.load("models", "language").open(str(folder), folder)


def rows_of(model: Any) -> Supervised:
    prompts = [(Message("user", f"say {letter}"),) for letter in "abcdefgh"]
    return supervised(model, prompts, [letter * 3 for letter in "abcdefgh"], limit=64)


def read(model: Any, rows: Supervised, tmp_path: Path) -> loop.Read:
    hidden = kept(model.network, model.digest, rows, BOUNDARY, Cache(tmp_path), Silent())
    return loop.Read(rows, hidden)


def test_only_the_answer_and_its_end_are_learnt_from(model: Any) -> None:
    rows = rows_of(model)
    for row, begin in zip(rows.ids, rows.begins, strict=True):
        assert model.tokenizer.decode(row[begin:-1]) in {letter * 3 for letter in "abcdefgh"}
        assert row[-1] == model.tokenizer.eos_token_id


def test_a_row_that_is_too_long_is_left_out_and_counted(model: Any) -> None:
    prompts = [(Message("user", "short"),), (Message("user", "long" * 40),)]
    assert supervised(model, prompts, ["a", "b"], limit=64).left_out == 1


def test_the_loss_is_that_of_the_whole_network(model: Any, tmp_path: Path) -> None:
    rows = rows_of(model)
    total, tokens = 0.0, 0
    for row, begin in zip(rows.ids, rows.begins, strict=True):
        labels = torch.tensor([[-100] * int(begin) + list(row[begin:])])
        with torch.no_grad():
            loss = model.network(input_ids=torch.tensor([row]), labels=labels).loss
        total, tokens = total + float(loss) * (len(row) - begin), tokens + len(row) - begin
    ours = loop.held_out_loss(model.network, BOUNDARY, read(model, rows, tmp_path))
    # In bfloat16 where the machine has units for it.
    assert ours == pytest.approx(total / tokens, rel=2e-2)


def test_training_lowers_the_loss_and_leaves_the_network_as_it_was(
    model: Any, tmp_path: Path
) -> None:
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    part = read(model, rows_of(model), tmp_path)
    untuned = loop.held_out_loss(model.network, BOUNDARY, part)
    found = loop.train(model.network, BOUNDARY, part, part, 6, 5e-3, 3, lambda: 0.5, True, Silent())
    assert found.curve[-1].validation_loss < untuned - 0.1
    assert [epoch.number for epoch in found.curve] == [1, 2, 3, 4, 5, 6]
    assert found.best == 1, "an epoch that is no better does not replace an earlier one"
    assert all(epoch.gradient_norm and epoch.gradient_norm > 0 for epoch in found.curve)
    after = model.network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_a_gradient_of_nothing_is_an_error(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = read(model, rows_of(model), tmp_path)
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(0.0))
    with pytest.raises(ModelError, match="nothing would be learnt"):
        loop.train(model.network, BOUNDARY, part, part, 1, 1e-3, 3, lambda: 0.5, True, Silent())


def test_peft_opens_the_adapter_folder(model: Any, folder: Path, tmp_path: Path) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    generator = torch.Generator().manual_seed(1)
    with adapter.attached(model.network, BOUNDARY):
        tensors = {
            name: torch.randn(tensor.shape, generator=generator) * 0.2
            for name, tensor in adapter.trained(model.network).items()
        }
    adapter.save(tmp_path, tensors, str(folder))
    loaded, boundary = adapter.load(tmp_path)
    ids = torch.tensor([[5, 6, 7, 8]])
    with adapter.attached(model.network, boundary, loaded), torch.no_grad():
        ours = model.network(ids).logits
    base = AutoModelForCausalLM.from_pretrained(folder)
    with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
        warnings.simplefilter("ignore", FutureWarning)
        theirs = peft.PeftModel.from_pretrained(base, tmp_path / "adapter").eval()
    with torch.no_grad():
        assert torch.allclose(theirs(ids).logits, ours, atol=1e-5)
        assert not torch.allclose(model.network(ids).logits, ours, atol=1e-3)


def test_a_rows_own_instruction_is_kept_below_ours(model: Any) -> None:
    own = as_input([Message("system", "Be brief."), Message("user", "what?")])
    shown = pl.DataFrame({"input": ["which?"], "expected": ["this"]})
    (asked,) = Prompted(model, Asked("Answer.", "random", 1, 8, 1), shown).prompts(pl.Series([own]))
    assert [(one.role, one.content) for one in asked] == [
        ("system", "Answer.\n\nBe brief."),
        ("user", "which?"),
        ("assistant", "this"),
        ("user", "what?"),
    ]


COLOURS = ("red", "blue", "green", "black")


def test_a_task_of_texts_climbs_its_own_ladder(folder: Path, tmp_path: Path) -> None:
    things = [f"{size} {thing}" for size in ("big", "small", "old", "new", "nice", "odd", "long")
              for thing in ("car", "hat", "cup", "pen", "box", "bag")]  # fmt: skip
    rows = [(f"{thing} in {colour} please", f'{{"colour": "{colour}"}}')
            for thing in things for colour in COLOURS]  # fmt: skip
    pl.DataFrame(rows, ["text", "answer"], orient="row").write_csv(tmp_path / "rows.csv")
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        goal=GOAL,
        metric="exact_match",
        columns={"input": "text", "label": "answer"},
        models=[str(folder)],
        settings=(
            "policy.evaluation_rows=20", "generation.shots=2", "generation.max_tokens=4",
            "training.epochs=1",
        ),
    )  # fmt: skip
    project.split()
    project.audit()
    project.climb(rungs=["prompt", "few_shot"])
    project.audit()
    for verdict in project.status()["gates"]:
        if verdict["code"] in ("data_audited", "tuning_earned") and verdict["verdict"] == "hold":
            project.override(verdict["code"], by="Ada", role="ml", reason="to see the ladder")
    found = project.climb(rungs=["lora"])
    by_rung = {one.rung: one for one in found.attempts}
    assert {"prompt", "few_shot", "lora"} == set(by_rung)
    assert sum(one.rung == "few_shot" for one in found.attempts) == 3
    assert len({one.configuration["learning_rate"] for one in found.attempts
                if one.rung == "lora"}) == 3  # fmt: skip
    assert all(one.goal.rows == 20 for one in found.attempts), "the same rows for all (R65)"
    assert by_rung["lora"].curve and by_rung["lora"].details["trained_parameters"] > 0
    answered = project._workspace.predictions(by_rung["lora"].predictions)
    again = project._workspace.measured()
    assert answered.ids.equals(again["id"])
    groups = project._workspace.state.failures[by_rung["prompt"].id]
    assert {one.name for one in groups} <= {"no JSON", "no answer", "JSON cut short or broken"}
    fitted = restored(project._workspace, by_rung["lora"])
    told = fitted.predict(Examples.of(again).inputs, Silent())
    assert told.outputs.equals(answered.outputs)
