"""A million rows are read and divided as columns: memory stays near the size of the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, sys
from pathlib import Path
import polars as pl
import pyarrow.csv, scipy.sparse.csgraph
from rungwise.data.read import read
from rungwise.data.split import split
from rungwise.progress import Silent
from rungwise.task import parse

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

folder = Path(sys.argv[1])
number = pl.int_range(1_000_000, eager=True).alias("n")
text = pl.format('How do I activate, "today", card {}?', pl.col("n") % 990_000)
label = pl.format("intent {}", pl.col("n") % 77)
file = folder / "source.csv"
number.to_frame().select(text.alias("text"), label.alias("label")).write_csv(file)
before = peak()
goal = {"goal": "Route it", "metric": "accuracy", "target": 0.9}
task = parse({"task": goal, "data": {"source": "source.csv"}})
parts = split(read(task, folder, Silent()), task)
print(len(parts.train), len(parts.validation), len(parts.test), len(parts.quarantine))
print((peak() - before) / file.stat().st_size)
"""


def test_a_million_rows(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="needs a POSIX system to measure memory")
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    counts, growth = ran.stdout.splitlines()
    assert counts == "700000 150000 150000 0"
    # As Python objects the rows alone would take some fifteen times the file, and their words,
    # which near copies are looked for by, some ten times more.
    assert float(growth) < 20
