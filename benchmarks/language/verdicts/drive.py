"""One situation by the command line, as a user types it, until the verdict is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.language.verdicts.situation import Situation, written

TRAINS = re.compile(r"^(?:Forecast for|Trying) (?:rag_)?(?:lora|qlora|prefix|full|preference)\b")
"""A line of `run` that begins tuning; the verdict is then known, and `run` is interrupted."""
PATIENCE = 3600.0
ENDED = (0, 3)
"""Exit codes of a `run` that went as far as the gates allow."""


def judged(situation: Situation, folder: Path, before: Path | None = None) -> dict[str, Any]:
    """Make the project, run it until it ends or begins to tune, and read what is decided.

    `before` is the folder of the situation whose project it goes on with, under another need.
    """
    task = folder / "task"
    if (task / "rungwise.yaml").exists():  # it was killed, and `run` goes on where it was
        made: dict[str, Any] = {"code": 0}
    elif before is not None:
        shutil.copytree(before, folder)
        made = {"code": 0}
        _state(situation, task / "rungwise.yaml")
    else:
        folder.mkdir(parents=True)
        made = _command(folder / "init.txt", "init", str(task), *_given(situation, folder))
    found: dict[str, Any] = {"name": situation.name, "folder": str(folder), "init": made["code"]}
    found["outputs"] = len({line["output"] for line in situation.rows()})
    if made["code"]:
        said = (folder / "init.txt").read_text(encoding="utf-8")
        nothing: dict[str, Any] = {"attempts": [], "retrieval": None, "answers": []}
        return found | nothing | made | {
            "tunes": False, "move": "", "selected": None, "said": said, "decide": said,
        }  # fmt: skip
    ran = _with_earlier(folder, _command(folder / "run.txt", "run", "-C", str(task), until=TRAINS))
    if ran["code"] not in ENDED and not ran["stopped"]:
        sys.exit(f"`run` of {situation.name} ended with {ran['code']}; the same command goes on")
    decided = json.loads(output_of(folder, "decide", "-C", str(task), "--json"))
    status = json.loads(output_of(folder, "status", "-C", str(task), "--json"))
    chosen = [one for one in status["attempts"] if one["id"] == status["selected"]]
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("init.txt", "run.txt")]
    reasons = [gate["reason"] for gate in status["gates"] if gate["code"] == "tuning_earned"]
    found |= {
        "tunes": ran["stopped"], "move": decided["move"], "reason": decided["reason"],
        "ways": decided["ways"], "next": decided["next"], "gate": " ".join(reasons),
        "selected": chosen[0]["rung"] if chosen else None, "retrieval": status["retrieval"],
        "decide": output_of(folder, "decide", "-C", str(task)),
        "attempts": [_attempt(one) for one in status["attempts"]],
        "answers": _answers(task, status["attempts"]),
    }  # fmt: skip
    found["said"] = " ".join((*texts, *reasons, decided["decision"], *decided["ways"]))
    return found | ran


def _with_earlier(folder: Path, ran: dict[str, Any]) -> dict[str, Any]:
    """Add the seconds of `run` in the same project before it was killed."""
    file = folder / "seconds.json"
    earlier = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    spent = {key: ran[key] + earlier.get(key, 0.0) for key in ("wall", "processor")}
    file.write_text(json.dumps(spent), encoding="utf-8")
    return ran | spent


def _state(situation: Situation, file: Path) -> None:
    """Write another number of calls into the file, as its owner would."""
    text = file.read_text(encoding="utf-8")
    (calls,) = (told.partition("=")[2] for told in situation.need if "calls_per_month" in told)
    file.write_text(re.sub(r"(calls_per_month): \d+", rf"\1: {calls}", text), encoding="utf-8")


def _given(situation: Situation, folder: Path) -> list[str]:
    rows = written(folder / "rows.jsonl", situation.rows())
    given = [
        "--data", str(rows), *situation.columns, "--goal", situation.goal,
        "--metric", situation.metric, "--min", str(situation.target),
    ]  # fmt: skip
    if situation.documents is not None:
        given += ["--documents", str(written(folder / "documents.jsonl", situation.documents()))]
    for setting in (*situation.need, *situation.settings):
        given += ["--set", setting]
    return given


def _command(file: Path, *arguments: str, until: re.Pattern[str] | None = None) -> dict[str, Any]:
    """Run one command with its output in a file; interrupt it at a line that `until` matches."""
    began, stopped = time.perf_counter(), False
    with file.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "rungwise", *arguments], stdout=out, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            lines = file.read_text(encoding="utf-8").splitlines()
            if not stopped and until and any(until.match(line.strip()) for line in lines):
                stopped = True
                process.send_signal(signal.SIGINT)
            if time.perf_counter() - began > PATIENCE:
                process.send_signal(signal.SIGINT)
            time.sleep(0.2)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "code": process.returncode, "stopped": stopped, "wall": time.perf_counter() - began,
        "processor": usage.ru_utime + usage.ru_stime,
    }  # fmt: skip


def output_of(folder: Path, *arguments: str) -> str:
    """What a command prints; ends the program if it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "rungwise", *arguments], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        sys.exit(f"rungwise {' '.join(arguments)} ended with {ended.returncode}:\n{ended.stderr}")
    return ended.stdout


def _attempt(one: dict[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("rung", "config", "value", "low", "high", "rows", "seconds")}


def _answers(task: Path, attempts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Expected and given texts of the best attempt that asks a model."""
    from rungwise.progress import Silent
    from rungwise.workflow.measured_rows import rows_of
    from rungwise.workflow.workspace import Workspace

    asking = [one for one in attempts if one["rung"] in ("prompt", "few_shot", "rag")]
    if not asking:
        return []
    best = max(asking, key=lambda one: one["value"])["id"]
    workspace = Workspace(task, Silent())
    attempt = next(one for one in workspace.attempts if one.id == best)
    outputs = workspace.predictions(attempt.predictions).outputs
    return list(zip(rows_of(workspace, attempt)["expected"], outputs, strict=True))
