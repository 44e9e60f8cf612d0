"""An override answers for a verdict that was read; what was restored is what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.small_task import GOAL, write

from rungwise import Project
from rungwise.errors import GateHolds, ModelError, TaskError

BY = {"by": "Ada", "role": "business", "reason": "it is small"}


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("climbed")
    data = write(folder / "requests.csv")
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.run()
    yield project


def test_no_override_is_saved_up(climbed: Project) -> None:
    for gate in ("test_once", "split_sealed"):
        with pytest.raises(TaskError, match="does not hold, so there is nothing to override"):
            climbed.override(gate, **BY)
    for gate in ("test_confirms", "export_matches"):
        with pytest.raises(TaskError, match="has nothing to judge yet"):
            climbed.override(gate, **BY)
    assert not climbed.log("override")


def test_what_was_restored_is_laid_out_afresh_and_the_export_stays_on_record(
    climbed: Project,
) -> None:
    for verdict in climbed.status()["gates"]:
        if verdict["code"] in ("improvement_meaningful", "validation_settled") and verdict[
            "verdict"
        ] in ("hold", "inconclusive"):
            climbed.override(verdict["code"], **BY)
    climbed.test()
    for path in (climbed.folder / ".rungwise" / "restored").rglob("*.safetensors"):
        path.chmod(0o644)
        path.write_bytes(b"torn")
    for verdict in climbed.status()["gates"]:
        if verdict["code"] == "test_confirms" and verdict["verdict"] != "pass":
            climbed.override("test_confirms", **BY)
    release = climbed.ship(confirm_monitoring="Ada")
    verdict = {one["code"]: one for one in climbed.status()["gates"]}["export_matches"]
    assert verdict["verdict"] == "pass"
    climbed.decide()
    again = {one["code"]: one for one in climbed.status()["gates"]}["export_matches"]
    assert again == verdict, "what the export said stands"
    assert all(path.stat().st_mode & 0o044 for path in (climbed.folder / release.folder).rglob("*"))
    with pytest.raises(GateHolds):
        climbed.test()


def test_torn_weights_are_refused_before_anything_runs(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "bert"}')
    for content in (b"", b"xx", (5).to_bytes(8, "little") + b"no {}"):
        (model / "model.safetensors").write_bytes(content)
        with pytest.raises(ModelError, match="is torn"):
            Project.init(
                tmp_path / "t", data=write(tmp_path / "a.csv"), goal=GOAL, models=[str(model)]
            )
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_a_target_that_is_no_number_is_one_line(climbed: Project, value: str) -> None:
    with pytest.raises(TaskError, match=r"`task\.target` .* finite"):
        Project(climbed.folder, settings=(f"task.target={value}",)).status()
