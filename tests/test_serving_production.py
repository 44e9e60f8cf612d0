"""A server of a project: its sample of requests, and the release that is in production."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.small_server import Client
from tests.test_serving_queue import until

from rungwise import Project
from rungwise.errors import LedgerError
from rungwise.ledger.read import entries
from rungwise.progress import Silent
from rungwise.records import to_json
from rungwise.release.build import build, digest
from rungwise.release.manifest import contents
from rungwise.release.package import Package
from rungwise.serving.limits import Limits
from rungwise.workflow.serve import serve
from rungwise.workflow.workspace import Workspace

KIM = {"by": "Kim Sato", "role": "operations", "reason": "the test confirms it"}
TEXTS = ["refund order 1841 please", "reset my password, ada@example.com", "where is the desk"]


@pytest.fixture
def task(shipped: Path, tmp_path: Path) -> Path:
    """A project with the releases v1.0 and v1.1, the same but for the version."""
    task = Path(shutil.copytree(shipped, tmp_path / "task"))
    workspace = Workspace(task, Silent())
    record = workspace.state.releases[-1]
    first = task / "releases" / "v1.0"
    manifest = Package(first).manifest
    assert manifest is not None

    def export(folder: Path) -> None:
        for name in contents(first):
            if name in manifest.files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(first / name, folder / name)

    seed = dataclasses.replace(manifest, version="v1.1", unseal=manifest.unseal + 1)
    second = build(task / "releases", seed, export, "# Again\n")
    from rungwise.release.build import about_digest

    again = dataclasses.replace(
        record, version="v1.1", folder="releases/v1.1", manifest=digest(second),
        about=about_digest(second),
    )  # fmt: skip
    workspace.record("release", to_json(again))
    return task


class Said(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


@contextlib.contextmanager
def served(task: Path, said: Said | None = None, **more: Any) -> Iterator[Client]:
    space = Workspace(task, said or Silent())
    limits = Limits(deadline=20)
    server = serve(
        space, more.pop("release", None), host="127.0.0.1", port=0, limits=limits, **more
    )
    server.service.upkeep.pause = 0.02
    thread = threading.Thread(target=server.serve_until_ended)
    thread.start()
    try:
        yield Client(server.service, server, thread)
    finally:
        server.end()
        thread.join(20)
        assert not thread.is_alive()


def alarms(task: Path) -> list[str]:
    return [alarm.raised.sentence for alarm in Workspace(task, Silent()).state.alarms]


def test_requests_are_in_the_sample_as_they_were_answered(task: Path) -> None:
    with served(task) as client:
        reply = client.post("/v1/predict", {"input": TEXTS[:2], "ids": ["a1", "a2"]})
        assert [each["id"] for each in reply.json["answers"]] == ["a1", "a2"]
        named = client.post("/v1/predict", {"input": TEXTS[2]}, {"X-Request-Id": "b1"})
        assert named.json["answers"][0]["id"] == "b1"
        options = [{"value": one} for one in reply.json["answers"][0]["probabilities"]]
        question = {"type": "choice", "instructions": "?", "choices": options}
        asked = {"model": "m", "input": TEXTS[2], "questions": [question]}
        decision = client.post("/v1/decisions", asked)
        until(lambda: client.service.sample is not None and client.service.sample.counts.kept == 4)
        metrics = client.send("GET", "/metrics").text
        assert 'rungwise_sample_requests{state="offered"} 4.0' in metrics
        assert "rungwise_sample_failures 0.0" in metrics
        embedded = client.service.versions.live.embed(TEXTS[:1])
    rows = {row["id"]: row for row in Project(task).sample().rows.iter_rows(named=True)}
    assert set(rows) == {"a1", "a2", "b1", decision.headers["x-request-id"]}
    for name, answer in zip(("a1", "a2"), reply.json["answers"], strict=True):
        assert rows[name]["answer"] == answer["label"]
        assert rows[name]["confidence"] == pytest.approx(answer["confidence"], abs=1e-6)
        assert rows[name]["probabilities"] == pytest.approx(
            list(answer["probabilities"].values()), abs=1e-6
        )
    assert rows["a2"]["text"] == "reset my password, <EMAIL>"
    assert rows["a1"]["size"] == len(TEXTS[0])  # `linear` counts code points
    assert {row["source"] for row in rows.values()} == {"serve"}
    assert {row["version"] for row in rows.values()} == {"v1.1"}
    assert embedded is not None
    assert rows["a1"]["embedding"] == pytest.approx(embedded[0].tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("ids", "says"),
    [(["a"], "1 different ids for 2"), (["a", "a"], "1 different"), (["a", " "], "is empty"),
     (["a", "b" * 201], "over 200"), ([], "0 different")],
)  # fmt: skip
def test_ids_that_tell_nothing_apart_are_refused(task: Path, ids: list[str], says: str) -> None:
    with served(task, sample=False) as client:
        reply = client.post("/v1/predict", {"input": TEXTS[:2], "ids": ids})
        assert (reply.status, reply.json["error"]["param"]) == (400, "ids")
        assert says in reply.json["error"]["message"]
        assert client.service.sample is None


def test_a_sample_that_cannot_be_written_fails_no_request_and_is_an_alarm(task: Path) -> None:
    (task / ".rungwise" / "sample").write_text("a file where the folder should be")
    said = Said()
    with served(task, said) as client:
        assert client.service.sample is not None
        client.service.sample._pause = 0.01
        statuses = set()
        for _ in range(3):
            statuses.add(client.post("/v1/predict", {"input": TEXTS}).status)
            time.sleep(0.05)
        assert statuses == {200}
        until(lambda: len(alarms(task)) == 1)
        time.sleep(0.2)  # further failures are the same alarm
        metrics = client.send("GET", "/metrics").text
    failures = next(x for x in metrics.splitlines() if x.startswith("rungwise_sample_failures"))
    assert float(failures.split()[1]) >= 1
    assert len(alarms(task)) == 1
    assert "sample of production is not complete" in alarms(task)[0]
    assert sum("df -h .rungwise" in each for each in said.said) == 1, "one notice"


def test_the_server_answers_with_what_is_in_production_and_writes_it_down(task: Path) -> None:
    project = Project(task)
    project.promote("v1.0", **KIM)
    with served(task, sample=False) as client:
        assert client.post("/v1/predict", {"input": "refund"}).json["release"] == "v1.0"
        project.promote("v1.1", **KIM)
        until(lambda: client.service.versions.live.version == "v1.1")
        reply = client.post("/v1/predict", {"input": "refund"})
        assert reply.json["release"] == reply.headers["rungwise-release"] == "v1.1"
        assert reply.json["digest"] == digest(task / "releases" / "v1.1")
        project.rollback(**KIM)
        until(lambda: client.service.versions.live.version == "v1.0")
        # What an admin changes by hand holds until somebody decides again.
        client.post("/v1/admin/release", {"release": "v1.1"})
        project.log()
        time.sleep(0.1)
        assert client.service.versions.live.version == "v1.1"
    lines = (task / ".rungwise" / "served.jsonl").read_text().splitlines()
    told = [(each["version"], each["why"]) for each in map(json.loads, lines)]
    assert told == [("v1.0", "start"), ("v1.1", "stage"), ("v1.0", "stage"), ("v1.1", "admin")]


def test_a_server_of_one_release_stays_with_it(task: Path) -> None:
    with served(task, sample=False, release="v1.0") as client:
        Project(task).promote("v1.1", **KIM)
        time.sleep(0.2)
        assert client.service.versions.live.version == "v1.0"


def torn(task: Path, version: str) -> Path:
    """Tear a file of a release; what it was."""
    path = task / "releases" / version / "labels.json"
    kept = path.with_suffix(".kept")
    shutil.copyfile(path, task / "kept.json")
    path.write_bytes(b"torn")
    return kept


def test_a_corrupt_champion_leaves_the_one_before_it_at_the_start(task: Path) -> None:
    project, said = Project(task), Said()
    project.promote("v1.0", **KIM)
    project.promote("v1.1", **KIM)
    torn(task, "v1.1")
    with served(task, said, sample=False) as client:
        assert client.post("/v1/predict", {"input": "refund"}).json["release"] == "v1.0"
        until(lambda: bool(alarms(task)))
        time.sleep(0.2)
        assert client.service.versions.live.version == "v1.0"
        # Once it is what was shipped again, it answers.
        shutil.copyfile(task / "kept.json", task / "releases" / "v1.1" / "labels.json")
        client.service.upkeep._due = 0.0
        until(lambda: client.service.versions.live.version == "v1.1")
    assert any("v1.1 cannot be served, so v1.0 answers" in each for each in said.said)
    assert len(alarms(task)) == 1
    assert "v1.1 should answer" in alarms(task)[0]


def test_a_corrupt_champion_leaves_the_old_one_live(task: Path) -> None:
    project = Project(task)
    project.promote("v1.0", **KIM)
    with served(task, sample=False) as client:
        project.promote("v1.1", **KIM)
        until(lambda: client.service.versions.live.version == "v1.1")
        project.rollback(**KIM)
        until(lambda: client.service.versions.live.version == "v1.0")
        client.service.versions.previous = None  # so that it is opened again
        project.promote("v1.1", **KIM)
        until(lambda: client.service.versions.live.version == "v1.1")
    project.rollback(**KIM)
    with served(task, sample=False) as client:
        assert client.service.versions.live.version == "v1.0"
        space = Workspace(task, Silent())
        torn(task, "v1.1")
        with pytest.raises(LedgerError):
            project.promote("v1.1", **KIM)  # nobody can promote it by the command
        decided = to_json(space.state.promotions[-1]) | {"version": "v1.1", "back": False}
        space.record("stage", decided)  # it was torn between the promotion and the server's look
        until(lambda: bool(alarms(task)))
        assert client.post("/v1/predict", {"input": "refund"}).json["release"] == "v1.0"
    assert "v1.1 should answer" in alarms(task)[0]


def test_if_no_release_can_be_opened_nothing_listens(task: Path) -> None:
    torn(task, "v1.1")
    torn(task, "v1.0")
    with pytest.raises(LedgerError), served(task):
        pass


def test_the_lock_is_free_and_nothing_heavy_is_in_the_process(task: Path) -> None:
    code = (
        "import sys, threading, time, urllib.request\n"
        "from pathlib import Path\n"
        "from rungwise.progress import Silent\n"
        "from rungwise.serving.limits import Limits\n"
        "from rungwise.workflow.serve import serve\n"
        "from rungwise.workflow.workspace import Workspace\n"
        "space = Workspace(Path(sys.argv[1]), Silent())\n"
        "server = serve(space, None, host='127.0.0.1', port=0, limits=Limits())\n"
        "server.service.sample._pause = 0.05\n"
        "thread = threading.Thread(target=server.serve_until_ended)\n"
        "thread.start()\n"
        "url = 'http://%s:%d/v1/predict' % server.address\n"
        'sent = urllib.request.Request(url, b\'{"input": "refund ada@example.com"}\', '
        "{'Content-Type': 'application/json'})\n"
        "print(urllib.request.urlopen(sent).status)\n"
        "time.sleep(0.7)\n"
        "with Workspace(Path(sys.argv[1]), Silent(), wait=0).writing('log'):\n"
        "    print('free')\n"
        "server.end()\n"
        "thread.join()\n"
        "heavy = {'torch', 'transformers', 'peft', 'sklearn', 'onnx', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(task)], check=True, stdout=subprocess.PIPE, text=True,
        env=os.environ,
    )  # fmt: skip
    assert done.stdout.split("\n")[:3] == ["200", "free", "[]"]
    assert len(Project(task).sample().rows) == 1
    assert not any(entry.kind == "alarm" for entry in entries(Workspace(task, Silent()).ledger))
