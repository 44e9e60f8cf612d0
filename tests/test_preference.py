"""Adapters learn which of two answers was chosen, and it is measured whether they did (R55)."""

from __future__ import annotations

import copy
import dataclasses
import math
import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.small_language import write_language_model
from tests.small_pairs import examples, preferences, rows, supervised, table, with_pairs

from rungwise import plugins
from rungwise.evaluation.preferred import preferred
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.records import Evidence
from rungwise.table import Examples, Preferences
from rungwise.training import loop
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.tuned import Tuned, local
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.preference import epochs
from rungwise.training.preference import likelihood as likelihood_module
from rungwise.training.preference.epochs import BETA
from rungwise.training.preference.likelihood import Likelihood, Sides, likelihood
from rungwise.training.preference.pairs import Pairs, pairs
from rungwise.training.prompting.prompted import Asked, Prompted

RATE = 5e-3
RUNG = plugins.load("rungs", "preference")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("language")
    write_language_model(place / "small")
    return place


@pytest.fixture
def model(folder: Path) -> Any:
    return plugins.load("models", "language").open("small", folder)


class Told(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def coded(model: Any, part: Examples | None = None, known: Preferences | None = None) -> Pairs:
    part = part or examples(0, 24)
    nothing = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    prompted = Prompted(model, Asked("Answer.", None, 0, 8, 1), nothing)
    return pairs(model, prompted, part, (known or preferences()).of(part.inputs.ids))


def by_hand(network: Any, side: Any) -> list[float]:
    """Log-probability of each answer, one row at a time, by transformers alone."""
    found = []
    for row, begin in zip(side.ids, side.begins, strict=True):
        ids = torch.tensor([row])
        with torch.no_grad():
            told = network(input_ids=ids).logits[0, begin - 1 : -1].log_softmax(-1)
        found.append(float(told.gather(1, ids[0, begin:, None]).sum()))
    return found


def fit(about: RungContext, rate: float = RATE, **given: Any) -> Tuned:
    asked = {**(RUNG.propose(about, []) or {}), "learning_rate": rate, **given}
    fitted = RUNG.fit(asked, 5, examples(0, 24), examples(24, 16), about)
    assert isinstance(fitted, Tuned)
    return fitted


# ── log-probabilities and rewards ────────────────────────────────────────────────────────
def test_answers_are_as_likely_as_transformers_says(model: Any, tmp_path: Path) -> None:
    told = coded(model)
    fresh = Adapters(2)
    with fresh.attached(model) as live:
        for one in live.weights:
            torch.nn.init.normal_(one, std=0.3)
        for boundary in (0, 2):
            sides = Sides.read_once(told, model, boundary, tmp_path, Silent())
            found = likelihood(model, dataclasses.replace(live, boundary=boundary), sides)
            assert found.chosen == pytest.approx(by_hand(model.network, told.chosen), rel=1e-5)
            assert found.rejected == pytest.approx(by_hand(model.network, told.rejected), rel=1e-5)


@pytest.mark.parametrize("boundary", [0, 2])
def test_losses_and_gradients_are_those_of_trl(boundary: int, model: Any, tmp_path: Path) -> None:
    """TRL reads the whole network with padding; ours packs rows above kept hidden states."""
    told = coded(model)
    with Adapters(boundary).attached(model) as live:
        sides = Sides.read_once(told, model, boundary, tmp_path, Silent())
        reference = likelihood(model, live, sides)
        order = np.arange(len(told))
        assert epochs.backward(model, live, sides, reference, order) == pytest.approx(math.log(2))
        for one in live.weights:
            torch.nn.init.normal_(one, std=0.1)
            one.grad = None
        ours = epochs.backward(model, live, sides, reference, order)
        gradients = [one.grad.clone() for one in live.weights if one.grad is not None]
        for one in live.weights:
            one.grad = None
        theirs = of_trl(model, told, reference, tmp_path)
        torch.autograd.backward(theirs)
        assert abs(ours - math.log(2)) > 0.01, "there is something to compare"
        assert ours == pytest.approx(theirs.item(), rel=1e-5)
        assert len(gradients) == len(live.weights)
        for one, gradient in zip(live.weights, gradients, strict=True):
            assert one.grad is not None
            torch.testing.assert_close(gradient, one.grad, rtol=1e-3, atol=1e-6)


def of_trl(model: Any, told: Pairs, reference: Likelihood, folder: Path) -> torch.Tensor:
    """The mean loss of all pairs by TRL's trainer."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    class Plain(DPOTrainer):  # type: ignore[misc]
        def _send_telemetry(self) -> None:
            """Nothing is reported to anybody."""

        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

        def _precompute_ref_logps(self, dataset: Any, *_: Any) -> Any:
            return dataset

    rows = [
        {
            "prompt_ids": list(good[:begin]),
            "chosen_ids": list(good[begin:]),
            "rejected_ids": list(bad[begin:]),
            "ref_chosen_logps": chosen,
            "ref_rejected_logps": rejected,
        }
        for good, bad, begin, chosen, rejected in zip(
            told.chosen.ids, told.rejected.ids, told.chosen.begins.tolist(),
            reference.chosen.tolist(), reference.rejected.tolist(), strict=True,
        )
    ]  # fmt: skip
    settings = DPOConfig(
        output_dir=str(folder / "trl"), report_to=[], save_strategy="no", disable_tqdm=True,
        per_device_train_batch_size=len(rows), beta=BETA, max_length=None, bf16=False,
        precompute_ref_log_probs=True, gradient_checkpointing=None, activation_checkpointing=False,
        use_cpu=True, dataloader_pin_memory=False,
    )  # fmt: skip
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    with torch.random.fork_rng():
        trainer = Plain(
            model=model.network, args=settings, train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
        )  # fmt: skip
        batch = next(iter(trainer.get_train_dataloader()))
        loss: torch.Tensor = trainer.compute_loss(model.network, batch)
    return loss


def test_shares_are_counted_with_wilsons_interval() -> None:
    found = preferred(
        tuned=np.array([2.0, 1.0, -1.0, 3.0]),
        reference=np.array([1.0, 2.0, -2.0, -1.0]),
        chosen=np.array([5, 3, 9, 2]),
        rejected=np.array([4, 6, 9, 8]),
        level=0.95,
    )
    # Rewards are 1, -1, 1 and 4; Wilson's interval of 3 in 4 at 95 percent is [0.3006, 0.9544].
    assert found["tuned"] == {
        "value": 0.75,
        "low": pytest.approx(0.3006, abs=1e-4),
        "high": pytest.approx(0.9544, abs=1e-4),
        "rows": 4,
    }
    assert (found["tuned_plain"]["value"], found["reference"]["value"]) == (0.75, 0.5)
    assert found["tuned_where_chosen_is_shorter"]["value"] == 0.5
    assert found["tuned_where_chosen_is_shorter"]["rows"] == 2
    assert found["reference_where_chosen_is_longer"]["value"] == 1.0
    assert (found["chosen_tokens"], found["rejected_tokens"]) == (4.75, 6.75)
    assert found["reward_margin"] == pytest.approx(1.25)


# ── what is learnt ───────────────────────────────────────────────────────────────────────
def test_it_comes_to_prefer_what_was_chosen(folder: Path, tmp_path: Path, model: Any) -> None:
    told = Told()
    about = dataclasses.replace(
        with_pairs(folder, "small", epochs=4), cache=tmp_path, progress=told
    )
    before = {name: one.clone() for name, one in model.network.state_dict().items()}
    fitted = fit(about, rate=2e-2)
    learnt, network = coded(model), local(fitted.model).network
    untuned = by_hand(network, learnt.chosen), by_hand(network, learnt.rejected)
    with fitted.in_place():
        tuned = by_hand(network, learnt.chosen), by_hand(network, learnt.rejected)
    margins = np.subtract(*tuned), np.subtract(*untuned)
    assert (margins[0] > 0).sum() > (margins[1] > 0).sum() + 6
    assert (margins[0] - margins[1] > 0).mean() > 0.9, "by implicit reward"
    found = fitted.details["preference"]
    assert found["pairs"] == 16
    assert found["tuned"]["value"] > 0.9
    assert found["tuned_where_chosen_is_shorter"]["rows"] == 8
    assert fitted.curve[-1].validation_loss < fitted.curve[0].validation_loss < math.log(2) + 0.1
    assert all((one.gradient_norm or 0) > 0 for one in fitted.curve)
    assert fitted.details["train_pairs"] == 24
    assert any("24 pairs to learn from, 16 held out; starting from the model as it is" in one
               for one in told.said)  # fmt: skip
    assert any("preferred in" in one and "the shorter one in" in one for one in told.said)
    after = network.state_dict()
    assert all(torch.equal(after[name], one) for name, one in before.items())


def test_the_reference_is_asked_once_for_all_rates(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SPARED", 0.0)
    about = dataclasses.replace(with_pairs(folder, "small", epochs=1), cache=tmp_path)
    first = fit(about)
    files = sorted(path.name for path in (tmp_path / "language").glob("reference-*.json"))
    assert len(files) == 2, "of training and of validation"

    asked: list[str] = []
    monkeypatch.setattr(likelihood_module, "likelihood", lambda *_: asked.append("again"))
    other = fit(about, rate=2 * RATE)
    assert sorted(one.name for one in (tmp_path / "language").glob("reference-*.json")) == files
    assert not asked
    told = [one.details["preference"]["reference"] for one in (first, other)]
    assert told[0] == told[1]
    written = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {".json", ".safetensors", ".npy", ".f32"}, "no pickle"


def test_nothing_is_sent_printed_or_seeded(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import socket

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("something is sent")

    for name in ("CI", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    about = dataclasses.replace(with_pairs(folder, "small", epochs=1), cache=tmp_path)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # type: ignore[index]
    fit(about)
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tolist() == states[1]  # type: ignore[index]
    assert torch.equal(torch.get_rng_state(), states[2])
    told = capsys.readouterr()
    assert told.out == ""


def test_an_interrupted_training_ends_as_one_that_was_not(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SPARED", 0.0)
    about = with_pairs(folder, "small", epochs=2)
    whole = fit(dataclasses.replace(about, cache=tmp_path / "whole"))
    told = Told()
    again = dataclasses.replace(about, cache=tmp_path / "again", progress=told)
    write = Unfinished.write

    def interrupted(self: Unfinished, *parts: Any) -> None:
        write(self, *parts)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Unfinished, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit(again)
    found = fit(again)
    assert any("going on after epoch 1" in one for one in told.said)
    assert [timeless(one) for one in found.curve] == [timeless(one) for one in whole.curve]
    assert all(torch.equal(found.tensors[name], one) for name, one in whole.tensors.items())


def timeless(epoch: Any) -> Mapping[str, Any]:
    return {**dataclasses.asdict(epoch), "seconds": 0}


def test_a_rate_that_explodes_keeps_what_it_started_from(folder: Path, tmp_path: Path) -> None:
    about = dataclasses.replace(with_pairs(folder, "small", epochs=2), cache=tmp_path)
    found = fit(about, rate=1e30)
    assert found.details["diverged"]
    assert all(bool(torch.isfinite(one).all()) for one in found.tensors.values())


# ── what cannot be learnt from ───────────────────────────────────────────────────────────
def test_what_is_no_pair_or_too_long_is_left_out_and_said(
    folder: Path, tmp_path: Path, model: Any
) -> None:
    known = table().select("id", "rejected").to_dicts()
    known[0]["rejected"] = rows()[0]["chosen"]  # relabelled to what was rejected
    known[1]["rejected"] = "long" * 200
    known[2]["rejected"] = ""  # to answer nothing is a way to lose
    told = Preferences(pl.DataFrame(known[:20]))
    found = coded(model, known=told)
    assert (found.unpaired, found.too_long, len(found)) == (5, 1, 18)
    assert found.longest > model.context
    assert int(found.rejected.learnt.min()) == 1, "its end alone"
    heard = Told()
    about = dataclasses.replace(
        with_pairs(folder, "small", epochs=1), cache=tmp_path, progress=heard,
        preferences=lambda: Preferences(pl.DataFrame(known)),
    )  # fmt: skip
    fit(about)
    assert any("1 training rows have no second answer that differs" in one for one in heard.said)
    assert any("1 training pairs are longer than the model reads" in one for one in heard.said)


def test_it_excuses_itself_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    about = with_pairs(folder, "small")
    assert RUNG.excuse(about) is None
    none = dataclasses.replace(about, preferences=lambda: Preferences(
        pl.DataFrame(schema={"id": pl.String, "rejected": pl.String}), "No pairs."))  # fmt: skip
    assert RUNG.excuse(none) == "No pairs."
    untried = dataclasses.replace(about, attempts=())
    assert "Supervised tuning comes first" in str(RUNG.excuse(untried))
    away = about.task.model_copy(update={"models": ("endpoint:m@http://127.0.0.1:9/v1",)})
    told = str(RUNG.excuse(dataclasses.replace(about, task=away, cache=tmp_path)))
    assert "lies behind an endpoint" in told


def test_a_loss_is_that_of_the_seventh_equation() -> None:
    margins, before = torch.tensor([2.0, -2.0]), torch.zeros(2)
    # Margins 2 and -2, nothing before: -log σ(0.2) = 0.598139, -log σ(-0.2) = 0.798139.
    found = epochs.pair_losses(margins, before)
    assert found.tolist() == pytest.approx([0.598139, 0.798139], abs=1e-6)


def test_it_goes_on_from_the_best_supervised_adapters(
    folder: Path, tmp_path: Path, model: Any
) -> None:
    base = with_pairs(folder, "small", epochs=1)
    base = dataclasses.replace(base, cache=tmp_path / "cache")
    lora = plugins.load("rungs", "lora", "generate")
    asked = {**lora.propose(base, []), "layers": 2, "learning_rate": 1e-2}
    fitted = lora.fit(asked, 5, examples(0, 24), examples(24, 16), base)
    saved = tmp_path / "saved"
    saved.mkdir()
    fitted.save(saved)
    identity = f"{model.name}@{model.digest}"
    one = supervised("lora", id="a" * 64, configuration=asked, model=identity, artefact="x")

    def laid_out(attempt: Evidence, place: Path) -> None:
        assert attempt is one
        shutil.copytree(saved, place, dirs_exist_ok=True)

    about = dataclasses.replace(
        base,
        attempts=(one,),
        lay_out=laid_out,
    )
    proposed = RUNG.propose(about, [])
    assert proposed == {"start": "a" * 12, "layers": 2, "learning_rate": 1e-4, "prompt": 0}
    found = fit(about, rate=0.0)
    assert found.tensors.keys() == fitted.tensors.keys()
    assert all(torch.equal(found.tensors[name], kept) for name, kept in fitted.tensors.items())
    share = found.details["preference"]
    assert share["tuned"]["value"] == 0.0, "nothing has moved, so no reward is above 0"
    assert share["reference"]["value"] == share["tuned_plain"]["value"]
    better = dataclasses.replace(one.goal, value=0.9)
    prompt = supervised("prompt", id="b" * 64, trains=False, goal=better, model=identity,
                        configuration={"prompt": 0})  # fmt: skip
    worse = dataclasses.replace(about, attempts=(one, prompt))
    assert RUNG.propose(worse, [])["start"] == "base", "the untuned model did better"
