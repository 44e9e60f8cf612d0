"""Wrong answers judged by hand, beside what the tool says is wrong with them (R32, R34).

The packaged SmolLM2 answers four tasks: with the goal alone, with the form of an answer described,
and with eight examples. A person judged each wrong answer of the rows that are reported, without
seeing what the rules say: `content` if it says something wrong or nothing, `form` if what it says
is right, `limit` if it was cut before it said anything. The rules were written on other rows.

    python -m benchmarks.language.judged_failures answer  # the answers, 10 minutes on an idle core
    python -m benchmarks.language.judged_failures         # how far rules and the person agree
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.language.climbed import DATA
from benchmarks.language.restaurants import sentences
from benchmarks.language.snips import answers as commands
from rungwise.conversation import Message
from rungwise.evaluation.fault import Fault, of_form_alone
from rungwise.evaluation.json_mistakes import known_fields
from rungwise.evaluation.proportions import wilson
from rungwise.evaluation.text_mistakes import Answer, faults, is_json
from rungwise.models.language import Language
from rungwise.percent import estimate
from rungwise.progress import Silent
from rungwise.task import parse
from rungwise.training.prompting.instruction import instructions

MODEL = "SmolLM2-135M-Instruct"
ROWS, EXAMPLES, SEED = 48, 8, 14
VERDICTS = Path(__file__).with_suffix(".jsonl")
"""Task, way, row, answer, how it ended, and the verdict."""


@dataclass(frozen=True)
class Asked:
    """A task: what is asked for, the longest answer, and its rows; examples come first.

    Attributes:
        report: Places of the rows that are judged and reported, from 0 behind the examples.
    """

    name: str
    goal: str
    longest: int
    rows: list[tuple[str, str]]
    report: range
    ways: tuple[str, ...] = ("goal", "form", "examples")

    def row(self, place: int) -> tuple[str, str]:
        """Input and expected answer."""
        return self.rows[EXAMPLES + place]


def sums() -> list[tuple[str, str]]:
    """Word problems of two or three steps, made by the seed; the answer is a whole number."""
    draw = random.Random(SEED)
    names = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana"]
    things = ["apples", "stamps", "marbles", "books", "pencils", "shells"]
    made = []
    for place in range(ROWS + EXAMPLES):
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


def questions() -> list[tuple[str, str]]:
    """Questions of the SQuAD subset below their paragraph; those of the report are drawn apart."""
    docs, asked = (
        [json.loads(line) for line in (DATA / "squad_xquad_en" / f"{name}.jsonl").open("rb")]
        for name in ("docs", "qa")
    )
    texts = {one["doc_id"]: one["text"] for one in docs}
    first = random.Random(SEED).sample(asked, ROWS + EXAMPLES)
    seen = {one["qid"] for one in first}
    others = [one for one in asked if one["qid"] not in seen]
    drawn = [*first, *random.Random(SEED + 1).sample(others, ROWS)]
    return [
        (f"{texts[one['doc_id']]}\n\n{one['question']}", one["answers"][0]["text"])
        for one in drawn
    ]  # fmt: skip


def tasks() -> Iterator[Asked]:
    """The four."""
    spoken = commands("train")
    random.Random(SEED).shuffle(spoken)
    snips = "Extract the intent and its slots from a spoken command as JSON"
    facts = "Write one sentence about a restaurant from its facts"
    rows, even = sentences("dev").head(ROWS + EXAMPLES), range(0, ROWS, 2)
    yield Asked("snips", snips, 120, spoken[: ROWS + EXAMPLES], even)
    yield Asked("e2e", facts, 120, rows.select("facts", "sentence").rows(), even)
    later, ways = range(ROWS, 2 * ROWS), ("form", "goal")
    yield Asked("squad", "Answer the question", 64, questions(), later, ways)
    goal = "Answer the question with a number"
    yield Asked("sums", goal, 240, sums(), range(ROWS), ("goal",))


def answered(asked: Asked) -> Iterator[dict[str, str]]:
    """Every row of a task, answered in each way."""
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
    for way in asked.ways:
        system = Message("system", told["goal" if way == "goal" else "form"])
        prompts = [
            (system, *(shown if way == "examples" else ()), Message("user", text))
            for text, _ in asked.rows[EXAMPLES:]
        ]
        written = model.generate(prompts, Silent(), max_tokens=asked.longest)
        for place, one in enumerate(written):
            half = "report" if place in asked.report else "rules"
            yield {"task": asked.name, "way": way, "row": str(place), "half": half,
                   "output": one.text, "ended": one.ended}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A wrong answer: what a person says of it, and the tool."""

    task: str
    verdict: str
    found: tuple[Fault, ...]

    @property
    def kind(self) -> str:
        """What the tool says, in the person's words."""
        if of_form_alone(self.found):
            return "form"
        return "content" if any(one.kind == "content" for one in self.found) else "limit"


def judged(path: Path = VERDICTS) -> list[Judged]:
    """What is on file, read by the rules as they are now."""
    known = {one.name: one for one in tasks()}
    paths = {
        name: known_fields(expected for _, expected in one.rows if is_json(expected))
        for name, one in known.items()
    }
    read = []
    for one in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        text, expected = known[one["task"]].row(int(one["row"]))
        cut = one["ended"] == "length"
        answer = Answer(expected, one["output"], text, cut, False, paths[one["task"]])
        read.append(Judged(one["task"], one["verdict"], faults(answer)))
    return read


def table(found: list[Judged]) -> Iterator[str]:
    """Agreement over all and of each task, and how often each kind of form is wrong."""
    for name, part in [
        ("all", found),
        *(
            (task, [one for one in found if one.task == task])
            for task in dict.fromkeys(one.task for one in found)
        ),
    ]:
        agreed = sum(one.kind == one.verdict for one in part)
        yield f"{name}: the person agrees with {_share(agreed, len(part))}"
    forms = Counter(one.found[-1].name for one in found if one.kind == "form")
    for name, count in forms.most_common():
        wrong = sum(one.verdict != "form" and one.kind == "form" and one.found[-1].name == name
                    for one in found)  # fmt: skip
        yield f"form, {name}: wrong in {_share(wrong, count)}"
    wrong = sum(one.verdict == "form" and one.kind != "form" for one in found)
    form = sum(one.verdict == "form" for one in found)
    yield f"form that the tool does not see: {_share(wrong, form)}"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}, {estimate(part / max(1, whole), *wilson(part, whole, 0.95))}"


def main() -> None:
    """Answer, or print the agreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="?", choices=("answer",))
    parser.add_argument("--out", type=Path, default=Path("answers.jsonl"))
    told = parser.parse_args()
    if told.step is None:
        print("\n".join(table(judged())))
        return
    with told.out.open("w", encoding="utf-8") as file:
        for task in tasks():
            for row in answered(task):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
