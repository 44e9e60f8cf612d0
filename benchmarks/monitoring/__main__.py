"""`python -m benchmarks.monitoring`: does the watching cry wolf, and does it see what it should?

Each trial is a line of a file, so a killed run goes on where it was. `--table` prints the
table of what is finished.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.monitoring import tables
from benchmarks.monitoring.cells import cells
from benchmarks.monitoring.deployments import cached
from benchmarks.rows import arguments, machine


def main() -> None:
    """Run what is not finished yet, then print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--folder", type=Path, help="finished trials and embeddings",
                        default=Path(tempfile.gettempdir()) / "rungwise-monitoring")  # fmt: skip
    parser.add_argument("--trials", type=int, help="of a cell at most; default: its own number")
    parser.add_argument("--only", nargs="+", default=[], help="beginnings of the cells to run")
    parser.add_argument("--table", action="store_true", help="the table of what is kept")
    options = parser.parse_args()
    if not options.table:
        options.folder.mkdir(parents=True, exist_ok=True)
        for cell in cells(cached(options.folder), cached(options.folder, linear=True)):
            if not options.only or cell.name.startswith(tuple(options.only)):
                wanted = min(cell.trials, options.trials or cell.trials)
                _run(options.folder / f"{cell.name}.jsonl", cell.trial, wanted)
    kept = {file.stem: _lines(file) for file in sorted(options.folder.glob("*.jsonl"))}
    if options.json:
        for line in tables.lines(kept):
            print(json.dumps(line), flush=True)
        return
    print(f"{machine()}\n")
    print(tables.text(kept))


def _run(file: Path, trial: tables.Trial, wanted: int) -> None:
    """Add the trials that are still missing."""
    done = _lines(file)
    file.write_text("".join(json.dumps(line) + "\n" for line in done), encoding="utf-8")
    for number in range(len(done), wanted):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(trial(number)) + "\n")
        if number % 100 == 99:
            print(f"{file.stem}: {number + 1} of {wanted}", file=sys.stderr, flush=True)


def _lines(file: Path) -> list[dict[str, object]]:
    """Whole lines: what an interruption cut off is left out."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


if __name__ == "__main__":
    main()
