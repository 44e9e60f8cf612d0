"""Drives projects from `init` to their verdict: `python drive.py` answers a JSON job a line.

It is a script of its own so that the same lines drive the rules of an earlier version: started
with another `PYTHONPATH`, it imports that version. It gives no go and no override; it records
what was asked for. A fault of the product ends it with its traceback.

Nothing of the product is changed unless the ladder is to end below the rungs that tune. Then
embeddings are also kept by the tokens of a text, for all projects, as they are the same for every
rule; seconds are recorded, but only those of the whole ladder say anything. There embeddings are
kept for the rows outside alone, whose seconds nobody counts.
"""

from __future__ import annotations

import importlib
import json
import shlex
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rungwise import Project, plugins
from rungwise.errors import RungwiseError
from rungwise.progress import Silent
from rungwise.training import trunk

VERBS = ("run", "test", "ship")


class Some:
    """Some rows of model inputs."""

    def __init__(self, source: Any, rows: Any) -> None:
        self.source, self.rows, self.lengths = source, rows, source.lengths[rows]

    def batch(self, rows: Any) -> Any:
        """A batch of them."""
        return self.source.batch(self.rows[rows])


KEEPING = [False]
"""Whether embeddings are looked up now: in a whole ladder, only for rows outside."""


def keep_embeddings(file: Path) -> None:
    """Look embeddings up by model and tokens before they are computed, while `KEEPING`."""
    store = sqlite3.connect(file)
    store.execute("CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, value BLOB)")
    held: dict[bytes, bytes] = dict(store.execute("SELECT key, value FROM kept"))
    computed = trunk.Trunk.run

    def known(key: bytes) -> bool:
        """Whether it was computed, by this process or by another since."""
        if key not in held:
            found = store.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
            if found is not None:
                held[key] = found[0]
        return key in held

    def run(self: Any, module: Any, source: Any, progress: Any, title: str) -> Any:
        if not KEEPING[0] or title != "Embedding" or not len(source.lengths):
            return computed(self, module, source, progress, title)
        keys = []
        for row in range(len(source.lengths)):
            values, mask = source.batch(np.array([row]))
            told = np.asarray(values[0])[np.asarray(mask[0]) > 0]
            keys.append(self.backbone.digest.encode() + told.tobytes())
        absent = np.array([row for row, key in enumerate(keys) if not known(key)], np.int64)
        if len(absent):
            found = computed(self, module, Some(source, absent), progress, title)
            new = {keys[row]: found[place].tobytes() for place, row in enumerate(absent)}
            held.update(new)
            store.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", list(new.items()))
            store.commit()
        return np.stack([np.frombuffer(held[key], np.float32) for key in keys])

    trunk.Trunk.run = run  # type: ignore[method-assign]


def leave_tuning_out() -> None:
    """End the ladder below the rungs that change a base model."""
    every = plugins.load_all

    def load_all(kind: Any, group: str = "") -> dict[str, Any]:
        found = every(kind, group)
        if kind != "rungs":
            return found
        return {name: rung for name, rung in found.items() if rung.step == "climb"}

    plugins.load_all = load_all


def warm_up() -> None:
    """Import what the first project would else be charged for."""
    for name in ("sklearn.linear_model", "transformers.models.auto"):
        importlib.import_module(name)


def drive(job: dict[str, Any]) -> dict[str, Any]:
    """One project to its verdict, then every rung that is left, each measured outside.

    `processor` are the processor's seconds of `run`, which reaches the verdict or, if a job wants
    everything, measures every rung; `fitting` are the recorded seconds of the attempts until then.
    """
    project = Project.init(
        job["folder"],
        data=Path(job["data"]),
        goal=f"Sort the texts with at least {100 * job['target']:.2f} percent accuracy",
        metric="accuracy",
        minimum=job["target"],
        columns={"input": "text", "label": "label"},
        settings=tuple(job["settings"]),
        progress=Silent(),
    )
    began, busy, trail = time.perf_counter(), time.process_time(), []
    if job["everything"]:
        project.run(everything=True)
        busy = time.process_time() - busy
    else:
        trail = walk(project)
        busy = trail[0]["processor"]
    seconds = time.perf_counter() - began
    workspace = project._workspace
    chosen = workspace.selected
    state = workspace.state
    spent = sum(one.seconds for one in workspace.attempts)
    result: dict[str, Any] = {
        "trail": trail,
        "seconds": seconds,
        "processor": busy,
        "fitting": spent,
        "selected": chosen.id if chosen else None,
        "test": None if state.test is None else number(state.test.goal),
        "test_refit": bool(state.test and getattr(state.test, "refit", "")),
        "shipped": bool(state.releases),
        "splits": project.status()["splits"],
        "gates": {
            name: {"verdict": one.verdict, "reason": one.reason}
            for name, one in state.verdicts.items()
        },
    }
    if job["compare"]:
        try:
            project.climb(everything=True)
        except RungwiseError as held:
            result["comparison"] = str(held)
    result["seconds_all"] = time.perf_counter() - began
    result["fitting_all"] = sum(one.seconds for one in project._workspace.attempts)
    before, KEEPING[0] = KEEPING[0], True
    result["attempts"] = truths(project, Path(job["outside"]))
    KEEPING[0] = before
    return result


