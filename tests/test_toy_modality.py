"""A modality that another package adds goes the whole way, with no change under `src/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rungwise import Project, plugins

PLUGIN = Path(__file__).parent / "points"
GOAL = "Classify points into inner and outer with at least 60 percent accuracy"


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """The other package, installed while these tests run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(PLUGIN))
        plugins._foreign.cache_clear()
        yield
    plugins._foreign.cache_clear()


def points(count: int) -> list[tuple[str, str]]:
    """Points of two rings, with copies that are written otherwise and near copies."""
    drawn = np.random.default_rng(5)
    turn, away = drawn.uniform(0, 2 * np.pi, count), drawn.uniform(0, 1, count)
    radius = np.where(np.arange(count) % 2, 0.2 + 0.5 * away, 1 + 0.5 * away)
    rows = [
        (f"{r * np.cos(t):.3f},{r * np.sin(t):.3f}", "inner" if r < 0.8 else "outer")
        for t, r in zip(turn.tolist(), radius.tolist(), strict=True)
    ]
    copies = [(f" {place.replace(',', ' , ')}0", label) for place, label in rows[:20]]
    near = [(f"{place}4", label) for place, label in rows[20:40]]
    return [*rows, *copies, *near, ("nowhere", "inner"), ("1;2", "outer")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    from rungwise_points import write_model, write_rows  # type: ignore[import-not-found]

    folder = tmp_path_factory.mktemp("toy")
    write_model(folder / "model")
    data = write_rows(folder / "points.csv", points(400))
    made = Project.init(
        folder / "task", data=data, goal=GOAL, models=[str(folder / "model")],
        columns={"input": "place", "label": "label"},
        settings=("task.modality=points", "training.epochs=1", "training.learning_rates=[0.001]",
                  "policy.go_rows=20", "policy.cross_validate_below=0"),
    )  # fmt: skip
    made.split()
    return made


def test_it_is_split_without_leaks(project: Project) -> None:
    workspace = project._workspace
    aside = workspace.part("quarantine")
    assert aside["reason"].to_list() == ["no point: not written as x,y"] * 2
    parts = {name: workspace.part(name) for name in ("train", "validation", "test")}
    from rungwise_points import places

    home: dict[tuple[float, ...], str] = {}
    for name, rows in parts.items():
        for place in np.floor(places(rows["input"]) * 1000 + 1e-6).tolist():
            assert home.setdefault(tuple(place), name) == name


def test_it_is_audited_and_climbs_every_rung_that_applies(project: Project) -> None:
    project.audit()
    project.climb()
    project.audit()
    view = project.status()
    measured = {one["rung"] for one in view["attempts"]}
    assert {"majority", "nearest", "frozen"} <= measured
    assert measured <= {"majority", "nearest", "frozen", "unfreeze", "lora", "full"}
