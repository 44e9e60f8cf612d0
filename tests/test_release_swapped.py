"""What answers is what was shipped: a release is opened by the digest that the ledger recorded."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import polars as pl
import pytest
from tests.scripted_server import scripted
from tests.small_export import export, facts
from tests.small_task import GOAL, write
from tests.small_texts import answering, text_project

from rungwise import Project
from rungwise.errors import LedgerError, ModelError, RungwiseError
from rungwise.ledger.append import append
from rungwise.progress import Silent
from rungwise.records import ReleaseRecord, to_json
from rungwise.release import manifest
from rungwise.release.build import about_digest, build, digest
from rungwise.release.manifest import of_bytes
from rungwise.release.opened import opened
from rungwise.release.package import Package
from rungwise.release.predictor import Predictor
from rungwise.table import Inputs


class Said(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def labels(predictor: Any, *texts: str) -> list[str]:
    ids = pl.Series([str(number) for number in range(len(texts))])
    answers: list[str] = predictor.predict(
        Inputs(ids, pl.Series(texts)), Silent()
    ).outputs.to_list()
    return answers


def rewritten(folder: Path, **changes: Any) -> None:
    """Give a folder a manifest of its own, whose digests are those of its files now."""
    about = (folder / "release.json").read_bytes()
    before = of_bytes((folder / "manifest.json").read_bytes(), folder, about)
    changed = dataclasses.replace(before, files=manifest.digests(folder), **changes)
    manifest.write(changed, folder)


def reverse_labels(folder: Path) -> None:
    classes = json.loads((folder / "labels.json").read_text())[::-1]
    (folder / "labels.json").write_text(json.dumps(classes))
    rewritten(folder, classes=tuple(classes))


def other_model(folder: Path) -> None:
    model = onnx.load(folder / "model.onnx")
    model.doc_string = "another"
    onnx.save(model, folder / "model.onnx")
    rewritten(folder)


def longer_inputs(folder: Path) -> None:
    serving = json.loads((folder / "serving.json").read_text()) | {"max_tokens": 1}
    (folder / "serving.json").write_text(json.dumps(serving))
    rewritten(folder)


def other_version(folder: Path) -> None:
    rewritten(folder, version="v9.9")


def spaces(folder: Path) -> None:
    """The same facts in other bytes."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=3))


