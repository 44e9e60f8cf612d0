"""A climb of a language model, killed at random moments: how much work is done twice.

A small decoder with random weights, or the packaged model, is shown examples and tuned by
`rungwise climb`. Each run gets SIGKILL, SIGTERM or SIGINT when it has begun a random number of rows
(answered, read, trained on), and is started again until nothing is left. What was computed in all
is compared with a climb that nobody killed: rows that were answered, read or trained on twice, and
whether every attempt came out the same.

    python -m benchmarks.language.kills --kills 20
    python -m benchmarks.language.kills --kills 6 --packaged
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, arguments, show
from rungwise import Project
from rungwise.objects import digest_file
from rungwise.records import Evidence

RUNGS = ("few_shot", "lora")
SMALL = 120
"""Rows for the packaged model, which is large."""
UNITS = ("answer", "read", "step")
PACKAGED = "SmolLM2-135M-Instruct"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a job starts
from rungwise.cli import main
from rungwise.models.language import decoding
from rungwise.training.language import blocks, loop

decoding.POSITIONS, blocks.POSITIONS = 1500, 600

def reported(owner, name, unit, size):
    real = getattr(owner, name)
    def call(*told, **named):
        print(unit, "begins", size(*told, **named), flush=True)
        found = real(*told, **named)
        print(unit, "ends", size(*told, **named), flush=True)
        return found
    setattr(owner, name, call)

reported(decoding.Batch, "answer", "answer", lambda self, asked, *_: len(asked))
reported(blocks, "hidden_of", "read", lambda network, rows, batch, boundary: len(batch))
reported(loop, "backward", "step", lambda model, live, read, batch, again=False: len(batch))
try:
    main()
except SystemExit as ended:
    if ended.code:
        raise
print("done", "ends", 0, flush=True)
"""


def rows(kills: int, seed: int, *, packaged: bool = False) -> Iterator[Row]:
    """One climb that is left alone, then others that are killed, until all kills are used."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        whole = _task(place / "whole", place, packaged=packaged)
        alone, ended, largest = _run(whole, None)
        assert ended, "the climb that is left alone has ended"
        steps = sum(alone.values())
        yield Row(
            "left alone: steps of answers, of reading and of training", "steps", steps, None, ""
        )
        worst = dict.fromkeys(UNITS, 0.0)
        same, left, climbs = True, kills, 0
        while left:
            climbs += 1
            task = _task(place / f"killed {climbs}", place, packaged=packaged)
            done: Counter[str] = Counter()
            ended = False
            killed = 0
            while not ended:
                at = chance.randrange(1, 2 * steps // 3) if left else None
                found, ended, _ = _run(task, at, chance.choice(SIGNALS))
                done += found
                killed += not ended
                left -= not ended
            for unit in UNITS:
                worst[unit] = max(worst[unit], (done[unit] - alone[unit]) / max(1, killed))
            same &= _outcome(task) == _outcome(whole)
        epoch = alone["step"] / _epochs(whole)
        for unit, most in (
            ("answer", largest["answer"]),
            ("read", largest["read"]),
            ("step", epoch),
        ):
            name = {"answer": "answered", "read": "read", "step": "trained"}[unit]
            yield Row(
                f"{kills} kills in {climbs} climbs: rows {name} twice, a kill", unit,
                worst[unit], float(most), "one batch" if unit != "step" else "one epoch",
            )  # fmt: skip
        yield Row("attempts, answers and curves as those left alone", "same", float(same), 1.0, "")


def _run(
    task: Path, kill_at: int | None, by: signal.Signals = signal.SIGKILL
) -> tuple[Counter[str], bool, Counter[str]]:
    """Rows that were begun by unit until the end or the kill, whether it ended, largest batches."""
    rungs = [word for rung in RUNGS for word in ("--rung", rung)]
    running = subprocess.Popen(
        [sys.executable, "-c", CHILD, "climb", "--all", *rungs, "-C", str(task)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    begun: Counter[str] = Counter()
    largest: Counter[str] = Counter()
    ended = False
    for line in running.stdout:
        unit, _, rest = line.partition(" ")
        what, _, size = rest.strip().partition(" ")
        if unit not in (*UNITS, "done") or what not in ("begins", "ends"):
            continue  # what the command itself prints
        ended = unit == "done"
        if what == "begins":
            begun[unit] += int(size)
            largest[unit] = max(largest[unit], int(size))
        if kill_at is not None and sum(begun.values()) >= kill_at:
            running.send_signal(by)
            kill_at = None  # what begins before it has ended counts too
    running.stdout.close()
    running.wait()
    return begun, ended, largest


def _task(folder: Path, place: Path, *, packaged: bool = False) -> Path:
    from tests.small_language import write_language_model

    data, model = place / "rooms.jsonl", PACKAGED if packaged else str(place / "model")
    if not data.exists():
        if not packaged:
            write_language_model(place / "model")
        told = (
            {"input": f"room {n} on floor {n % 7}", "output": f"{n % 7}-{n}"}
            for n in range(SMALL if packaged else 400)
        )
        data.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    project = Project.init(
        folder, data=data, goal="Answer with floor and number of the room", metric="exact_match",
        minimum=0.9, models=[model], columns={"input": "input", "label": "output"},
        settings=(
            "generation.shots=10", "generation.max_tokens=12", "training.epochs=2",
            "training.learning_rates=[1e-3,2e-3]", "policy.learning_rates=2",
            "need.wrong=[style]", "need.calls_per_month=1000000", "need.knowledge_changes=never",
        ),
    )  # fmt: skip
    project.split()
    project.audit()
    project.climb(rungs=("prompt",), everything=True)
    for gate in ("data_audited", "tuning_earned"):
        project.override(gate, by="Dana Reyes", role="business", reason="to see it killed")
    return folder


def _outcome(task: Path) -> Any:
    """All that attempts leave but for their seconds."""
    project = Project(task)
    return [
        (one.id, one.goal.value, one.predictions, _weights(project, one),
         [(epoch.train_loss, epoch.validation_loss) for epoch in one.curve])
        for one in project.attempts()
    ]  # fmt: skip


def _weights(project: Project, attempt: Evidence) -> list[tuple[str, str]]:
    """Digest of each file of weights; what lies beside them holds the seconds of epochs."""
    with tempfile.TemporaryDirectory() as folder:
        project._workspace.objects.folder_to(attempt.artefact, Path(folder))
        files = sorted(Path(folder).rglob("*.safetensors"))
        return [(file.name, digest_file(file)) for file in files]


def _epochs(task: Path) -> int:
    return sum(len(one.curve) for one in Project(task).attempts())


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--packaged", action="store_true", help=f"with {PACKAGED}")
    told = parser.parse_args()
    show(rows(told.kills, told.seed, packaged=told.packaged), as_json=told.json)


if __name__ == "__main__":
    main()
