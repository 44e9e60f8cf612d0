"""`python -m benchmarks.baselines`: what the cheap rungs reach on the same rows, and how fast.

The peer of every line is `TfidfVectorizer() + LogisticRegression()` by hand. Both learn from the
train part; our rungs choose by validation; all are measured on the test part. Time is that of the
processor, because a machine that others use as well makes the clock useless.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from benchmarks.baselines import contestants, workloads
from benchmarks.baselines.workloads import Workload
from benchmarks.rows import Row, arguments, show

PEER = "TfidfVectorizer() + LogisticRegression()"
DEMO = "demo"


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--workload", action="append", choices=[*workloads.SETS, DEMO],
                        help="only this one; default: every public data set")  # fmt: skip
    parser.add_argument("--demo", type=Path, default=Path("demo/tickets"),
                        help="a demo walked to its end, for `--workload demo`")  # fmt: skip
    parser.add_argument("--rung", action="append", choices=[*contestants.CHEAP], default=[],
                        help="only these of the cheap rungs")  # fmt: skip
    parser.add_argument("--rows", type=int, help="training rows at most, for every contestant")
    parser.add_argument("--tuned", type=float, default=600, metavar="SECONDS",
                        help="begin no tuning after so many seconds; 0 leaves it out")  # fmt: skip
    told = parser.parse_args()
    names = told.workload or [*workloads.SETS]
    show(
        (row for name in names for row in rows(name, told)),
        as_json=told.json,
    )


def rows(name: str, told: Namespace) -> Iterator[Row]:
    """Every contestant on one workload, the cheapest first."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workload = (
            workloads.finished(told.demo)
            if name == DEMO
            else workloads.public(name, folder, told.rows)
        )
        peer = contestants.by_hand(workload)
        about = contestants.context(workload, folder)
        for result in contestants.cheap(workload, about, told.rung):
            yield _row(workload, result, peer)
        if told.tuned > 0:
            yield _row(workload, contestants.tuned(workload, about, told.tuned), peer)
        if workload.release is not None:
            goal = workload.release
            interval = f"[{goal.low:.4f}, {goal.high:.4f}]"
            name = f"{workload.name}: release {interval}"
            yield Row(name, "accuracy", goal.value, peer.accuracy, PEER, goal.value, peer.accuracy)


def _row(workload: Workload, result: contestants.Result, peer: contestants.Result) -> Row:
    sizes = f"{len(workload.train):,} train, {len(workload.test):,} test"
    return Row(
        f"{workload.name} ({sizes}): {result.name}", "CPU seconds", result.seconds, peer.seconds,
        PEER, result.accuracy, peer.accuracy,
    )  # fmt: skip


if __name__ == "__main__":
    main()
