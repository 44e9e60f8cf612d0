"""Running the command line as a user does, with its wall time and highest memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HELD = 3
"""The exit code of a gate that holds."""
BY = ("--by", "Benchmark", "--role", "operations", "--reason", "Measured whatever the gates say")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended; `peak_mb` is the highest resident memory of its process, in MiB."""

    code: int
    seconds: float
    peak_mb: float
    output: str
    errors: str


def rungwise(*arguments: str, allowed: tuple[int, ...] = (0,)) -> Ended:
    """Run one command; the benchmark ends where it ends otherwise than allowed."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        started = time.perf_counter()
        with output.open("w") as out, errors.open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "rungwise", *arguments], stdout=out, stderr=err
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        ended = Ended(
            code=process.returncode,
            seconds=time.perf_counter() - started,
            peak_mb=usage.ru_maxrss / 1024,
            output=output.read_text(encoding="utf-8"),
            errors=errors.read_text(encoding="utf-8"),
        )
    if ended.code not in allowed:
        sys.exit(f"rungwise {' '.join(arguments)} ended with {ended.code}:\n{ended.errors}")
    return ended


def whatever_the_gates_say(*arguments: str) -> tuple[Ended, tuple[str, ...]]:
    """Run one command; each gate that holds is overridden, and named in the answer."""
    overridden: list[str] = []
    while True:
        options = [part for gate in overridden for part in ("--override", gate)]
        ended = rungwise(*arguments, *options, *(BY if options else ()), allowed=(0, HELD))
        if ended.code == 0:
            return ended, tuple(overridden)
        found = re.search(r"--override (\w+)", ended.errors)
        if found is None or found[1] in overridden:
            sys.exit(f"rungwise {' '.join(arguments)}: {ended.errors}")
        overridden.append(found[1])
