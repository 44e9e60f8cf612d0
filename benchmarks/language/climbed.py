"""A task of generated text climbed by the tool: one row an attempt, then tuned against shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.banking77.commands import HELD, rungwise
from benchmarks.rows import Row

DATA = Path(
    os.environ.get("RUNGWISE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def climbed(name: str, task: str, metric: str, rungs: Sequence[str]) -> Iterator[Row]:
    """Climb what `init` made; every attempt, then the best adapters against examples, paired."""
    rungwise("split", "-C", task)
    for rung in rungs:
        # Some audits read the failures of what was measured below.
        rungwise("audit", "-C", task, allowed=(0, HELD))
        ended = rungwise("climb", "-C", task, "--rung", rung, allowed=(0, HELD))
        if ended.code == HELD:
            print(f"{rung}: {ended.errors.strip().splitlines()[-1]}", file=sys.stderr)
    view: dict[str, Any] = json.loads(rungwise("status", "-C", task, "--json").output)
    for one in view["skipped"]:
        print(f"{one['rung']} skipped: {one['reason']}", file=sys.stderr)
    for attempt in view["attempts"]:
        told = " ".join(f"{key} {value}" for key, value in attempt["config"].items())
        yield Row(
            f"{name}, {attempt['rung']} ({told}): {metric}", "seconds", attempt["seconds"],
            None, "", attempt["value"],
        )  # fmt: skip
    best = {one["rung"]: one["id"] for one in sorted(view["attempts"], key=lambda a: a["value"])}
    if {"lora", "few_shot"} <= set(best):
        told = rungwise("compare", "-C", task, best["few_shot"], best["lora"], "--json").output
        found = json.loads(told)
        yield Row(
            f"{name}: adapters over examples, [{found['low']:.3f}, {found['high']:.3f}]", metric,
            found["difference"], None, "",
        )  # fmt: skip


def written(path: Path, rows: Iterable[Mapping[str, str]]) -> str:
    """Write JSON lines; returns the path."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return str(path)
