"""A gate's reason is a paragraph: it is printed once, however many rungs it stops."""

from __future__ import annotations

import pytest

from rungwise.cli import output
from rungwise.workflow.plan import Planned


def test_a_plan_gives_a_reason_once(capsys: pytest.CaptureFixture[str]) -> None:
    gate, other = "Gate tuning_earned: Not earned.", "Gate full_tuning_justified: Say why."
    rungs = (("lora", gate), ("prefix", gate), ("full", other))
    output.plan([Planned(rung, 3, 60.0, None, why) for rung, why in rungs])
    said = capsys.readouterr().out
    assert said.count("Not earned.") == 1 and said.count("Say why.") == 1
    assert "not now: as for lora" in said