def walk(project: Any) -> list[dict[str, Any]]:
    """Follow `status`'s next command until a person is asked, or it is released."""
    trail: list[dict[str, Any]] = []
    done: set[str] = set()
    while True:
        following = shlex.split(project.status()["next"])
        verb = following[1]
        if verb not in VERBS or verb in done:
            if verb == "predict":
                return trail
            verb = next((one for one in VERBS if one not in done), "")
            if not verb:
                return trail
            trail.append({"verb": f"(next: {following[1]})", "said": ""})
        done.add(verb)
        step: dict[str, Any] = {"verb": verb}
        trail.append(step)
        busy, held = time.process_time(), False
        try:
            planned = verb == "ship" and hasattr(project, "monitoring_to_confirm")
            given = {"confirm_monitoring": "a benchmark"} if planned else {}
            step["said"] = getattr(getattr(project, verb)(**given), "reason", "")
        except RungwiseError as refused:
            step["said"], held = str(refused), True
        step["processor"] = time.process_time() - busy
        if held and verb != "run":
            return trail


def number(goal: Any) -> dict[str, Any]:
    """A measurement as plain values."""
    return {name: getattr(goal, name) for name in ("value", "low", "high", "rows", "on")}


def truths(project: Any, outside: Path) -> list[dict[str, Any]]:
    """Every kept model on the rows outside, and on the project's test rows."""
    from rungwise.data.seal import open_test
    from rungwise.evaluation.intervals import measure
    from rungwise.table import Examples
    from rungwise.workflow.test import restored

    workspace = project._workspace
    rows = pl.read_parquet(outside)
    rows = rows.select(
        pl.int_range(pl.len()).cast(pl.String).alias("id"),
        pl.col("text").alias("input"),
        pl.col("label").alias("expected"),
    )
    split = workspace.state.split
    sealed = open_test(split, workspace.objects, workspace.sealed)
    policy, found = workspace.task.policy, []
    for one in [*worth_a_look(workspace), *refits(workspace)]:
        if not one.artefact:
            continue
        model = restored(workspace, one)
        truth = workspace.metric.value(
            rows["expected"], model.predict(Examples.of(rows).inputs, Silent())
        )
        answered = model.predict(Examples.of(sealed).inputs, Silent())
        found.append(
            {
                "id": one.id,
                "rung": one.rung,
                "configuration": dict(one.configuration),
                "trains": one.trains,
                "refit_of": getattr(one, "refit_of", ""),
                "goal": number(one.goal),
                "truth": truth,
                "outside": len(rows),
                "sealed": number(
                    measure(workspace.metric, sealed["expected"], answered, "test", policy)
                ),
                "seconds": one.seconds,
            }
        )
    return found


def worth_a_look(workspace: Any) -> list[Any]:
    """Every attempt; of a rung that tunes the best alone, as each takes minutes to answer."""
    from rungwise.evaluation.standing import best, tunes

    every, chosen = workspace.attempts, workspace.selected
    tuned = {one.rung for one in every if tunes(one)}
    kept = [best([one for one in every if one.rung == rung], workspace.greater) for rung in tuned]
    return [one for one in every if not tunes(one) or one in kept or one == chosen]


def refits(workspace: Any) -> list[Any]:
    """Attempts that were trained once more for the test."""
    find = getattr(workspace.state, "refit", None)
    known = [find(one.id) for one in workspace.attempts] if find else []
    return [one for one in known if one is not None]


def main() -> None:
    """Answer jobs until standard input ends."""
    out = sys.stdout
    sys.stdout = sys.stderr
    first = json.loads(sys.stdin.readline())
    keep_embeddings(Path(first["embeddings"]))
    if first["without_tuning"]:
        KEEPING[0] = True
        leave_tuning_out()
    else:
        warm_up()
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = drive(job)
        except RungwiseError as refused:
            answer = {"refused": str(refused)}
        print(json.dumps(answer, ensure_ascii=False, default=str), file=out, flush=True)


if __name__ == "__main__":
    main()
