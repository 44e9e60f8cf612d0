"""Before the data is split every verb answers, or says what comes first."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.small_task import GOAL, write

from rungwise import Project
from rungwise.errors import GateHolds, RungwiseError, TaskError

PERSON = {"by": "Ada", "role": "business", "reason": "a pilot with three users"}
GIVEN = {
    "attempt": "a1b2", "code": "near_copies", "findings": (), "first": "majority", "row": "12",
    "second": "frozen", "metric": "accuracy", "until": date(2031, 1, 1), **PERSON,
}  # fmt: skip
"""What a verb that asks for something is given."""
OTHERS = {"init", "watch", "watch_production", "run", "split", "report", "override", "go", "trust",
          "alone", "writing", "measuring"}  # fmt: skip
"""They make a project, split it, or are asked below."""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("begun")
    yield Project.init(folder / "my task", data=write(folder / "requests.csv"), goal=GOAL)


VERBS = sorted(
    name
    for name, verb in inspect.getmembers(Project, inspect.isfunction)
    if not name.startswith("_") and name not in OTHERS
)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_answers_or_says_what_comes_first(
    begun: Project, verb: str, tmp_path: Path
) -> None:
    function = getattr(begun, verb)
    asked = [
        one for one in inspect.signature(function).parameters.values() if one.default is one.empty
    ]
    given = [(one, GIVEN.get(one.name, tmp_path / "absent.csv")) for one in asked]
    places = [value for one, value in given if one.kind is one.POSITIONAL_OR_KEYWORD]
    names = {one.name: value for one, value in given if one.kind is one.KEYWORD_ONLY}
    try:
        function(*places, **names)
    except RungwiseError as said:
        assert said.next_step, f"{verb}: {said.fact}"


def test_set_aside_rows_are_those_of_a_split(begun: Project) -> None:
    with pytest.raises(TaskError, match=r"Nothing is split yet\. Run `rungwise split` first\."):
        begun.quarantined()


@pytest.mark.parametrize("verb", ["audit", "curate", "climb", "test", "ship"])
def test_no_override_is_advised_that_would_be_refused(begun: Project, verb: str) -> None:
    with pytest.raises(GateHolds) as held:
        getattr(begun, verb)()
    assert "--override" not in str(held.value)
    found = re.match(r"Gate (\w+) ", str(held.value))
    assert found is not None
    with pytest.raises(TaskError, match=r"Nothing is split yet.* Run `rungwise split` first"):
        begun.override(found[1], **PERSON)
    assert begun.log("override") == []
