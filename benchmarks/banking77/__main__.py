"""`python -m benchmarks.banking77`: from `run` to `test`, with a target that frozen features
reach and with one that they do not.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import banking
from benchmarks.banking77.commands import HELD, rungwise, whatever_the_gates_say
from benchmarks.rows import Row, arguments, show


@dataclass(frozen=True, slots=True)
class Aim:
    """A target, and what the way there may take."""

    target: float
    seconds: float
    accuracy: float
    peak_mb: float = 4096


AIMS = (Aim(0.90, seconds=180, accuracy=0.92), Aim(0.94, seconds=1200, accuracy=0.932))


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--target", type=float, action="append", help="only this target")
    told = parser.parse_args()
    wanted = [aim for aim in AIMS if not told.target or aim.target in told.target]
    show((row for aim in wanted for row in rows(aim)), as_json=told.json)


def rows(aim: Aim) -> Iterator[Row]:
    """The whole way once, and `run` once more."""
    with tempfile.TemporaryDirectory() as folder:
        task = str(Path(folder) / "banking")
        _init(task, aim.target)
        first = rungwise("run", "-C", task, allowed=(0, HELD))
        climbed = _status(task)
        test, overridden = whatever_the_gates_say("test", "-C", task, "--json")
        accuracy = json.loads(test.output)["value"]
        again = rungwise("run", "-C", task, allowed=(0, HELD))
        assert len(_status(task)["attempts"]) == len(climbed["attempts"]), "an attempt was repeated"
    selected = next(a for a in climbed["attempts"] if a["id"] == climbed["selected"])
    held = f", over {', '.join(overridden)}" if overridden else ""
    where = f"BANKING77 to {aim.target:.2f} (ends at {selected['rung']}{held})"
    yield Row(
        f"{where}: run to test", "seconds", first.seconds + test.seconds, aim.seconds, "budget",
        accuracy, aim.accuracy,
    )  # fmt: skip
    yield Row(f"{where}: highest memory", "MiB", max(first.peak_mb, test.peak_mb), aim.peak_mb,
              "budget")  # fmt: skip
    yield Row(f"{where}: second run, {len(climbed['attempts'])} attempts on record", "seconds",
              again.seconds, first.seconds, "first run")  # fmt: skip


def _init(task: str, target: float) -> None:
    data = banking.folder()
    rungwise(
        "init", task,
        "--data", str(data / "train.csv"), "--test", str(data / "test.csv"),
        "--input", "text", "--label", "label",
        "--goal", "Classify online-banking questions into 77 intents",
        "--metric", "accuracy", "--min", str(target),
    )  # fmt: skip


def _status(task: str) -> dict[str, Any]:
    view: dict[str, Any] = json.loads(rungwise("status", "-C", task, "--json").output)
    return view


if __name__ == "__main__":
    main()