SWAPS: list[Callable[[Path], None]] = [
    reverse_labels, other_model, longer_inputs, other_version, spaces,
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a release on record, as `ship` leaves it."""
    made = Project.init(tmp_path / "task", data=write(tmp_path / "rows.csv"), goal=GOAL)
    goal = {"goal": GOAL, "metric": "accuracy", "target": 0.8}
    task = {"task": goal, "data": {"source": "rows.csv", "input": "text", "label": "label"}}
    released = dataclasses.replace(facts(), task=task)
    folder = build(made.folder / "releases", released, export, "# Card\n")
    record = ReleaseRecord(
        "v1.0", "attempt", "data", digest(folder), "releases/v1.0", (), False, about_digest(folder)
    )
    append(made._workspace.ledger, "release", to_json(record))
    (tmp_path / "new.csv").write_text("text\ngone missing\ncrack\n")
    return Project(made.folder)


def predicted(project: Project, tmp_path: Path, release: str | None = None) -> list[str]:
    project.predict(tmp_path / "new.csv", release=release, output=tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    return [json.loads(line)["label"] for line in lines]


@pytest.mark.parametrize("swap", SWAPS, ids=lambda swap: swap.__name__)
def test_a_release_that_is_not_the_one_on_record_is_refused(
    project: Project, tmp_path: Path, swap: Callable[[Path], None]
) -> None:
    assert predicted(project, tmp_path) == ["lost", "broken"]
    folder = project.folder / "releases" / "v1.0"
    swap(folder)
    (tmp_path / "out.jsonl").unlink()
    for release in (None, "v1.0", str(folder)):
        with pytest.raises(
            LedgerError, match=r"(manifest|release)\.json is not the one on record"
        ) as refused:
            predicted(project, tmp_path, release)
        assert refused.value.exit_code == 4
    assert not (tmp_path / "out.jsonl").exists()


def test_the_folder_of_another_release_in_its_place_is_refused(
    project: Project, tmp_path: Path
) -> None:
    place = project.folder / "releases" / "v1.0"
    other = build(tmp_path / "other", dataclasses.replace(facts(), unseal=7), export, "# Other\n")
    shutil.rmtree(place)
    shutil.copytree(other, place)
    with pytest.raises(LedgerError, match="not the one on record"):
        predicted(project, tmp_path)
    shutil.rmtree(place)
    place.symlink_to(other)
    for release in (None, str(place), str(place.parent / ".." / "releases" / "v1.0")):
        with pytest.raises(LedgerError, match="not the one on record"):
            predicted(project, tmp_path, release)


def test_a_copy_answers_by_its_own_manifest_and_says_that_nobody_vouches(
    project: Project, tmp_path: Path
) -> None:
    copy = tmp_path / "elsewhere" / "v1.0"
    shutil.copytree(project.folder / "releases" / "v1.0", copy)
    said = Said()
    away = Project(
        tmp_path, progress=said
    )  # no project here: the manifest says which column is read
    assert predicted(away, tmp_path, str(copy)) == ["lost", "broken"]
    assert sum("No ledger vouches for" in one for one in said.said) == 1
    said.said.clear()
    inside = Project(tmp_path, progress=said)
    where = project.folder / "releases" / "v1.0"
    assert predicted(inside, tmp_path, str(where)) == ["lost", "broken"]
    assert not any("vouches" in one for one in said.said)  # its own project's ledger does
    (copy / "labels.json").write_text('["late", "broken", "lost"]')
    with pytest.raises(ModelError, match=r"labels\.json of release v1\.0 has changed"):
        predicted(away, tmp_path, str(copy))


def link_to(target: str) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        (folder / "README.md").unlink()
        (folder / "README.md").symlink_to(target)

    return plant


def linked_folder(folder: Path) -> None:
    (folder / "inner").symlink_to("/tmp")


def pipe(folder: Path) -> None:
    (folder / "README.md").unlink()
    os.mkfifo(folder / "README.md")


def listed(name: str) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        told = json.loads((folder / "manifest.json").read_text())
        told["files"][name] = "0" * 64
        (folder / "manifest.json").write_text(json.dumps(told))

    return plant


def nothing_listed(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text()) | {"files": {}}
    (folder / "manifest.json").write_text(json.dumps(told))


def twice_listed(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("{", '{"files": {},', 1))


def swapped_alone(folder: Path) -> None:
    (folder / "labels.json").write_text('["broken", "lost", "late"]')
    rewritten(folder)


@pytest.mark.parametrize(
    ("plant", "fact"),
    [
        (link_to("/etc/hostname"), r"README\.md is a symbolic link"),
        (link_to("labels.json"), r"README\.md is a symbolic link"),
        (linked_folder, "inner is a symbolic link"),
        (pipe, r"README\.md is no plain file"),
        (listed("../labels.json"), r"lacks \.\./labels\.json"),
        (listed("/etc/passwd"), "lacks /etc/passwd"),
        (listed("labels.json/"), "lacks labels.json/"),
        (nothing_listed, r"has labels\.json, which is not its own"),
        (twice_listed, "the key 'files' stands twice"),
        (other_version, r"says in its release\.json that it is release v9\.9"),
        (swapped_alone, "has other classes than the manifest"),
    ],
)
def test_a_copy_that_is_no_whole_release_is_refused(
    tmp_path: Path, plant: Callable[[Path], None], fact: str
) -> None:
    folder = build(tmp_path, facts(), export, "# Card\n")
    plant(folder)
    with pytest.raises(ModelError, match=fact) as refused:
        opened(folder)
    assert "\n" not in str(refused.value)


def external(place: str) -> Callable[[Path], None]:
    """An export whose weights lie in another file, as the model says."""

    def write_export(folder: Path) -> None:
        export(folder)
        model = onnx.load(folder / "model.onnx")
        for place_of, tensor in enumerate(model.graph.initializer):
            whole = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor), tensor.name)
            model.graph.initializer[place_of].CopyFrom(whole)  # in one piece, which can be moved
        onnx.save(
            model, folder / "model.onnx", save_as_external_data=True, location="model.data",
            size_threshold=64,
        )  # fmt: skip
        if place != "model.data":
            written = (folder / "model.onnx").read_bytes()
            assert len(place) == len("model.data")  # lengths are part of the format
            (folder / "model.onnx").write_bytes(written.replace(b"model.data", place.encode()))
            (folder / "model.data").rename(folder.parent / "outside")

    return write_export


def test_weights_in_another_file_are_read_from_the_bytes_that_were_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "releases", facts(), external("model.data"), "")
    assert (folder / "model.data").stat().st_size > 0
    monkeypatch.chdir(tmp_path)  # a file of that name in the working directory is not looked at
    (tmp_path / "model.data").write_bytes(bytes((folder / "model.data").stat().st_size))
    assert labels(Predictor(folder), "gone missing", "crack") == ["lost", "broken"]
    (folder / "model.data").write_bytes(bytes((folder / "model.data").stat().st_size))
    with pytest.raises(ModelError, match=r"model\.data of release v1\.0 has changed"):
        Predictor(folder)


@pytest.mark.parametrize("place", ["../outside", "./model.da", "/x/outside", "model2data"])
def test_weights_elsewhere_are_refused(tmp_path: Path, place: str) -> None:
    folder = build(tmp_path / "releases", facts(), external(place), "")
    with pytest.raises(ModelError, match=r"outside the release|is missing"):
        Predictor(folder)


def test_each_file_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build(tmp_path, facts(), export, "# Card\n")
    asked: list[str] = []
    real = os.open

    def counted(path: Any, *args: Any, **kwargs: Any) -> int:
        asked.append(str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counted)
    opened(folder, recorded=digest(folder))
    names = sorted(Path(path).name for path in asked if path.startswith(str(folder)))
    assert names == sorted([*manifest.contents(folder), "manifest.json"])


@pytest.fixture(scope="module")
def text_release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shipped release of generated text, behind a scripted server."""
    with scripted(answering()) as server:
        folder = tmp_path_factory.mktemp("texts")
        made = text_project(folder, server.name, "policy.resamples=200")
        made.climb(rungs=["prompt"])
        made.audit()
        made.test()
        made.override("test_confirms", by="Ada", role="owner", reason="few rows")
        release = made.ship(confirm_monitoring="Ada")
        yield made.folder / release.folder


def test_a_release_of_texts_is_answered_from_a_private_copy(
    text_release: Path, tmp_path: Path
) -> None:
    recorded = digest(text_release)
    package = Package(text_release, recorded=recorded)
    copy = package.copied()
    assert copy != text_release and copy.stat().st_mode & 0o077 == 0
    for name in package.names:
        assert (copy / name).read_bytes() == (text_release / name).read_bytes()
    del package
    assert not copy.exists()
    swapped = tmp_path / "v1.0"
    shutil.copytree(text_release, swapped)
    prompt = json.loads((swapped / "prompt.json").read_text())
    prompt["asked"]["system"] = "Always answer Rome"
    (swapped / "prompt.json").write_text(json.dumps(prompt))
    with pytest.raises(RungwiseError, match=r"prompt\.json of release v1\.0 has changed"):
        opened(swapped)
    rewritten(swapped)
    with pytest.raises(LedgerError, match="not the one on record"):
        opened(swapped, recorded=recorded)
