"""A modality that another package adds goes the whole way, with no change under `src/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.recorded_tests import record_a_test
from tests.small_server import serving

from rungwise import Project, plugins
from rungwise.release.opened import opened

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


def test_what_was_selected_is_shipped_served_watched_and_predicts(project: Project) -> None:
    record_a_test(project, 0.97, 0.94, 0.99)
    version = project.ship(confirm_monitoring="Ola").version
    asked = ["0.1,0.1", "nowhere", "-0.2,0.3"]
    rows = pl.DataFrame({"place": asked})
    rows.write_csv(project.folder / "asked.csv")
    project.predict(project.folder / "asked.csv", output=project.folder / "answers.csv")
    answers = pl.read_csv(project.folder / "answers.csv")
    assert answers["place"].to_list() == asked
    assert answers["label"].is_null().to_list() == [False, True, False]
    released = opened(project.folder / "releases" / version)
    assert released.reference is not None
    assert released.reference.embeddings is not None
    assert set(released.sizes(asked[::2]).tolist()) == {2}
    with serving(released) as client:
        reply = client.post("/v1/predict", {"input": asked[::2]})
    assert reply.status == 200, reply.text
    labels = [one["label"] for one in reply.json["answers"]]
    assert labels == answers["label"].drop_nulls().to_list()
    report = project.check_production()
    assert not report.raised
