"""`make mutants` names modules and tests that exist, and reads what mutmut shows."""

from __future__ import annotations

import tomllib

import pytest
from benchmarks.mutants.__main__ import change, settings
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.mutants.modules import TESTS
from tests.documentation import ROOT

SHOWN = """# rungwise.ledger.verify.x_verify__mutmut_22: survived
--- src/rungwise/ledger/verify.py
+++ src/rungwise/ledger/verify.py
@@ -25,7 +25,7 @@
             raise gone(seen, len(hashes))
-    newest = hashes[-1] if hashes else GENESIS
-        # of none
+    newest = hashes[-2] if hashes else GENESIS
     if not stores:
"""


@pytest.mark.parametrize("module", TESTS)
def test_modules_and_their_tests_exist(module: str) -> None:
    assert (ROOT / "src" / "rungwise" / f"{module}.py").is_file()
    assert [name for name in TESTS[module] if not (ROOT / "tests" / f"{name}.py").is_file()] == []


@pytest.mark.parametrize("module", EQUIVALENT)
def test_what_is_called_equivalent_still_stands_in_the_module(module: str) -> None:
    assert module in TESTS
    lines = {line.strip() for line in (ROOT / f"src/rungwise/{module}.py").read_text().splitlines()}
    for (before, after), why in EQUIVALENT[module].items():
        assert before in lines and before != after and why


def test_a_change_is_what_went_out_and_what_came_in() -> None:
    assert change(SHOWN) == (
        "newest = hashes[-1] if hashes else GENESIS # of none",
        "newest = hashes[-2] if hashes else GENESIS",
    )


def test_one_module_is_mutated_and_its_tests_are_run() -> None:
    told = tomllib.loads(settings("ledger/verify", ("test_a", "test_b")))["tool"]["mutmut"]
    assert told["only_mutate"] == ["src/rungwise/ledger/verify.py"]
    assert told["pytest_add_cli_args_test_selection"] == ["tests/test_a.py", "tests/test_b.py"]
    assert "docs" in told["also_copy"] and "src" not in told["also_copy"]
