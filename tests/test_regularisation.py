"""Weight decay and dropout are settings that do what their names say (R58)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.small_encoder import context, examples, write_encoder
from torch import nn

from rungwise import task
from rungwise.rungs.classify.lora import Lora
from rungwise.rungs.unfreeze import Unfreeze
from rungwise.training.regularisation import dropping, drops

TASK = {
    "task": {"goal": "route", "metric": "accuracy", "target": 0.9},
    "data": {"source": "requests.csv"},
}


def losses(folder: Path, model: Path, rung: type[Lora | Unfreeze], **training: Any) -> list[float]:
    """Training losses of two epochs."""
    asked = context(folder, str(model), **training)
    configuration = rung().propose(asked, [])
    assert configuration is not None
    fitted = rung().fit(configuration, 3, examples(0, 60), examples(60, 30), asked)
    return [epoch.train_loss for epoch in fitted.curve]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder") / "model")


@pytest.mark.parametrize("rung", [Unfreeze, Lora])
def test_dropout_changes_what_is_learnt_and_follows_from_the_seed(
    rung: type[Lora | Unfreeze], model: Path, tmp_path: Path
) -> None:
    plain = losses(tmp_path, model, rung)
    dropped = losses(tmp_path, model, rung, dropout=0.5)
    assert losses(tmp_path, model, rung, dropout=0.0) == plain
    assert losses(tmp_path, model, rung, dropout=0.5) == dropped
    assert dropped[0] > plain[0], "half of what the head reads is missing"


def test_weight_decay_reaches_the_optimiser(model: Path, tmp_path: Path) -> None:
    assert losses(tmp_path, model, Unfreeze) == losses(tmp_path, model, Unfreeze, weight_decay=0.01)
    assert losses(tmp_path, model, Unfreeze) != losses(tmp_path, model, Unfreeze, weight_decay=50.0)


def test_dropped_activations_are_scaled_so_that_their_mean_stays() -> None:
    ones, drop = nn.Linear(1, 1), nn.Dropout(0.1)
    nn.init.zeros_(ones.weight)
    nn.init.ones_(ones.bias)
    model = nn.Sequential(ones, drop).eval()
    with dropping(model, 0.25, seed=1):
        made = model(torch.zeros(4000, 1))
    assert {round(value, 4) for value in made.unique().tolist()} == {0.0, round(1 / 0.75, 4)}
    assert (made == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert torch.equal(model(torch.zeros(3, 1)), torch.ones(3, 1)), "it is as it was"
    assert drop.p == 0.1


def test_blocks_that_learn_nothing_drop_nothing() -> None:
    frozen = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.1)).requires_grad_(False).eval()
    assert not drops(frozen)
    with dropping(frozen, 0.9, seed=1):
        assert torch.equal(frozen(torch.ones(50, 1)), frozen(torch.ones(50, 1)))


def test_the_new_settings_leave_identities_alone_until_they_are_used() -> None:
    plain = task.parse(TASK).training.identifying()
    assert {"weight_decay", "dropout"}.isdisjoint(plain)
    asked = task.parse({**TASK, "training": {"dropout": 0.1}}).training.identifying()
    assert asked == {**plain, "dropout": 0.1}
