"""What is trained learns from packed rows and kept activations what it would learn from the whole
network row by row (R47, R50)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.small_language import write_language_model
from tests.small_tuning import BOUNDARY, METHODS, read, rows_of, train_it

from rungwise import plugins
from rungwise.conversation import Message, as_input
from rungwise.errors import ModelError
from rungwise.progress import Silent
from rungwise.settings import settings
from rungwise.training.language import losses
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import can_be_cut, rows_apart
from rungwise.training.language.everything import Everything
from rungwise.training.language.loop import Judged, Plan, backward, repeat, train
from rungwise.training.language.losses import Read
from rungwise.training.language.supervised import Supervised, stop_token, supervised
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.prompting.prompted import Asked, Prompted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture
def model(folder: Path) -> Any:
    return plugins.load("models", "language").open(str(folder), folder)


@pytest.mark.parametrize("name", METHODS)
def test_a_known_number_of_epochs_gives_the_same_weights_without_validation(
    name: str, model: Any, tmp_path: Path
) -> None:
    frozen = BOUNDARY if name in ("lora", "dora") else 0
    part = read(model, rows_of(model), tmp_path, frozen)
    judged = iter([0.5, 0.9, 0.4])
    plan = Plan(epochs=3, patience=3, learning_rate=5e-3, seed=3)
    best = train(
        model, METHODS[name], part, part, plan, lambda _: Judged(next(judged), 1.0), Silent()
    )
    assert best.reached.best == 2
    again = repeat(model, METHODS[name], part, plan, 2, Silent())
    assert not again.diverged and not again.reached.curve
    assert best.tensors.keys() == again.tensors.keys()
    for key, tensor in best.tensors.items():
        assert torch.equal(tensor, again.tensors[key]), key


def by_hand(model: Any, rows: Supervised, before: int = 0) -> torch.Tensor:
    """Loss of each token of each answer, one row at a time, by transformers alone."""
    found = []
    for row, begin in zip(rows.ids, rows.begins, strict=True):
        ids = torch.tensor([row])
        logits = model.network(input_ids=ids).logits[0, begin - 1 : -1]
        found.append(torch.nn.functional.cross_entropy(logits, ids[0, begin:], reduction="none"))
    return torch.cat(found)


def test_only_the_answer_and_its_end_are_learnt_from(model: Any) -> None:
    rows = rows_of(model)
    for row, begin in zip(rows.ids, rows.begins, strict=True):
        assert model.tokenizer.decode(row[begin:-1]) in {letter * 3 for letter in "abcdef"}
        assert row[-1] == model.tokenizer.eos_token_id == stop_token(model)
        assert row[-1] in model.stops


def test_a_row_that_is_too_long_is_left_out_and_counted(model: Any) -> None:
    prompts = [(Message("user", "short"),), (Message("user", "long" * 40),)]
    rows = supervised(model, prompts, ["a", "b"], limit=64)
    assert (rows.left_out, len(rows.ids)) == (1, 1)
    assert rows.longest == len(model.tokens(prompts[1])) + 2, "the answer and its end"


def test_an_end_that_the_model_does_not_stop_at_is_refused(model: Any) -> None:
    model.tokenizer.add_special_tokens({"additional_special_tokens": ["<over>"]})
    model.tokenizer.chat_template = model.tokenizer.chat_template.replace("}}\n", "}}<over>\n")
    with pytest.raises(ModelError, match="'<over>', at which the model does not stop") as raised:
        supervised(model, [(Message("user", "a"),)], ["b"], limit=64)
    assert "generation_config.json" in raised.value.next_step
    model.network.generation_config.eos_token_id = [
        1,
        model.tokenizer.convert_tokens_to_ids("<over>"),
    ]
    rows = supervised(model, [(Message("user", "a"),)], ["b"], limit=64)
    assert model.tokenizer.decode(rows.ids[0][-1:]) == "<over>"


@pytest.mark.parametrize("boundary", [0, BOUNDARY])
def test_packed_rows_cost_what_they_cost_alone(boundary: int, model: Any, tmp_path: Path) -> None:
    rows = rows_of(model)
    part = read(model, rows, tmp_path, boundary)
    live = Adapters(boundary).attached(model)
    with live as fresh, torch.no_grad():
        with rows_apart(model.network):
            ours = losses.of_tokens(model, fresh, part, np.arange(len(rows.ids)))
        assert torch.allclose(ours, by_hand(model, rows), atol=1e-5)
        assert losses.mean(part, losses.of_rows(model, fresh, part)) == pytest.approx(
            float(by_hand(model, rows).mean()), abs=1e-5
        )


def test_without_kept_states_the_blocks_below_are_run(model: Any) -> None:
    rows = rows_of(model)
    with Adapters(BOUNDARY).attached(model) as live, torch.no_grad():
        with rows_apart(model.network):
            found = losses.of_tokens(model, live, Read(rows), np.arange(len(rows.ids)))
        assert torch.allclose(found, by_hand(model, rows), atol=1e-5)


def test_bfloat16_is_for_learning_and_not_for_measuring(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(model)
    everyone, exact = np.arange(len(rows.ids)), by_hand(model, rows).detach()
    monkeypatch.setenv("RUNGWISE_PRECISION", "bfloat16")
    settings.cache_clear()
    try:
        with Everything().attached(model) as live, torch.no_grad():
            measured = losses.of_rows(model, live, Read(rows))
            with rows_apart(model.network):
                learnt = losses.of_tokens(model, live, Read(rows), everyone)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert losses.mean(Read(rows), measured) == pytest.approx(float(exact.mean()), abs=1e-5)
    # Eight bits of a mantissa: some thousandths of each product.
    assert not torch.allclose(learnt, exact, atol=1e-4)
    assert torch.allclose(learnt, exact, rtol=0.05)


def test_no_token_looks_into_another_row(model: Any) -> None:
    """Another first row changes nothing in the second, not by a bit."""
    rows = rows_of(model)
    other = Supervised((rows.ids[0][::-1], *rows.ids[1:]), rows.begins, 0)
    with Everything().attached(model) as live, rows_apart(model.network), torch.no_grad():
        first, second = (
            losses.of_tokens(model, live, Read(one), np.array([0, 1])) for one in (rows, other)
        )
    own = int(rows.learnt[0])
    assert torch.equal(first[own:], second[own:])
    assert not torch.equal(first[:own], second[:own])


def test_gradients_are_the_same_in_parts_and_computed_again(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Read(rows_of(model))
    batch = np.arange(len(part.rows.ids))

    def gradients(again: bool, pack: int) -> list[torch.Tensor]:
        monkeypatch.setattr("rungwise.training.language.loop.PACK", pack)
        with Everything().attached(model) as live:
            backward(model, live, part, batch, again)
            return [one.grad.clone() for one in live.weights if one.grad is not None]

    whole = gradients(again=False, pack=4096)
    assert len(whole) == len(list(model.network.parameters()))
    for again, pack in ((True, 4096), (False, 40), (True, 40)):
        found = gradients(again, pack)
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(whole, found, strict=True))


def test_a_network_that_cannot_be_cut_is_read_as_a_whole(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(1)
    write_language_model(tmp_path)
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64, "vocab_size": 260}
    GPT2LMHeadModel(GPT2Config(**sizes, eos_token_id=1, bos_token_id=0)).save_pretrained(tmp_path)
    model = plugins.load("models", "language").open(str(tmp_path), tmp_path)
    assert not can_be_cut(model.network)
    rows = rows_of(model)
    with Everything().attached(model) as live, torch.no_grad():
        ours = losses.of_rows(model, live, Read(rows))
    assert losses.mean(Read(rows), ours) == pytest.approx(
        float(by_hand(model, rows).detach().mean()), abs=1e-5
    )


@pytest.mark.parametrize("name", METHODS)
def test_training_lowers_the_loss_and_leaves_the_model_as_it_was(
    name: str, model: Any, tmp_path: Path
) -> None:
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    method = METHODS[name]
    part = read(model, rows_of(model), tmp_path, getattr(method, "boundary", 0))
    rate = 5e-2 if name == "prefix" else 5e-3
    found = train_it(model, part, method, epochs=6, rate=rate)
    curve = found.reached.curve
    assert [epoch.number for epoch in curve] == [1, 2, 3, 4, 5, 6]
    assert (curve[-1].validation_loss or 9) < curve[0].train_loss - 0.1
    assert found.reached.best == 6, "among equals the one with the lowest loss"
    assert all(epoch.gradient_norm and epoch.gradient_norm > 0 for epoch in curve)
    after = model.network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert model.prefix is None
    with method.attached(model, found.tensors) as live, torch.no_grad():
        again = losses.mean(part, losses.of_rows(model, live, part))
    assert again == pytest.approx(curve[-1].validation_loss, abs=1e-5)


def test_a_gradient_of_nothing_is_an_error(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = read(model, rows_of(model), tmp_path)
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(0.0))
    with pytest.raises(ModelError, match="nothing would be learnt"):
        train_it(model, part, Adapters(BOUNDARY), epochs=1)


def test_a_rate_that_explodes_keeps_what_it_started_from(model: Any, tmp_path: Path) -> None:
    part = read(model, rows_of(model), tmp_path)
    found = train_it(model, part, Adapters(BOUNDARY), rate=1e30)
    assert found.diverged
    assert found.reached.best == len(found.reached.curve) or found.reached.best == 0


@pytest.mark.parametrize("name", ["dora", "prefix", "full"])
def test_an_interrupted_training_ends_as_one_that_was_not(
    name: str, model: Any, tmp_path: Path
) -> None:
    method = METHODS[name]
    part = read(model, rows_of(model), tmp_path, getattr(method, "boundary", 0))
    whole = train_it(model, part, method)

    class Interrupted(Unfinished):
        def write(self, *told: Any) -> None:
            super().write(*told)
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train_it(model, part, method, state=Interrupted(tmp_path, {"one": 1}))
    state = Unfinished(tmp_path, {"one": 1})
    kept_files = [one for one in state.folder.rglob("*") if one.is_file()]
    assert {one.suffix for one in kept_files} == {".json", ".safetensors"}
    found = train_it(model, part, method, state=state)
    assert [timeless(one) for one in found.reached.curve] == [
        timeless(one) for one in whole.reached.curve
    ]
    assert all(torch.equal(found.tensors[key], one) for key, one in whole.tensors.items())


@pytest.mark.parametrize("name", ["lora", "prefix"])
def test_a_known_training_goes_on_where_it_was_killed_beside_another(
    name: str, model: Any, tmp_path: Path
) -> None:
    method, part = METHODS[name], read(model, rows_of(model), tmp_path, 0)
    plan = Plan(epochs=4, patience=4, learning_rate=5e-3, seed=3)
    whole = repeat(model, method, part, plan, 3, Silent())

    class Interrupted(Unfinished):
        def write(self, *told: Any) -> None:
            super().write(*told)
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            repeat(model, method, part, plan, 3, Silent(), Interrupted(tmp_path, 1, apart=True))
    with pytest.raises(KeyboardInterrupt):  # the training on half of the rows
        repeat(model, method, part, plan, 3, Silent(), Interrupted(tmp_path, 2, apart=True))
    state = Unfinished(tmp_path, 1, apart=True)
    known = state.read()
    assert known is not None and known[0].best == 2
    found = repeat(model, method, part, plan, 3, Silent(), state)
    assert not found.diverged and found.reached.best == 3
    assert all(torch.equal(found.tensors[key], one) for key, one in whole.tensors.items())
    again = repeat(model, method, part, plan, 3, Silent(), state)  # nothing is left to train
    assert all(torch.equal(again.tensors[key], one) for key, one in whole.tensors.items())


def timeless(epoch: Any) -> Mapping[str, Any]:
    import dataclasses

    return {**dataclasses.asdict(epoch), "seconds": 0}


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


def test_the_footprint_of_a_step_is_measured_both_ways(model: Any) -> None:
    from rungwise.training.language import footprint

    found = footprint.both(model.folder, Adapters(BOUNDARY), rows_of(model))
    assert set(found) == {"full_mb", "peft_mb", "full_seconds", "peft_seconds", "saved"}
    assert found["full_seconds"] > 0
    assert found["peft_seconds"] > 0
    json.dumps(found)
