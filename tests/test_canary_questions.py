"""An endpoint is asked the same questions every week: its vendor may change the model."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.scripted_server import Asked, Says, completion, scripted
from tests.test_release_texts import passed, project_of

from rungwise import Project
from rungwise.workflow import monitor_check, programmes, spot_checks
from rungwise.workflow.programmes import today


def test_a_changed_model_behind_an_endpoint_raises_an_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted() as server:
        server.script = lambda asked: Says(completion(f"re: {asked.last}"))
        project = project_of(tmp_path, server.name)
        passed(project, "climb", rungs=["few_shot"])
        passed(project, "test")
        passed(project, "ship", confirm_monitoring="Ada")

        def check(weeks: int) -> monitor_check.Report:
            day: date = begin + timedelta(weeks=weeks)
            for module in (monitor_check, programmes, spot_checks):
                monkeypatch.setattr(module, "today", lambda: day)
            return Project(project.folder).check_production()

        def asked() -> int:
            return sum(one.route.endswith("/chat/completions") for one in server.asked)

        begin, before = today(), asked()
        first = check(0)
        questions = (asked() - before) // 3  # three times at the beginning
        assert 5 <= questions <= 26  # one more looks for the model
        assert first.programme.shares["canary questions"] == pytest.approx(0.5 * 0.25 / 0.4)
        assert first.checked.evidence.get("canary questions", 1.0) <= 1
        before = asked()
        assert check(0).checked.evidence == first.checked.evidence
        assert asked() == before  # once a week
        same = check(1)
        assert asked() == before + questions
        assert not same.checked.alarm
        server.script = lambda asked: Says(None)  # a server that is away is no other model
        away = check(2)
        assert not away.checked.alarm
        assert any("canary questions" in line for line in away.said)
        server.script = lambda asked: Says(completion(_other(asked)))
        changed = check(3)
        assert changed.checked.detector == "canary questions"
        assert changed.checked.alarm


def _other(asked: Asked) -> str:
    return f"As a new model I say: {asked.last}"
