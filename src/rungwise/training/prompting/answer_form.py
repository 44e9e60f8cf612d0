"""What the expected answers have in common, as one sentence of a system prompt (R30).

Only what holds of all answers is said: an object is shown by its shape, a number is called a
number, a text has a length. Answers of several kinds have nothing in common, and nothing is said.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rungwise.evaluation.json_fields import tree
from rungwise.evaluation.numbers_within import is_number
from rungwise.evaluation.text_mistakes import CODE_BLOCK
from rungwise.evaluation.tokenisation import inferred, pieces

OPENING = ("{", "[")
BROKEN = 0.05
"""Share of answers that may be broken JSON where all others are objects, or lists."""
KEYS = 20
"""Keys of an object that are shown, the most frequent."""
RARE = 0.05
"""Share of objects below which a key is one of their own, and is not shown."""
USUAL = 0.95
"""Share of answers that are no longer than the length that is told."""
TOLD = {
    "object": "one JSON object",
    "list": "one JSON list",
    "string": "one JSON string, in double quotes,",
    "whole": "one whole number, in digits,",
    "number": "one number, in digits,",
    "boolean": "true or false",
    "null": "null",
}
SEVERAL = "one JSON value"
WITH_UNIT = re.compile(r"[-+]?\d[\d.,]*\s?(?P<unit>[^\W\d_]+(?:\s[^\W\d_]+)?)")
"""As in `12 apples` and `3 pm`."""
OF_A_UNIT = 4
"""Answers that a unit has on average, at least: `12 Baker Street` is no number of anything."""
REASONED = re.compile(r"\S.*\n####[ \t]*[^\n]+", re.S)


@dataclass
class Shape:
    """What the values at one place look like, all of them together.

    Attributes:
        kinds: How many values there are of each JSON type.
        keys: Of objects: the shape behind each key.
        items: Of lists: the shape of all their items.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None

    def add(self, value: Any) -> None:
        """Count one more value."""
        kind = _kind(value)
        self.kinds[kind] += 1
        if kind == "object":
            for key, inside in value.items():
                self.keys.setdefault(key, Shape()).add(inside)
        elif kind == "list":
            for inside in value:
                self.items = self.items or Shape()
                self.items.add(inside)

    def written(self) -> str:
        """The shape as TypeScript writes types: language models have read much of it."""
        return " | ".join(self._of_kind(kind) for kind in self.types())

    def types(self) -> list[str]:
        """The JSON types, the most frequent first; whole numbers among others are numbers."""
        kinds = [kind for kind, _ in self.kinds.most_common()]
        return [kind for kind in kinds if kind != "whole" or "number" not in kinds]

    def has(self, mark: str) -> bool:
        """Whether `written` has a mark outside of its keys: `?` or `…`."""
        inside = [*self.keys.values(), *([self.items] if self.items else [])]
        shown = self._shown()
        here = (
            len(shown) < len(self.keys)
            if mark == "…"
            else any(self.keys[key].count < self.kinds["object"] for key in shown)
        )
        return here or any(one.has(mark) for one in inside)

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.kinds.total()

    def _shown(self) -> list[str]:
        """Keys that are no exception, in the order in which they first came."""
        enough = RARE * self.kinds["object"]
        frequent = sorted(self.keys, key=lambda key: -self.keys[key].count)[:KEYS]
        return [key for key in self.keys if key in frequent and self.keys[key].count >= enough]

    def _of_kind(self, kind: str) -> str:
        if kind == "list":
            return f"[{self.items.written() if self.items else ''}]"
        if kind != "object":
            return "number" if kind == "whole" else kind
        told = []
        for key in self._shown():
            mark = "?" if self.keys[key].count < self.kinds["object"] else ""
            told.append(f"{json.dumps(key, ensure_ascii=False)}{mark}: {self.keys[key].written()}")
        if len(told) < len(self.keys):
            told.append("…")
        return "{" + ", ".join(told) + "}"


