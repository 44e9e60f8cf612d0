"""SNIPS: a spoken command to JSON with its intent and slots, by the packaged SmolLM2.

Prompt, examples, and adapters, all measured on the same rows; the adapters against the best of the
others, paired. The seconds are each attempt's, reading the model included.

    python -m benchmarks.language.snips --rows 1500 --measured 60
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.banking77.commands import rungwise
from benchmarks.language.climbed import DATA, climbed, written
from benchmarks.rows import Row, arguments, show

GOAL = "Extract the intent and its slots from a spoken command as JSON with at least 95 percent F1"


def rows(count: int, measured: int, rates: str, rungs: list[str]) -> Iterator[Row]:
    """Write the task, climb it, and tell."""
    with tempfile.TemporaryDirectory() as folder:
        task = str(Path(folder) / "task")
        write_task(Path(folder), task, count, measured, rates)
        yield from climbed("SNIPS", task, "json_f1", rungs)


def write_task(folder: Path, task: str, count: int, measured: int, rates: str) -> None:
    """A task folder with so many training rows, and so many validation rows measured on."""
    train = answers("train")
    random.Random(1).shuffle(train)
    files = {
        name: written(folder / f"{name}.jsonl", ({"text": t, "answer": a} for t, a in part))
        for name, part in (("train", train[:count]), ("test", answers("validate")))
    }
    rungwise(
        "init", task,
        "--data", files["train"], "--test", files["test"],
        "--input", "text", "--label", "answer",
        "--goal", GOAL, "--metric", "json_f1", "--min", "0.95",
        "--set", "need.wrong=[volume]", "--set", "need.calls_per_month=100000000",
        "--set", f"policy.evaluation_rows={measured}", "--set", f"training.learning_rates={rates}",
    )  # fmt: skip


def answers(part: str) -> list[tuple[str, str]]:
    """Commands and what they should become, of `train` or `validate`."""
    lines = (DATA / "snips_nlu" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(one["text"], _answer(one)) for one in map(json.loads, lines)]


def _answer(one: dict[str, Any]) -> str:
    slots: dict[str, str] = {}
    for slot in one["slots"]:
        slots.setdefault(slot["entity"], slot["value"])
    return json.dumps({"intent": one["intent"], "slots": slots}, ensure_ascii=False)


def main() -> None:
    """Run the comparison as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rows", type=int, default=1500, help="training rows")
    parser.add_argument("--measured", type=int, default=60, help="validation rows measured on")
    parser.add_argument("--rates", default="[1e-3, 2e-3, 5e-4]", help="learning rates")
    parser.add_argument("--rungs", default="prompt,few_shot,lora", help="in this order")
    told = parser.parse_args()
    show(rows(told.rows, told.measured, told.rates, told.rungs.split(",")), as_json=told.json)


if __name__ == "__main__":
    main()
