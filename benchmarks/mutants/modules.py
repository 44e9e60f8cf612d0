"""Which modules are mutated, and the test files that have to notice."""

from __future__ import annotations

LEDGER = ("test_ledger_verify", "test_ledger_append", "test_ledger_store", "test_ledger_records")
TESTS: dict[str, tuple[str, ...]] = {
    "ledger/verify": LEDGER,
    "ledger/entry": LEDGER,
    "ledger/head": LEDGER,
    "ledger/append": LEDGER,
    "data/division": ("test_split", "test_time_division"),
    "evaluation/mcnemar": ("test_paired",),
    "evaluation/proportions": ("test_intervals", "test_confirmation", "test_selection"),
    "evaluation/bootstrap_intervals": ("test_intervals", "test_paired"),
    "evaluation/standing": ("test_selection", "test_gate_order", "test_gate_texts"),
    "gates/learning_rates": ("test_every_gate", "test_gate_order"),
    "gates/test_once": ("test_every_gate", "test_gate_order"),
}
"""Module below `src/rungwise` → test files below `tests`."""
