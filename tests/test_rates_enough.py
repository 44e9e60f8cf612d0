"""A rung that reaches the target is still tried with as many learning rates as are asked (R48)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import rows, write

from rungwise import Project, plugins
from rungwise.progress import Lines, Progress
from rungwise.protocols import CHOSEN, RungContext
from rungwise.records import Epoch, Numbers
from rungwise.rungs.unfreeze import Unfreeze
from rungwise.table import Examples, Inputs, Predictions

GOAL = "Route customer requests to one of three teams with at least 93 percent accuracy"
TEAMS = ("access", "delivery", "refund")


@dataclass(frozen=True)
class Knows:
    """A fit that has read every label."""

    labels: Mapping[str, str]
    classes: tuple[str, ...]
    curve: tuple[Epoch, ...] = ()
    train_metric: float | None = None
    details: Numbers = field(default_factory=lambda: {"blocks": 3, CHOSEN: {}})

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        outputs = inputs.values.replace_strict(self.labels)
        scores = pl.DataFrame(
            [(outputs == one).cast(pl.Float32).alias(one) for one in self.classes]
        )
        return Predictions(inputs.ids, outputs, scores.to_numpy(), self.classes)

    def save(self, folder: Path) -> None:
        (folder / "model.json").write_text("{}")

    def export(self, folder: Path) -> None:
        raise NotImplementedError


def muddled() -> list[tuple[str, str]]:
    """Every eighth row has another team's label: no honest model reaches the target."""
    return [
        (text, TEAMS[(TEAMS.index(label) + 1) % 3] if place % 8 == 0 else label)
        for place, (text, label) in enumerate(rows()[:360])
    ]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Path:
    folder = tmp_path_factory.mktemp("rates")
    data = write(folder / "requests.csv", muddled())
    project = Project.init(
        folder / "task", data=data, goal=GOAL, models=[encoder],
        settings=("policy.cross_validate_below=0",),
    )  # fmt: skip
    project.split()
    project.audit(depth="fast")
    project.climb(rungs=("majority", "frozen"))
    project.override("data_audited", by="Ada", role="data", reason="the rows are made")
    return project.folder


@pytest.mark.parametrize(("asked", "rates"), [
    (3, [1e-4, 2e-4, 5e-5]), (2, [1e-4, 2e-4]), (1, [1e-4]),
])  # fmt: skip
def test_the_target_alone_ends_no_rung(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: int, rates: list[float]
) -> None:
    known = dict(muddled())

    def fit(
        self: Unfreeze, configuration: Numbers, seed: int, train: Examples, validation: Examples,
        context: RungContext,
    ) -> Knows:  # fmt: skip
        return Knows(known, context.classes)

    monkeypatch.setattr(Unfreeze, "fit", fit)
    every = plugins.load_all
    short = {
        name: plugins.load("rungs", name) for name in ("majority", "frozen", "unfreeze", "lora")
    }
    monkeypatch.setattr(
        plugins, "load_all", lambda kind, group="": short if kind == "rungs" else every(kind, group)
    )
    folder = Path(shutil.copytree(begun, tmp_path / "task"))
    project = Project(folder, settings=(f"policy.learning_rates={asked}",), progress=Lines())
    assert project.climb().reached
    tried = [one for one in project.attempts() if one.height > 40]
    assert [one.rung for one in tried] == ["unfreeze"] * asked
    assert [one.configuration["layers"] for one in tried] == [1] * asked
    assert [one.configuration["learning_rate"] for one in tried] == rates
