"""Wrong answers judged by hand, beside what the tool says is wrong with them (R32, R34).

The packaged SmolLM2 answers four tasks in three ways: with the goal alone, with the form of an
answer described, and with eight examples. The rules were written on the wrong answers of one half
of the rows; a person judged 50 of each task of the other half without seeing what the rules say.

    python -m benchmarks.language.judged_failures answer    # writes the answers, 10 minutes
    python -m benchmarks.language.judged_failures           # prints the agreement
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.language.climbed import DATA
from benchmarks.language.restaurants import sentences
from benchmarks.language.snips import answers as commands
from rungwise.conversation import Message
from rungwise.models.language import Language
from rungwise.progress import Silent
from rungwise.task import parse
from rungwise.training.prompting.instruction import instructions

MODEL = "SmolLM2-135M-Instruct"
HALF, EXAMPLES, SEED = 24, 8, 14
WAYS = ("goal", "form", "examples")


@dataclass(frozen=True)
class Asked:
    """A task: what is asked for, the longest answer, and its rows; examples come first."""

    name: str
    goal: str
    longest: int
    rows: list[tuple[str, str]]


def sums() -> list[tuple[str, str]]:
    """Word problems of two or three steps, made by the seed; the answer is a whole number."""
    draw = random.Random(SEED)
    names = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana"]
    things = ["apples", "stamps", "marbles", "books", "pencils", "shells"]
    made = []
    for place in range(2 * HALF + EXAMPLES):
        who, other = draw.sample(names, 2)
        what = draw.choice(things)
        a, b, c = draw.randint(12, 60), draw.randint(2, 9), draw.randint(2, 9)
        texts = [
            (f"{who} has {a} {what} and buys {b} boxes of {c} {what} each. "
             f"How many {what} does {who} have now?", a + b * c),
            (f"{who} has {a} {what}. {other} has {b} times as many and gives {c} away. "
             f"How many {what} does {other} have left?", a * b - c),
            (f"A shop sells {what} at {c} dollars each. {who} pays with {a + 60} dollars for {b} "
             f"of them. How many dollars does {who} get back?", a + 60 - b * c),
            (f"{who} packs {b * c} {what} into bags of {c} and finds {a} more bags already full. "
             f"How many bags are there?", a + b),
        ]  # fmt: skip
        text, number = texts[place % len(texts)]
        made.append((text, str(number)))
    draw.shuffle(made)
    return made


def questions(*, passages: bool) -> list[tuple[str, str]]:
    """Questions of the SQuAD subset, with their paragraph above them or without."""
    read = [
        [json.loads(line) for line in (DATA / "squad_xquad_en" / f"{name}.jsonl").open("rb")]
        for name in ("docs", "qa")
    ]
    texts = {one["doc_id"]: one["text"] for one in read[0]}
    drawn = random.Random(SEED).sample(read[1], 2 * HALF + EXAMPLES)
    return [
        (f"{texts[one['doc_id']]}\n\n{one['question']}" if passages else one["question"],
         one["answers"][0]["text"])
        for one in drawn
    ]  # fmt: skip


def tasks() -> Iterator[Asked]:
    """The four."""
    spoken = commands("train")
    random.Random(SEED).shuffle(spoken)
    snips = "Extract the intent and its slots from a spoken command as JSON"
    facts = "Write one sentence about a restaurant from its facts"
    rows = sentences("dev").head(2 * HALF + EXAMPLES).select("facts", "sentence").rows()
    yield Asked("snips", snips, 120, spoken[: 2 * HALF + EXAMPLES])
    yield Asked("e2e", facts, 120, rows)
    yield Asked("squad", "Answer the question", 120, questions(passages=True))
    yield Asked("sums", "Answer the question with a number", 240, sums())


def answered(asked: Asked) -> Iterator[dict[str, str]]:
    """Every row of a task, answered in each way; the half that a row is of alternates."""
    model = Language().open(MODEL, Path())
    goal = {"goal": f"{asked.goal} with at least 90 percent exact match", "kind": "generate",
            "metric": "exact_match", "target": 0.9}  # fmt: skip
    task = parse({"task": goal, "data": {"source": "x.csv"}})
    told = instructions(task, pl.Series([expected for _, expected in asked.rows]))
    shown = [
        message
        for text, expected in asked.rows[:EXAMPLES]
        for message in (Message("user", text), Message("assistant", expected))
    ]
    for way in WAYS:
        system = Message("system", told["goal" if way == "goal" else "form"])
        prompts = [
            (system, *(shown if way == "examples" else ()), Message("user", text))
            for text, _ in asked.rows[EXAMPLES:]
        ]
        written = model.generate(prompts, Silent(), max_tokens=asked.longest)
        for place, one in enumerate(written):
            yield {
                "task": asked.name, "way": way, "row": str(place), "output": one.text,
                "half": "rules" if place % 2 else "report", "ended": one.ended,
            }  # fmt: skip


def main() -> None:
    """Answer, or print the agreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="?", choices=("answer",))
    parser.add_argument("--out", type=Path, default=Path("answers.jsonl"))
    told = parser.parse_args()
    with told.out.open("w", encoding="utf-8") as file:
        for task in tasks():
            for row in answered(task):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
