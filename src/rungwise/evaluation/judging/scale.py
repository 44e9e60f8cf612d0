"""What a verdict can be: a point of a scale, pass or fail, or which of two is better."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.errors import TaskError

SPELT = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
LARGEST = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """The words of a verdict, in order.

    Attributes:
        field: What the verdict's JSON calls it.
        points: Word → its value, from 0 (worst) to 1 (best); of pairs -1, 0 and 1.
    """

    field: str
    points: Mapping[str, float]

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of a verdict."""
        words: list[Any] = [int(word) if word.isdigit() else word for word in self.points]
        return {
            "type": "object",
            "properties": {self.field: {"enum": words}},
            "required": [self.field],
            "additionalProperties": False,
        }

    @property
    def asked(self) -> str:
        """How the judge is told to answer."""
        words = list(self.points)
        if words[0].isdigit():
            told = f"N from {words[0]} (worst) to {words[-1]} (best)"
            return f'Answer with one JSON object and nothing else: {{"{self.field}": N}}, {told}.'
        told = " or ".join(f'{{"{self.field}": "{word}"}}' for word in words)
        return f"Answer with one JSON object and nothing else: {told}."

    def read(self, text: str) -> float | None:
        """The value of a verdict; None where the text is none, or more than one.

        It is a JSON object with the field, alone or within other words, or the bare word of the
        scale. Nothing else is taken for a verdict.
        """
        bare = text.strip().strip("\"'`.").lower()
        if bare in self.points:
            return self.points[bare]
        told = {self._word(one) for one in re.findall(r"\{[^{}]*\}", text)} - {None}
        return self.points[str(told.pop())] if len(told) == 1 else None

    def _word(self, text: str) -> str | None:
        try:
            value = json.loads(text)
        except ValueError:
            return None
        said = value.get(self.field) if isinstance(value, dict) else None
        word = str(said).strip().lower() if isinstance(said, str | int) else ""
        return word if word in self.points and not isinstance(said, bool) else None


PAIRS = Scale("better", {"first": -1.0, "tie": 0.0, "second": 1.0})
PASS_OR_FAIL = Scale("verdict", {"fail": 0.0, "pass": 1.0})


def scale(text: str) -> Scale:
    """The scale that a task names: `pass/fail`, or whole numbers such as `1-5`.

    Raises:
        TaskError: It is neither.
    """
    if text.strip().lower() == "pass/fail":
        return PASS_OR_FAIL
    found = SPELT.fullmatch(text.strip())
    low, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not low < high <= LARGEST:
        raise TaskError(
            f"`judge.scale` is {text!r}", "Write pass/fail, or whole numbers such as 1-5."
        )
    points = {str(point): (point - low) / (high - low) for point in range(low, high + 1)}
    return Scale("score", points)
