"""Projects that an earlier version made open, verify and resume, and their releases answer."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from rungwise import Project
from rungwise.errors import LedgerError

KEPT = Path(__file__).parent / "projects"
ALL = ("tickets", "bookings", "small-classify", "small-generate")
WITH_WEIGHTS = ("small-classify", "small-generate")


def unpacked(name: str, folder: Path) -> Project:
    with tarfile.open(KEPT / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return Project(next(folder.iterdir()))


def rows_of(answers: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ALL)
def test_it_opens_with_what_was_measured_then(name: str, tmp_path: Path) -> None:
    project = unpacked(name, tmp_path)
    recorded = [entry.payload for entry in project.log("attempt")]
    view = project.status()
    assert view["step"] == "released"
    assert [release["version"] for release in view["releases"]] == ["v1.0"]
    shown = {attempt["id"]: attempt["value"] for attempt in view["attempts"]}
    assert shown
    assert shown.items() <= {each["id"]: each["goal"]["value"] for each in recorded}.items()
    assert view["selected"] in shown
    assert view["test"]["goal"]["value"] == project.log("test")[-1].payload["goal"]["value"]


@pytest.mark.parametrize("name", ALL)
def test_it_verifies(name: str, tmp_path: Path) -> None:
    project = unpacked(name, tmp_path)
    verified = project.verify(weights=name in WITH_WEIGHTS)
    assert verified.entries == len(project.log())
    assert verified.head
    assert verified.objects > 0
    assert (verified.absent > 0) == (name not in WITH_WEIGHTS)


def test_weights_that_were_left_out_are_missed_unless_one_says_so(tmp_path: Path) -> None:
    project = unpacked("tickets", tmp_path)
    with pytest.raises(LedgerError, match=r"artefact/.* is not in the object store"):
        project.verify()


def test_whatever_is_there_must_be_unchanged_without_weights_too(tmp_path: Path) -> None:
    project = unpacked("small-classify", tmp_path)
    listing = json.loads(
        project._workspace.objects.read(project.log("attempt")[3].payload["artefact"])
    )
    weights = project._workspace.objects.path(listing["head.safetensors"])
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(LedgerError, match="has changed on disk"):
        project.verify(weights=False)


@pytest.mark.parametrize("name", ALL)
def test_running_on_repeats_nothing(name: str, tmp_path: Path) -> None:
    project = unpacked(name, tmp_path)
    before = [entry.payload["id"] for entry in project.log("attempt")]
    if name == "small-generate":  # its target was never reached: the next rung would be climbed
        project.audit()  # what later versions ask of the data
        project.climb(rungs=["prompt", "few_shot", "lora"])
    else:
        project.run()
    assert [entry.payload["id"] for entry in project.log("attempt")] == before
    assert project.status()["step"] == "released"
    project.report()


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_its_release_answers_as_it_did(name: str, tmp_path: Path) -> None:
    project = unpacked(name, tmp_path)
    kept = rows_of(project.folder / "answers.jsonl")
    again = project.folder / "again.jsonl"
    project.predict(project.folder / "new.csv", release="v1.0", output=again)
    given = rows_of(again)
    key = "output" if name == "small-generate" else "label"
    assert [each[key] for each in given] == [each[key] for each in kept]
    for now, then in zip(given, kept, strict=True):
        for label, share in then.get("probabilities", {}).items():
            assert now["probabilities"][label] == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize("rung", ["linear", "lora"])
def test_a_rung_that_was_never_tried_is_measured_on_the_same_rows(
    rung: str, tmp_path: Path
) -> None:
    """Also one that the version which made the project did not have."""
    project = unpacked("small-classify", tmp_path)
    split, known = project.status()["splits"], len(project.log("attempt"))
    project.audit()
    project.climb(rungs=[rung])
    measured = [entry.payload for entry in project.log("attempt")][known:]
    assert {each["rung"] for each in measured} == {rung}
    assert {each["goal"]["rows"] for each in measured} == {split["validation"]}
    project.verify()
