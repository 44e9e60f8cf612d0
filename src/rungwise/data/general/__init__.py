"""General text that has nothing to do with any task: a probe for what tuning forgets (R53).

questions.jsonl   forty short questions that every language model should answer
prose.txt         forty sentences of plain prose, for perplexity
examples.jsonl    sixty questions with answers, none of them in the probe, to mix into training

All of it was written for this project, in its own words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rungwise.errors import DataError
from rungwise.unique_keys import unique

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Probe:
    """What a language model is asked before and after tuning.

    Attributes:
        questions: What is asked, each with the answers that count, any of which is enough.
        sentences: Prose whose perplexity is measured.
    """

    questions: tuple[tuple[str, tuple[str, ...]], ...]
    sentences: tuple[str, ...]


def probe(own: Path | None = None) -> Probe:
    """The probe that is shipped, and behind it the user's own questions.

    Args:
        own: A JSONL file. A line has `input` and `output`, a general question and its short
            answer, or `text`, a sentence of plain prose.

    Raises:
        DataError: It cannot be read, or a line is neither.
    """
    lines = (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    asked = tuple((row["question"], tuple(row["answers"])) for row in rows)
    prose = tuple((HERE / "prose.txt").read_text(encoding="utf-8").splitlines())
    for place, line in _lines(own, "data.probe") if own is not None else ():
        text = _text(line)
        if text is not None:
            prose += (text,)
        else:
            question, answer = _example(line, place)
            asked += ((question, (answer,)),)
    return Probe(asked, prose)


def examples(path: Path | None = None) -> list[tuple[str, str]]:
    """Questions with answers to mix into training: the user's own, else those that are shipped.

    Args:
        path: A JSONL file with `input` and `output`.

    Raises:
        DataError: It cannot be read, or a line lacks one of the two.
    """
    file = path or HERE / "examples.jsonl"
    return [_example(line, place) for place, line in _lines(file, "data.general")]


def _lines(file: Path, key: str) -> list[tuple[str, str]]:
    """Place, such as `ours.jsonl line 3`, and text of every line that is not empty."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The general examples {file} cannot be read: {error}", f"Check `{key}`."
        ) from error
    found = [(f"{file.name} line {number}", line) for number, line in enumerate(lines, 1) if line]
    if not found:
        raise DataError(f"{file} holds no example", "Write one JSON object with input and output.")
    return found


def _text(line: str) -> str | None:
    """The sentence that a line holds alone; None if it is a question, or no JSON object."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    alone = isinstance(row, dict) and "text" in row and "input" not in row
    return str(row["text"]) if alone else None


def _example(line: str, place: str) -> tuple[str, str]:
    try:
        row = json.loads(line, object_pairs_hook=unique)
        return str(row["input"]), str(row["output"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{place} is no example: {error}", 'Write it as {"input": "…", "output": "…"}.'
        ) from error
