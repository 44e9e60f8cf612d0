"""Mutants that no test can notice, and why: module → (line before, line after) → reason."""

from __future__ import annotations

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "ledger/verify": {
        ("if sequence < expected:", "if sequence <= expected:"):
            "an entry in its place is not asked about",
    },
}  # fmt: skip