def answer_form(expected: pl.Series) -> str:
    """Say what all answers have in common; "" if that is nothing.

    Args:
        expected: Expected answers (n).

    Returns:
        Such as `Answer with one whole number, in digits, and nothing else.`
    """
    texts = [text.strip() for text in expected.drop_nulls() if text.strip()]
    blocks = [CODE_BLOCK.fullmatch(text) for text in texts]
    inside = [block["json"] for block in blocks if block is not None]
    if texts and len(inside) == len(texts) and (form := answer_form(pl.Series(inside))):
        form = form.replace(", on one line", "")
        return form.replace("and nothing else", "in a code block (```json) and nothing else", 1)
    values = [_value(text) for text in texts if tree(text) is not None]
    others = [text for text in texts if tree(text) is None]
    opened = [text for text in texts if text.startswith(OPENING)]
    if not opened and others:
        return _of_digits(texts) or _of_reasons(texts) or _of_length(texts)
    broken = set(others) <= set(opened) and len(others) <= BROKEN * len(texts)
    if not values or not broken:
        return ""
    shape = Shape()
    for value in values:
        shape.add(value)
    return _of_json(shape, one_line=not any("\n" in text for text in texts))


def _of_json(shape: Shape, *, one_line: bool) -> str:
    kinds = shape.types()
    told = " or ".join(TOLD[kind] for kind in kinds) if len(kinds) <= 2 else SEVERAL
    told = f"Answer with {told} and nothing else"
    if not {"object", "list"} & set(kinds):
        return f"{told}."
    marks = ""
    if shape.has("?"):
        marks += " Leave out a key marked ? if the input does not say it."
    if shape.has("…"):
        marks += " … stands for further keys."
    return f"{told}{', on one line' if one_line else ''}.{marks} Its shape: {shape.written()}"


def _of_digits(texts: list[str]) -> str:
    """Numbers, with the sign beside them, and texts that differ in digits alone, such as dates."""
    if all(map(is_number, texts)):
        marks = [
            f", with {sign} before it"
            for sign in "$£€"
            if all(one.lstrip("-").startswith(sign) for one in texts)
        ]
        marks += [
            f", with {sign} behind it"
            for sign in "%$£€"
            if all(one.endswith(sign) for one in texts)
        ]
        return f"Answer with one number, in digits{''.join(marks)}, and nothing else."
    units = [found["unit"] for text in texts if (found := WITH_UNIT.fullmatch(text))]
    if len(units) == len(texts) and OF_A_UNIT * len({*units}) <= len(texts):
        return "Answer with one number, in digits, and its unit behind it, and nothing else."
    forms = {re.sub(r"\d", "0", text) for text in texts}
    if len(forms) > 1 or "0" not in "".join(forms) or re.search(r"[^\W\d]|\s", "".join(forms)):
        return ""
    return f"Answer in the form {forms.pop()}, with a digit for each 0, and nothing else."


def _of_reasons(texts: list[str]) -> str:
    """Reasons that end in a marked result, as GSM8K writes them (Cobbe et al. 2021)."""
    if not all(REASONED.fullmatch(text) for text in texts):
        return ""
    return "Say the steps first, then write #### and the final answer on a line of its own."


def _of_length(texts: list[str]) -> str:
    sizes = pl.Series([len(pieces(text)) for text in texts])
    longest = int(sizes.quantile(USUAL) or 0)
    unit = "character" if inferred(texts) else "word"  # of scripts without spaces
    if longest <= 1:
        return f"Answer with one {unit} and nothing else."
    return f"Answer with at most {longest:,} {unit}s and nothing else."


def _value(text: str) -> Any:
    """A JSON value of which numbers tell only whether they are whole: they may be very long."""
    return json.loads(text, parse_int=lambda _: 0, parse_float=lambda _: 0.5)


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean", int: "whole"}
    return "null" if value is None else kinds.get(type(value), "number")
