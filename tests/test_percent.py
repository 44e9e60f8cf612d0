"""Shares are written alike everywhere: `28.3 %`, and `75 % [61, 85]` with an interval."""

from __future__ import annotations

import re

import pytest
from tests.documentation import ROOT

from rungwise.percent import estimate, percent

FORMATTED = re.compile(r"\{[^{}]*:[+,]*\.\d%\}")
"""Python's own percentages, such as `28.3%`."""


@pytest.mark.parametrize(
    ("share", "digits", "signed", "shown"),
    [
        (0.283, 1, False, "28.3 %"),
        (1.0, 0, False, "100 %"),
        (0.0, 1, False, "0.0 %"),
        (0.35, 1, True, "+35.0 %"),
        (-0.05, 0, True, "-5 %"),
    ],
)
def test_a_share(share: float, digits: int, signed: bool, shown: str) -> None:
    assert percent(share, digits, signed=signed) == shown


def test_an_interval_has_the_unit_once() -> None:
    assert estimate(0.75, 0.61, 0.85) == "75 % [61, 85]"
    assert estimate(-0.02, -0.05, 0.01, 1, signed=True) == "-2.0 % [-5.0, +1.0]"


def test_no_message_formats_a_percentage_of_its_own() -> None:
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.html")]
    assert len(sources) > 300
    own = [path.name for path in sources if FORMATTED.search(path.read_text("utf-8"))]
    assert own == []
