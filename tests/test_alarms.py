"""Alarms are for people: one notice an alarm, taken on, silenced and closed by name (R77)."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.errors import InputError, TaskError
from rungwise.workflow import notices
from rungwise.workflow.alarms import Example, Raised, raise_alarm, send_due
from rungwise.workflow.monitoring_plan import require_plan

DAY = date(2026, 12, 7)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alarms")
    data = write(folder / "requests.csv", rows()[:60])
    Project.init(folder / "task", data=data, goal=GOAL)
    return folder / "task"


@pytest.fixture
def task(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "task"))


def planned(folder: Path, **plan: Any) -> None:
    """Set keys of `monitoring:`."""
    path = folder / "rungwise.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["monitoring"] |= plan
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def fall(folder: Path, subject: str = "1", day: date = DAY, **given: Any) -> Raised:
    """The same alarm, as every check of a programme raises it."""
    space = Project(folder)._workspace
    return raise_alarm(
        space, "spot checks", "Evidence 31 of 20.", subject=subject, day=day, **given
    )


@contextmanager
def server(
    status: int, headers: dict[str, str] | None = None, wait: float = 0
) -> Iterator[tuple[str, list[Any]]]:
    """A webhook that answers with a status; what it got is in the list."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(wait)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/hook", got
    finally:
        running.shutdown()
        running.server_close()


