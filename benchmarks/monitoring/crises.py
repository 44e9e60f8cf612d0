"""`python -m benchmarks.monitoring.crises`: tweets of one crisis, then of another, as a user does.

A release is made of tweets of one crisis by the product's own verbs, four weeks of tweets of
another are answered by it and fill the sample, people label 100 a week, and `monitor check` says
what it says. The labels of the data tell what is true. Rows are divided as in the data's own table:
a release learns from the even rows of its crisis, requests are odd rows. What is finished is kept:
a second start resumes.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.rows import arguments, machine, table
from rungwise import Project
from rungwise.release.opened import opened
from rungwise.sample import Requests
from rungwise.workflow.programmes import in_production, today
from rungwise.workflow.refresh_trigger import due
from rungwise.workflow.sampled import sampler

FILES = {
    "Sandy": "2012_Sandy_Hurricane.csv",
    "Queensland": "2013_Queensland_Floods.csv",
    "Alberta": "2013_Alberta_Floods.csv",
}
PAIRS = (
    ("Sandy", "Sandy"), ("Sandy", "Queensland"), ("Sandy", "Alberta"),
    ("Alberta", "Alberta"), ("Alberta", "Queensland"),
)  # fmt: skip
WEEKS, WEEKLY = 4, 400
GOAL = "Tell tweets about the crisis from others with at least 75 percent accuracy"


def tweets(folder: Path, crisis: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Even rows to learn from, and odd rows in random order."""
    rows = pl.read_csv(folder / FILES[crisis]).select("text", "label")
    odd = rows.gather_every(2, 1)
    order = np.random.default_rng(15).permutation(len(odd))
    return rows.gather_every(2), odd[order.tolist()]


def released(folder: Path, rows: pl.DataFrame) -> Project:
    """A release of the rung `linear`, or what is there from an earlier run."""
    if (folder / "releases" / "v1.0").is_dir():
        return Project(folder)
    if folder.exists():
        shutil.rmtree(folder)
    project = Project.init(folder, data=rows, goal=GOAL)
    project.split()
    project.audit()
    project.climb(rungs=("majority", "linear"))
    result = project.test()
    low = result.goal.low
    assert low is not None
    if project.direction().move == "go or no-go":
        project.go(by="Ada", role="owner", reason="a benchmark", down_to=f"{100 * low:.1f}")
    project.ship(confirm_monitoring="Ola")
    return project


def watched(project: Project, rows: pl.DataFrame, spot_checks: bool) -> Iterator[dict[str, Any]]:
    """What the check says at the end of each week."""
    space = project._workspace
    _, since = in_production(space, today())
    tested = space.state.tests[-1].goal.value
    served = opened(project.folder / "releases" / "v1.0")
    for week in range(1, WEEKS + 1):
        part = rows.slice((week - 1) * WEEKLY, WEEKLY)
        decided = served.decide(part["text"].to_list())
        answers = [served.classes[place] for place in decided.labels]
        names = [f"w{week}-{place}" for place in range(len(part))]
        noon = datetime.combine(since + timedelta(weeks=week - 1), datetime.min.time(), UTC)
        writer = sampler(space)
        for day in range(7):
            some = slice(day * len(part) // 7, (day + 1) * len(part) // 7)
            times = [noon + timedelta(days=day, seconds=n) for n in range(some.stop - some.start)]
            writer.add(
                Requests(
                    "v1.0", "serve", part["text"][some].to_list(), answers[some],
                    served.sizes(part["text"][some].to_list()), names[some], times,
                    confidence=decided.confidence[some],
                    review=None if decided.review is None else decided.review[some],
                    probabilities=decided.probabilities[some],
                    embeddings=None if decided.embeddings is None else decided.embeddings[some],
                    classes=served.classes,
                )
            )  # fmt: skip
        writer.close()
        last = since + timedelta(days=7 * week)
        if spot_checks:
            _label(project, dict(zip(names, part["label"].to_list(), strict=True)), last)
        found = project.check_production(last - timedelta(days=0 if spot_checks else 1))
        refresh = due(space, last)
        yield {
            "week": week,
            "tested": tested,
            "accuracy": float(np.mean(np.array(answers) == part["label"].to_numpy())),
            "balance": found.checked.balance,
            "detector": found.checked.detector,
            "alarm": found.checked.alarm,
            "shift": found.checked.shift,
            "estimate": dict(found.checked.estimate),
            "refresh": refresh.trigger if refresh else "",
        }


def _label(project: Project, truth: dict[str, str], day: Any) -> None:
    """Draw the week that is over, and write the true labels into its file."""
    drawn = project.draw_spot_check(day=day)
    path = project.folder / drawn.path
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["label"], line["by"] = truth[line["id"]], "truth"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    project.read_spot_labels(path, day=day)


def main() -> None:
    """Run every pair, with and without spot checks, and print the table."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", type=Path, required=True, help="drift_crisislex")
    parser.add_argument("--folder", type=Path, help="where releases and results are kept",
                        default=Path(tempfile.gettempdir()) / "rungwise-crises")  # fmt: skip
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for source, target in PAIRS:
        for spot_checks in (False, True):
            name = f"{source}-{target}-{'labels' if spot_checks else 'no-labels'}.json"
            file = options.folder / name
            if not file.is_file():
                weeks = _weeks(options.folder, options.data, (source, target), spot_checks)
                whole = file.with_suffix(".part")
                whole.write_text(json.dumps(weeks), encoding="utf-8")
                whole.replace(file)
            weeks = json.loads(file.read_text(encoding="utf-8"))
            lines.append({"release": source, "requests": target, "spot_checks": spot_checks,
                          "weeks": weeks})  # fmt: skip
            print(f"{source} → {target}: finished", file=sys.stderr, flush=True)
    if options.json:
        for line in lines:
            print(json.dumps(line))
        return
    head = ("release of", "requests", "spot checks", "tested", "true accuracy", "first alarm",
            "estimate in week 4", "shift in week 4", "refresh due")  # fmt: skip
    print(f"{machine()}\n\n{table(head, [_row(line) for line in lines])}")


def _weeks(
    folder: Path, data: Path, pair: tuple[str, str], spot_checks: bool
) -> list[dict[str, Any]]:
    source, target = pair
    made = released(folder / source, tweets(data, source)[0])
    with tempfile.TemporaryDirectory() as place:
        copy = Project(shutil.copytree(made.folder, Path(place) / "task"))
        return list(watched(copy, tweets(data, target)[1], spot_checks))


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    weeks = line["weeks"]
    last, estimate = weeks[-1], weeks[-1]["estimate"]
    alarm = next((f"week {week['week']}" for week in weeks if week["alarm"]), "none")
    due = next((f"week {week['week']}: {week['refresh']}" for week in weeks if week["refresh"]),
               "none")  # fmt: skip
    shown = estimate.get("unknown") or f"{estimate['low']:.3f} to {estimate['high']:.3f}"
    accuracy = np.mean([week["accuracy"] for week in weeks])
    return (line["release"], line["requests"], "yes" if line["spot_checks"] else "no",
            f"{last['tested']:.3f}", f"{accuracy:.3f}", alarm, shown, last["shift"] or "–",
            due)  # fmt: skip


if __name__ == "__main__":
    main()
