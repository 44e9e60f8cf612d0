"""The page on the ledger says what is so."""

from __future__ import annotations

from tests.documentation import DOCS, run_examples

from rungwise.ledger.kinds import KINDS


def test_the_examples_run() -> None:
    assert "ledger" in run_examples(DOCS / "ledger.md")


def test_every_kind_is_explained() -> None:
    rows = [row for row in (DOCS / "ledger.md").read_text().splitlines() if row.startswith("| `")]
    assert all(any(f"`{kind}`" in row.split("|")[1] for row in rows) for kind in KINDS)
