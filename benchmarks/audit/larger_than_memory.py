"""Splitting and auditing a file that is larger than the memory they use.

`python -m benchmarks.audit.larger_than_memory [--megabytes 1500] [--alike]` writes a CSV of long
texts, runs `init`, `split` and `audit` on it, each in a process of its own, and samples what that
process holds in anonymous memory (`RssAnon` of /proc/PID/status) every 20 ms. Pages of mapped files
are left out: the system drops them when memory is wanted. With `--alike` texts are made of 5,000
sentences, so that each begins as a hundred others do; else every word is drawn anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SENTENCES = 5_000
LONG, WORDS = 40, 10
"""Sentences of a row, and words of a sentence: about 2.6 kB."""
CLASSES = 20
GOAL = "Route documents to twenty desks with at least 80 percent accuracy"


def write(path: Path, megabytes: int, *, alike: bool) -> int:
    """Write rows of `id`, `text` and `label` until the file has its size; returns their number."""
    draw = np.random.default_rng(4)
    letters = np.array(list("abcdefghijklmnoprstuvw"))
    words = ["".join(draw.choice(letters, size)) for size in draw.integers(2, 10, 8_000)]
    drawn = draw.integers(0, len(words), (SENTENCES, WORDS))
    said = [" ".join(words[place] for place in sentence) for sentence in drawn]
    pool, count, between = (said, LONG, ". ") if alike else (words, LONG * WORDS, " ")
    number = size = 0
    with path.open("w", encoding="utf-8") as file:
        size += file.write("id,text,label\n")
        while size < megabytes * 1_000_000:
            for chosen in draw.integers(0, len(pool), (1_000, count)).tolist():
                text = between.join([pool[place] for place in chosen])
                size += file.write(f'd{number},"{text}, document {number}",{number % CLASSES}\n')
                number += 1
    return number


def run(arguments: list[str]) -> tuple[float, float]:
    """Seconds, and the peak of anonymous memory in MB, of one command."""
    begun, peak = time.perf_counter(), 0
    command = [sys.executable, "-m", "rungwise", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, _anonymous(process.pid))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - begun, peak / 1_000


def _anonymous(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    _, found, rest = status.partition("RssAnon:")
    return int(rest.split()[0]) if found else 0


def main() -> None:
    """Run the three commands and print what each took."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--megabytes", type=int, default=1_500)
    asked.add_argument("--alike", action="store_true")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--folder", type=Path, help="Where the file goes.")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        data, task = Path(place) / "long.csv", str(Path(place) / "task")
        rows = write(data, given.megabytes, alike=given.alike)
        size = data.stat().st_size / 1_000_000
        commands = {
            "init": ["init", task, "--data", str(data), "--id", "id", "--goal", GOAL],
            "split": ["split", "-C", task],
            "audit": ["audit", "-C", task, "--depth", "fast"],
            "status": ["status", "-C", task],
        }
        for name, arguments in commands.items():
            seconds, peak = run(arguments)
            told = {"workload": f"{name}, {rows:,} rows, {size:,.0f} MB", "seconds": seconds}
            told |= {"anonymous_mb": peak, "of_the_file": peak / size}
            line = f"{told['workload']:36} {seconds:7.1f} s {peak:7,.0f} MB {peak / size:6.2f}"
            print(json.dumps(told) if given.json else line, flush=True)


if __name__ == "__main__":
    main()
