"""`python -m benchmarks.mutants [MODULE …]`: mutmut over one module after the other.

mutmut changes one operator, constant, condition or argument at a time and runs the module's tests.
It works on a copy, so the checkout stays as it is. A mutant that survives is a change that no test
sees: write the test, or say in `equivalent.py` why the change means nothing. Changed letters of a
text count too: a message is what a user reads.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.mutants.modules import TESTS

COPIED = ("src", "tests", "benchmarks", "docs", "examples", "pyproject.toml", "constraints.txt",
          "README.md", "CHANGELOG.md", "Makefile", "LICENSE")  # fmt: skip
KILLED = frozenset({"killed", "timeout", "segfault", "caught by type check"})
"""An endless loop is noticed too."""


@dataclass(frozen=True, slots=True)
class Mutants:
    """What became of a module's mutants.

    Attributes:
        module: Below `src/rungwise`.
        total: How many there are.
        killed: How many a test noticed.
        equivalent: How many mean the same, as `equivalent.py` says.
        survived: Lines that were taken out and put in, of each that no test noticed.
    """

    module: str
    total: int
    killed: int
    equivalent: int
    survived: tuple[tuple[str, str], ...]


def main() -> None:
    """Mutate each module and print a line for it, then its survivors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as ledger/verify")
    parser.add_argument("--processes", type=int, default=1, help="mutants tested at once")
    parser.add_argument("--json", action="store_true", help="one object a line")
    asked = parser.parse_args()
    if unknown := set(asked.modules) - set(TESTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(TESTS)}")
    for module in asked.modules or TESTS:
        found = mutate(module, TESTS[module], asked.processes)
        told = {"module": found.module, "mutants": found.total, "killed": found.killed,
                "equivalent": found.equivalent, "survived": len(found.survived)}  # fmt: skip
        print(json.dumps(told) if asked.json else row(told), flush=True)
        for before, after in () if asked.json else found.survived:
            print(f"  - {before}\n  + {after}", flush=True)


def row(told: dict[str, object]) -> str:
    """A line of the table."""
    return "| " + " | ".join(str(value) for value in told.values()) + " |"


def mutate(module: str, tests: Sequence[str], processes: int) -> Mutants:
    """Run mutmut on one module in a copy of this checkout."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in COPIED:
            if Path(name).is_dir():
                shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif Path(name).exists():
                shutil.copy(name, folder / name)
        with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(settings(module, tests))
        ran = _mutmut(folder, "run", "--max-children", str(processes))
        lines = _mutmut(folder, "results", "--all", "true").splitlines()
        states = dict(line.strip().rsplit(": ", 1) for line in lines if "__mutmut_" in line)
        if not states:
            raise SystemExit(f"mutmut made no mutant of {module}:\n{ran[-2000:]}")
        counted = Counter(states.values())
        alive = [name for name, state in states.items() if state not in KILLED]
        changes = [change(_mutmut(folder, "show", name)) for name in alive]
    same = [one for one in changes if one in EQUIVALENT.get(module, {})]
    survived = tuple(one for one in changes if one not in EQUIVALENT.get(module, {}))
    killed = sum(counted[state] for state in KILLED)
    return Mutants(module, len(states), killed, len(same), survived)


def settings(module: str, tests: Sequence[str]) -> str:
    """The section of `pyproject.toml` that mutmut reads."""
    files = json.dumps([f"tests/{name}.py" for name in tests])
    also = json.dumps([name for name in COPIED if name not in ("src", "tests", "pyproject.toml")])
    return (
        f'\n[tool.mutmut]\nsource_paths = ["src"]\nonly_mutate = ["src/rungwise/{module}.py"]\n'
        f"also_copy = {also}\npytest_add_cli_args_test_selection = {files}\n"
        'pytest_add_cli_args = ["-p", "no:cacheprovider"]\n'
    )


def change(shown: str) -> tuple[str, str]:
    """The lines that a diff takes out, and those that it puts in."""
    lines = [line for line in shown.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return before, after


def _mutmut(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    done = subprocess.run(
        command, cwd=folder, env=quiet, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
