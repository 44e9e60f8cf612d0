"""`python -m benchmarks.first_verdict`: seconds to the first number, the verdict and `status`.

The peer is TF-IDF with logistic regression by hand, in a process of its own, on the same training
and validation rows. Ours and the peer take turns; numbers are medians of wall seconds.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.first_verdict.walk import Walk, by_hand, parts, walk
from benchmarks.rows import Row, arguments, show

PEER = "TfidfVectorizer() + LogisticRegression()"
ROOT = Path(__file__).resolve().parents[2]
SEED = 20


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__)
    parser.add_argument("--rows", type=int, default=1_000, help="rows of the file")
    parser.add_argument("--repeats", type=int, default=5, help="walks, of which the median counts")
    parser.add_argument("--lines", action="store_true",
                        help="print on standard error when the median run said what")  # fmt: skip
    told = parser.parse_args()
    show(rows(told.rows, told.repeats, lines=told.lines), as_json=told.json)


def rows(count: int, repeats: int, *, lines: bool) -> Iterator[Row]:
    """Init, the first number, the verdict and `status`, each beside the three lines."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = _file(folder, count)
        walks: list[Walk] = []
        hands: list[tuple[float, float]] = []
        walk(data, folder / "warm")  # the disk's cache, and compiled modules
        train, validation = parts(folder / "warm", folder)
        by_hand(train, validation)
        for repeat in range(repeats):
            walks.append(walk(data, folder / str(repeat)))
            hands.append(by_hand(train, validation))
    median = sorted(walks, key=lambda one: one.verdict)[len(walks) // 2]
    if lines:
        for at, line in median.said:
            print(f"{at:6.2f} s  {line[:120]}", file=sys.stderr)
    seconds, accuracy = statistics.median(one for one, _ in hands), hands[0][1]
    name = f"SNIPS intents, {count:,} rows"
    for part in ("init", "first", "verdict", "status"):
        ours = statistics.median(getattr(one, part) for one in walks)
        ends = part == "verdict"
        shown = {"first": "first number", "verdict": f"verdict ({median.rung})"}.get(part, part)
        yield Row(f"{name}: {shown}", "seconds", ours, seconds, PEER,
                  median.accuracy if ends else None, accuracy if ends else None)  # fmt: skip


def _file(folder: Path, count: int) -> Path:
    shared = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    source = shared / "snips_nlu" / "train.jsonl"
    if not source.is_file():
        sys.exit(f"There is no {source}. Set RUNGWISE_SHARED_DATA.")
    taken = pl.read_ndjson(source).sample(count, seed=SEED, shuffle=True)
    path = folder / "commands.csv"
    taken.select("text", pl.col("intent").alias("label")).write_csv(path)
    return path


if __name__ == "__main__":
    main()
