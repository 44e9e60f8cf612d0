"""The page on releases says what is so."""

from __future__ import annotations

from tests.documentation import DOCS, run_examples


def test_the_examples_run() -> None:
    assert "predictor" in run_examples(DOCS / "release.md")
