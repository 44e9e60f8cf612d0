"""`python -m benchmarks.verdicts`: small projects, each from `init` to its verdict.

Every finished draw is a line of a file, so a killed run goes on where it was; `--table` prints
the table of what is finished. Draws are never picked by what came out of them: a run makes whole
rounds of sets and sizes, `--draws` of them, in the order of `draws.draws`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.public_texts import SETS
from benchmarks.rows import machine
from benchmarks.verdicts.draws import SIZES, Draw, draws
from benchmarks.verdicts.rates import print_table

ROOT = Path(__file__).resolve().parents[2]
DRIVE = Path(__file__).with_name("drive.py")
POINTS = 0.03
AIMS = ("below", "at", "above")
FIRST_TARGET = 0.9
"""Of the project in which every rung is measured, to know what can be reached."""
ONE_PART = "policy.cross_validate_below=0"
"""Rungs are compared on the validation part alone."""


def main() -> None:
    """Run what is not finished yet, then print the table."""
    told = _arguments().parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    file = told.folder / "draws.jsonl"
    if not told.table:
        _run(told, file)
    print(f"{machine()}\n")
    print_table(_lines(file))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("verdicts"),
                        help="where finished draws and embeddings are kept")  # fmt: skip
    parser.add_argument("--sets", nargs="+", choices=sorted(SETS), default=list(SETS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--draws", type=int, default=2,
                        help="of each set and size; each has a project a target")  # fmt: skip
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument("--aims", nargs="+", choices=list(AIMS), default=list(AIMS),
                        help="targets: against what the best rung truly reaches")  # fmt: skip
    parser.add_argument("--without-tuning", action="store_true",
                        help="end the ladder below the rungs that change a base model")  # fmt: skip
    parser.add_argument("--settings", nargs="+", default=[], metavar="KEY=VALUE",
                        help="of every project, such as training.epochs=3")  # fmt: skip
    parser.add_argument("--earlier", type=Path, metavar="FOLDER",
                        help="a checkout of an earlier version, to compare with")  # fmt: skip
    parser.add_argument("--references", type=Path, metavar="FILE",
                        help="finished draws, of which the project that measured every rung is "
                        "taken as it is, whatever its version")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=float("inf"),
                        help="begin no draw after so many")  # fmt: skip
    parser.add_argument("--table", action="store_true", help="only print what is finished")
    return parser


def _run(told: argparse.Namespace, file: Path) -> None:
    kept = _lines(file)
    file.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    same = {"without_tuning": told.without_tuning, "settings": told.settings, "aims": told.aims,
            "versions": _versions(told)}  # fmt: skip
    done = {line["key"] for line in kept if same.items() <= line.items()}
    known = {line["key"]: line["reference"] for line in _lines(told.references or Path())
             if line["without_tuning"] == told.without_tuning}  # fmt: skip
    began = time.monotonic()
    today = _Driver(ROOT / "src", told)
    earlier = _Driver(told.earlier.resolve() / "src", told) if told.earlier else None
    try:
        for draw in draws(tuple(told.sets), tuple(told.sizes), told.draws):
            if draw.number < told.first or draw.key in done:
                continue
            if time.monotonic() - began > told.seconds:
                break
            if told.references and draw.key not in known:
                continue
            line = _decided(draw, told, today, earlier, known.get(draw.key)) | same
            with file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(line, ensure_ascii=False) + "\n")
            print(f"{draw.key}: {line['wall']:.0f} s", file=sys.stderr, flush=True)
    finally:
        for driver in filter(None, (today, earlier)):
            driver.close()


def _decided(
    draw: Draw,
    told: argparse.Namespace,
    today: _Driver,
    earlier: _Driver | None,
    reference: dict[str, Any] | None,
) -> dict[str, Any]:
    """A draw at three targets, decided by every rule; `reference` measured every rung, if known."""
    began = time.monotonic()
    place = told.folder / "projects" / draw.key
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    draw.inside.write_csv(place / "rows.csv")
    draw.outside.write_parquet(place / "outside.parquet")
    reference = reference or today.ask(place, "reference", FIRST_TARGET, (), everything=True)
    projects: list[dict[str, Any]] = []
    if "attempts" in reference:
        best = max(one["truth"] for one in reference["attempts"])
        above = min(POINTS, (1 - best) / 2)
        aims = dict(zip(AIMS, (-POINTS, 0.0, above), strict=True))
        for name, points in aims.items():
            if name not in told.aims:
                continue
            target = round(min(best + points, 0.9999), 4)
            asked: list[tuple[str, _Driver, tuple[str, ...]]] = [("today", today, ())]
            if told.without_tuning:
                asked.append(("one part", today, (ONE_PART,)))
            if earlier:
                asked.append(("earlier", earlier, ()))
            for rules, driver, settings in asked:
                if rules == "one part" and (draw.rows > 600 or name != "at"):
                    continue
                answer = driver.ask(place, f"{rules}-{name}".replace(" ", "-"), target, settings)
                projects.append({"rules": rules, "aim": name, "target": target} | answer)
    kept = any("broken" in one for one in [reference, *projects])
    if not kept:
        shutil.rmtree(place)
    return {
        "key": draw.key, "set": draw.name, "rows": draw.rows, "draw": draw.number,
        "reference": reference, "projects": projects,
        "wall": time.monotonic() - began, "load": os.getloadavg()[0],
    }  # fmt: skip


def _versions(told: argparse.Namespace) -> dict[str, str]:
    """The commits whose rules decide."""
    places = {"today": ROOT} | ({"earlier": told.earlier} if told.earlier else {})
    return {
        rules: subprocess.run(
            ["git", "-C", str(place), "rev-parse", "--short", "HEAD"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for rules, place in places.items()
    }  # fmt: skip


class _Driver:
    """A process that drives projects by the rules of one version."""

    def __init__(self, source: Path, told: argparse.Namespace) -> None:
        self.environment = os.environ | {"PYTHONPATH": str(source)}
        self.settings = list(told.settings)
        self.told = {
            "embeddings": str(told.folder / "embeddings.sqlite"),
            "without_tuning": told.without_tuning,
        }
        self.process = self._started()

    def ask(
        self,
        place: Path,
        name: str,
        target: float,
        settings: tuple[str, ...],
        *,
        everything: bool = False,
    ) -> dict[str, Any]:
        """The outcome of one project."""
        self._send(
            {
                "folder": str(place / name),
                "data": str(place / "rows.csv"),
                "outside": str(place / "outside.parquet"),
                "target": target,
                "settings": [*self.settings, *settings],
                "everything": everything,
                "compare": self.told["without_tuning"] and not everything,
            }
        )
        assert self.process.stdout is not None, "it is a pipe"
        line = self.process.stdout.readline()
        if not line:
            ended = self.process.wait()
            self.process = self._started()
            return {"broken": f"{place / name}: the process ended with {ended}; see its traceback"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None, "it is a pipe"
        self.process.stdin.close()
        self.process.wait()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(DRIVE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        assert process.stdin is not None, "it is a pipe"
        process.stdin.write(json.dumps(self.told) + "\n")
        process.stdin.flush()
        return process

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None, "it is a pipe"
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()


def _lines(file: Path) -> list[dict[str, Any]]:
    """Finished draws; what an interruption cut off is left out."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


if __name__ == "__main__":
    main()
