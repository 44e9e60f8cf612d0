"""`python -m benchmarks.coverage`: does the interval from 5 folds hold the refit model's score?

Small projects are drawn from public texts, measured by cross-validation, fitted once more on all
their rows, and scored on the rows outside. Finished draws are kept: a second start resumes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from benchmarks.coverage import draws, learners, pools, tables
from benchmarks.coverage.nested import draw as draw_nested
from benchmarks.coverage.rung import draw as draw_rung
from benchmarks.rows import arguments, machine

ROWS = {130: 400, 400: 400, 1000: 200, 2500: 100}
"""Rows of a project (train and validation) → draws."""
OUTSIDE = 2
"""Rows outside for each row of a project at least; else the truth is too noisy."""
KINDS: dict[str, tuple[Callable[..., list[dict[str, Any]]], int]] = {
    "plain": (draws.draw, 400),
    "loss": (draws.draw_by_loss, 400),
    "rung": (draw_rung, 400),
    "nested": (draw_nested, 200),
}
"""What is simulated → how a draw is made, and draws of a cell at most."""


def main() -> None:
    """Run the simulation as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--set", action="append", choices=[*pools.READERS], default=[],
                        help="only this one; default: every public data set")  # fmt: skip
    parser.add_argument("--rows", type=int, action="append", choices=[*ROWS], default=[])
    parser.add_argument("--draws", type=int, help="draws of a cell at most")
    parser.add_argument("--only-tables", action="store_true", help="tables of what is kept")
    parser.add_argument("--kind", action="append", choices=[*KINDS], default=[],
                        help="only this simulation; default: every one")  # fmt: skip
    parser.add_argument("--folder", type=Path, help="finished draws and embeddings",
                        default=Path(tempfile.gettempdir()) / "rungwise-coverage")  # fmt: skip
    told = parser.parse_args()
    names, sizes = told.set or [*pools.READERS], told.rows or [*ROWS]
    if not told.only_tables:
        for name in names:
            pool = pools.read(name, told.folder)
            for rows in sizes:
                wanted = min(ROWS[rows], told.draws or ROWS[rows])
                simulate(pool, rows, wanted, told.folder, set(told.kind) or {*KINDS})
    lines = list(finished(told.folder))
    if told.json:
        for line in tables.cells(lines):
            print(json.dumps(line), flush=True)
        return
    print(f"{machine()}\n")
    print(tables.text(lines))


def simulate(
    pool: pools.Pool, rows: int, wanted: int, folder: Path, kinds: Collection[str]
) -> None:
    """Add the draws of a cell that are still missing to its file."""
    part = pool.common(pools.CLASSES.get(pool.name, {}).get(rows, len(pool.classes)))
    if len(part.labels) < (1 + OUTSIDE) * rows:
        return
    features = learners.features(part)
    for kind, (draw, most) in KINDS.items():
        if kind not in kinds:
            continue
        count = min(wanted, most)
        file = folder / f"{kind}-{pool.name.replace(' ', '-')}-{rows}.jsonl"
        kept = _lines(file)
        file.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        done = {json.loads(line)[0]["draw"] for line in kept}
        for number in range(count):
            if number in done:
                continue
            line = json.dumps(draw(part, features, rows, number))
            with file.open("a", encoding="utf-8") as opened:
                opened.write(line + "\n")
            if number % 50 == 49:
                print(f"{pool.name}, {rows} rows, {kind}: {number + 1} of {count}", file=sys.stderr)


def finished(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of every finished draw."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in _lines(file):
            yield from json.loads(line)


def _lines(file: Path) -> list[str]:
    """Whole lines: what an interruption cut off is left out."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return text.split("\n")[:-1]


if __name__ == "__main__":
    main()