def test_one_notice_an_alarm_and_not_one_a_run(task: Path) -> None:
    planned(task, owner="Kim Sato", notices={"file": "notices.jsonl"})
    examples = [Example("r7", "where is\nmy\x1b[31m card", "delivery"),
                Example("r9", "a", "refund"), Example("r8", "b", "delivery")]  # fmt: skip
    first = fall(task, version="v1.0", first="rungwise monitor draw", examples=examples)
    assert first.notice is not None
    assert "for Kim Sato: Evidence 31 of 20." in first.notice.text
    assert "r7, answered 'delivery': where is my [31m card" in first.notice.text
    assert "Nearest classes: delivery (2 rows), refund (1 row)." in first.notice.text
    assert "First: `rungwise monitor draw`" in first.notice.text
    assert [fall(task).notice for _ in range(3)] == [None] * 3
    lines = (task / "notices.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["alarm"] for line in lines] == ["a1"]
    assert fall(task, "2").alarm.id == "a2"  # the next programme's
    assert Project(task).verify().entries


def test_a_nobody_is_said_and_owners_operations_is_somebody(
    task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rungwise.progress import Lines

    space = Project(task, progress=Lines())._workspace
    raise_alarm(space, "spot checks", "Evidence 31 of 20.", day=DAY)
    assert "Nobody is named who is told of alarms" in capsys.readouterr().err
    require_plan(space, "Ola")  # who confirmed how it is watched is told, unless others are named
    assert fall(task, "3").alarm.raised.owner == "Ola"
    path = task / "rungwise.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(content | {"owners": {"operations": "Ada"}}), encoding="utf-8")
    assert fall(task, "2").alarm.raised.owner == "Ada"


def test_it_is_taken_on_silenced_until_a_date_and_closed(task: Path) -> None:
    fall(task)
    project, week = Project(task), timedelta(days=7)
    assert project.silence_alarm("a1", until=DAY + 2 * week, by="Kim", reason="holidays", day=DAY)
    later = fall(task, "2", DAY + week)  # of its kind, while it is silenced
    assert later.notice is None
    standing = {one.id: how for one, how in Project(task).alarms(DAY + week)}
    assert standing == {"a1": "silenced", "a2": "silenced"}
    project = Project(task)
    due = send_due(project._workspace, DAY + 2 * week)
    assert [one.notice is not None for one in due] == [True, True]
    assert all(one.notice is None for one in send_due(project._workspace, DAY + 2 * week))
    project.acknowledge_alarm("a2", by="Kim")
    project.close_alarm("a1", by="Kim", reason="the gateway sent test rows")
    assert [how for _, how in project.alarms(DAY + 2 * week)] == ["closed", "acknowledged"]
    assert fall(task, day=DAY + 3 * week).notice is None  # closed for good
    with pytest.raises(InputError, match="was closed by Kim: the gateway sent test rows"):
        project.acknowledge_alarm("a1", by="Ada")
    with pytest.raises(InputError, match=r"There is no alarm 'a9'\. Not closed are a2"):
        project.close_alarm("a9", by="Ada", reason="?")
    with pytest.raises(InputError, match="cannot be silenced until 2026-12-07"):
        project.silence_alarm("a2", until=DAY, by="Kim", reason="holidays", day=DAY)
    with pytest.raises(TaskError, match=r"lacks --by NAME and --reason"):
        project.close_alarm("a2", by="NAME", reason=" ")


def test_a_webhook_gets_the_notice_once(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_PART", "s3cret")
    with server(204) as (url, got):
        planned(task, owner="Kim", notices={"webhook": url + "/${HOOK_PART}"})
        assert not fall(task).failed
        assert fall(task).notice is None
    assert [one["alarm"] for one in got] == ["a1"]
    assert "Evidence 31 of 20." in got[0]["text"]
    assert "s3cret" not in json.dumps([entry.payload for entry in Project(task).log()])


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [(500, {}, "answers 500"), (404, {}, "answers 404"),
     (302, {"Location": "http://127.0.0.1:9/elsewhere"}, "answers 302, a redirect")],
)  # fmt: skip
def test_a_server_that_refuses_is_said_and_tried_again(
    task: Path, status: int, headers: dict[str, str], said: str
) -> None:
    with server(status, headers) as (url, got):
        planned(task, notices={"webhook": url})
        first = fall(task)
        assert said in first.failed["webhook"]
        assert "/hook" not in first.failed["webhook"]
        assert first.notice is not None
        again = fall(task)
        assert again.notice is None and again.failed  # printed once, posted again
        space = Project(task)._workspace
        assert not send_due(space, DAY, tried={"a1"})
    assert len(got) == 2
    with server(200) as (url, got):
        planned(task, notices={"webhook": url})
        assert not fall(task).failed and not fall(task).failed
    assert len(got) == 1


def test_a_server_that_is_down_slow_or_unnamed_stops_nothing(
    task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "SECONDS", 0.2)
    with server(200, wait=0.5) as (url, _):
        planned(task, notices={"webhook": url})
        assert "did not answer within" in fall(task).failed["webhook"]
    assert "cannot be reached" in fall(task).failed["webhook"]  # it is down now
    planned(task, notices={"webhook": "${NOT_SET_HERE}", "file": "none/notices.txt"})
    failed = fall(task).failed
    assert "needs NOT_SET_HERE" in failed["webhook"]
    assert "notices.txt of `monitoring.notices` cannot be written" in failed["file"]
    monkeypatch.setenv("NOT_SET_HERE", "ftp://somewhere:x/y?token=s3cret")
    assert fall(task).failed["webhook"] == "The webhook in NOT_SET_HERE is no URL of http or https"
    assert len(Project(task).log("alarm")) == 2  # raised, and shown on the screen


@pytest.mark.parametrize(
    "url",
    ["https://kim:pa55word@hooks.example.com/x", "https://hooks.example.com/x?token=pa55word",
     "https://hooks.example.com/services/T0AB12CD3EF45GH6/pa55word", "hooks.example.com/pa55word",
     "https://hooks.example.com:port/pa55word", "file:///etc/pa55word"],
)  # fmt: skip
def test_a_secret_in_the_file_is_refused_unseen(task: Path, url: str) -> None:
    planned(task, notices={"webhook": url})
    with pytest.raises(TaskError, match=r"monitoring\.notices\.webhook") as found:
        fall(task)
    assert "pa55word" not in str(found.value)


def test_where_notices_go_is_no_part_of_what_operations_confirmed(task: Path) -> None:
    from rungwise.workflow.monitoring_plan import confirmed, require_plan

    require_plan(Project(task)._workspace, "Kim Sato")
    planned(task, notices={"file": "notices.txt"})
    assert confirmed(Project(task)._workspace) is not None
    planned(task, drop=0.2)
    assert confirmed(Project(task)._workspace) is None
