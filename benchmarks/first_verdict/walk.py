"""One walk: `init`, `run` and `status` in processes of their own, each line with its time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rungwise import Project
from rungwise.workflow.workspace import Workspace

GOAL = "Detect the intent of voice commands with at least 80 percent accuracy"
BY_HAND = Path(__file__).with_name("by_hand.py")


@dataclass(frozen=True, slots=True)
class Walk:
    """Wall seconds, each from the start of its process.

    Attributes:
        init: Until `init` has ended.
        first: Until `run` printed the first number.
        verdict: Until `run` ended.
        status: Until `status` ended.
        said: What `run` printed on standard error, with the seconds since its start.
        accuracy: Of the selected attempt on validation.
        rung: Its rung.
    """

    init: float
    first: float
    verdict: float
    status: float
    said: tuple[tuple[float, str], ...]
    accuracy: float
    rung: str


def walk(data: Path, folder: Path) -> Walk:
    """Take the way of a first day on a file with the columns `text` and `label`."""
    init, _, _ = _timed("init", str(folder), "--goal", GOAL, "--data", str(data))
    verdict, said, _ = _timed("run", "-C", str(folder))
    status, _, printed = _timed("status", "-C", str(folder), "--json")
    state = json.loads(printed)
    selected = next(one for one in state["attempts"] if one["id"] == state["selected"])
    first = next(at for at, line in said if line.lstrip().startswith("majority: "))
    return Walk(init, first, verdict, status, said, selected["value"], selected["rung"])


def by_hand(train: Path, validation: Path) -> tuple[float, float]:
    """Seconds of the three lines in a process of their own, and their accuracy."""
    began = time.perf_counter()
    told = subprocess.run(
        [sys.executable, str(BY_HAND), str(train), str(validation)],
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, float(told.stdout)


def parts(project: Path, folder: Path) -> tuple[Path, Path]:
    """Train and validation of a finished walk as CSV, so that the three lines see the same rows."""
    workspace = Workspace(project, Project(project)._workspace.progress)
    written = []
    for name in ("train", "validation"):
        rows = workspace.part(name)
        path = folder / f"{name}.csv"
        rows.select(pl.col("input").alias("text"), pl.col("expected").alias("label")).write_csv(
            path
        )
        written.append(path)
    return written[0], written[1]


def _timed(*verb: str) -> tuple[float, tuple[tuple[float, str], ...], str]:
    """Seconds of a command, its lines on standard error with their times, and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "rungwise", *verb],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None and process.stdout is not None, "both are pipes"
    said = tuple((time.perf_counter() - began, line.rstrip()) for line in process.stderr)
    printed = process.stdout.read()
    if process.wait() != 0:
        sys.exit("\n".join(line for _, line in said))
    return time.perf_counter() - began, said, printed
