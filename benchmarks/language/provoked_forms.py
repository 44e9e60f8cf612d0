"""Faults of form that a prompt provokes, judged by hand beside what the tool says (R34).

A model of 135 million parameters that is asked plainly says wrong things nearly always, so its
answers are no test of form (`judged_failures.py`). Here the tasks are easy, and the eight examples
before each question show the right answers in another form than is expected: in code blocks, with
other keys, with words around them, in capitals, as a calculation, or cut. So most answers are right
in content and wrong in form, of a kind that is known; the tool is not told which. A person judged
every wrong answer as in `judged_failures.py`, without seeing the rules' names or the prompt.

    python -m benchmarks.language.provoked_forms answer  # the answers
    python -m benchmarks.language.provoked_forms         # how far rules and the person agree
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.language.judged_failures import (
    EXAMPLES,
    MODEL,
    SEED,
    Judged,
    questions,
    table,
)
from benchmarks.language.snips import answers as commands
from benchmarks.language.verdicts.made_rows import deliveries, orders
from rungwise.conversation import Message
from rungwise.evaluation.json_mistakes import known_fields
from rungwise.evaluation.text_mistakes import Answer, faults, is_json
from rungwise.models.language import Language
from rungwise.progress import Silent

ROWS = 16
VERDICTS = Path(__file__).with_suffix(".jsonl")
"""Case, row, answer, how it ended, and the verdict."""


@dataclass(frozen=True)
class Case:
    """An easy task whose examples are written in a form that is not expected.

    Attributes:
        told: The instruction.
        rows: Input and expected answer; examples come first.
        shown: How an expected answer is written in the examples.
        longest: Tokens of an answer.
    """

    name: str
    told: str
    rows: list[tuple[str, str]]
    shown: Callable[[str], str]
    longest: int = 80


def easy_sums() -> list[tuple[str, str]]:
    """One step with small numbers."""
    draw = random.Random(SEED)
    made = []
    for _ in range(ROWS + EXAMPLES):
        a, b = draw.randint(2, 9), draw.randint(1, 5)
        made.append((f"Ada has {a} apples and buys {b} more. How many apples has she now?",
                     str(a + b)))  # fmt: skip
    return made


def weather() -> list[tuple[str, str]]:
    """SNIPS, one intent, short commands."""
    spoken = [one for one in commands("train") if "GetWeather" in one[1] and len(one[0]) < 60]
    return random.Random(SEED).sample(spoken, ROWS + EXAMPLES)


def _made(lines: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["input"], one["output"]) for one in lines[: ROWS + EXAMPLES]]


def _short_questions() -> list[tuple[str, str]]:
    asked = sorted(questions(), key=lambda one: len(one[0]))[: ROWS + EXAMPLES]
    random.Random(SEED).shuffle(asked)
    return asked


def _keys(change: Callable[[str], str]) -> Callable[[str], str]:
    def shown(expected: str) -> str:
        return json.dumps({change(key): one for key, one in json.loads(expected).items()})

    return shown


def _as_lines(expected: str) -> str:
    return "\n".join(f"{key}: {value}" for key, value in json.loads(expected).items())


def _chatter(expected: str) -> str:
    return f"Sure! Here is the order: {expected} Let me know if you need more."


def cases() -> Iterator[Case]:
    """Every case."""
    order, city = _made(orders()), _made(deliveries())
    told = "Write what is ordered."
    yield Case("orders, code block", told, order, lambda one: f"```json\n{one}\n```")
    yield Case("orders, words around", told, order, _chatter)
    yield Case("orders, keys in capitals", told, order, _keys(str.upper))
    yield Case("orders, other keys", told, order, _keys(lambda key: f"order_{key}"))
    yield Case("orders, single quotes", told, order, lambda one: str(json.loads(one)))
    yield Case("orders, lines", told, order, _as_lines)
    yield Case("orders, nested", told, order, lambda one: json.dumps({"order": json.loads(one)}))
    yield Case("orders, cut", told, order, lambda one: f"Here is the order: {one}", 28)
    yield Case("snips, code block", "Write the intent and its slots.", weather(),
               lambda one: f"Here it is:\n```json\n{one}\n```", 120)  # fmt: skip
    yield Case("city, words around", "Write the city.", city,
               lambda one: f"The order is to be sent to {one}.")  # fmt: skip
    yield Case("city, capitals", "Write the city.", city, str.upper)
    yield Case("city, small letters", "Write the city.", city, lambda one: f"{one.lower()}.")
    later = _made(deliveries()[ROWS + EXAMPLES :])  # after a rule was mended on the others
    yield Case("city, other words around", "Write the city.", later,
               lambda one: f"Thank you! We will ship it to {one} today.")  # fmt: skip
    last = _made(deliveries()[2 * (ROWS + EXAMPLES) :])  # and after another was
    yield Case(
        "city, a second sentence",
        "Write the city.",
        last,
        lambda one: f"Of course. The parcel for {one} leaves tomorrow, at nine.",
    )
    yield Case("sums, a calculation", "Answer the question.", easy_sums(),
               lambda one: f"She has {one} apples now, so the answer is {one}.")  # fmt: skip
    yield Case("squad, words around", "Answer the question.", _short_questions(),
               lambda one: f"According to the text, the answer is {one}.")  # fmt: skip


def answered(case: Case) -> Iterator[dict[str, str]]:
    """Every row of a case."""
    model = Language().open(MODEL, Path())
    shown = [
        message
        for text, expected in case.rows[:EXAMPLES]
        for message in (Message("user", text), Message("assistant", case.shown(expected)))
    ]
    prompts = [
        (Message("system", case.told), *shown, Message("user", text))
        for text, _ in case.rows[EXAMPLES:]
    ]
    for place, one in enumerate(model.generate(prompts, Silent(), max_tokens=case.longest)):
        yield {"case": case.name, "row": str(place), "ended": one.ended, "output": one.text}


def judged(path: Path = VERDICTS) -> list[Judged]:
    """What is on file, read by the rules as they are now."""
    known = {one.name: one for one in cases()}
    paths = {
        name: known_fields(expected for _, expected in one.rows if is_json(expected))
        for name, one in known.items()
    }
    read = []
    for one in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        text, expected = known[one["case"]].rows[EXAMPLES + int(one["row"])]
        cut = one["ended"] == "length"
        answer = Answer(expected, one["output"], text, cut, False, paths[one["case"]])
        read.append(Judged(one["case"], one["verdict"], faults(answer)))
    return read


def main() -> None:
    """Answer, or print the agreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="?", choices=("answer",))
    parser.add_argument("--out", type=Path, default=Path("provoked.jsonl"))
    told = parser.parse_args()
    if told.step is None:
        print("\n".join(table(judged())))
        return
    with told.out.open("w", encoding="utf-8") as file:
        for case in cases():
            for row in answered(case):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
