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


def probe() -> Probe:
    """The probe that is shipped."""
    lines = (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    asked = tuple((row["question"], tuple(row["answers"])) for row in rows)
    return Probe(asked, tuple((HERE / "prose.txt").read_text(encoding="utf-8").splitlines()))


def examples(path: Path | None = None) -> list[tuple[str, str]]:
    """Questions with answers to mix into training: the user's own, else those that are shipped.

    Args:
        path: A JSONL file with `input` and `output`.

    Raises:
        DataError: It cannot be read, or a line lacks one of the two.
    """
    file = path or HERE / "examples.jsonl"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The general examples {file} cannot be read: {error}", "Check `data.general`."
        ) from error
    found = [_example(line, f"{file.name} line {n}") for n, line in enumerate(lines, 1) if line]
    if not found:
        raise DataError(f"{file} holds no example", "Write one JSON object with input and output.")
    return found


def _example(line: str, place: str) -> tuple[str, str]:
    try:
        row = json.loads(line, object_pairs_hook=unique)
        return str(row["input"]), str(row["output"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{place} is no example: {error}", 'Write it as {"input": "…", "output": "…"}.'
        ) from error
