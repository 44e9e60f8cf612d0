"""The class that an answer means: the class itself, else the only one spelt so or named in it.

Two classes never become one: what could mean several means none. `C`, `C++` and `C#`, `-3` and
`+3`, `<5` and `>5` stay apart, because signs are part of a label's spelling (`label_spelling`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rungwise.data.label_spelling import spelling_key

BEFORE = r"(?<![\w+\-#<>=≤≥±@$€£%/&])(?<!\d[.,])"
AFTER = r"(?![\w+#%@&=]|[-/.,:]\w)"
"""What must not stand beside a label that is named in a text: it would be part of another word."""


class Classes:
    """The labels of a task, by how they are spelt.

    Args:
        labels: Each once.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._known = frozenset(labels)
        self._spelt = _grouped({label: spelling_key(label) for label in labels})
        numbers = {label: number for label in labels if (number := _number(label)) is not None}
        self._numbers = _grouped(numbers)

    def spelt(self, answer: str) -> tuple[str, ...]:
        """The classes that an answer is a spelling of: itself alone if it is one.

        Spellings differ in case, spaces, Unicode form, punctuation, or in how a number is
        written (`1`, `1.0`, `01`).
        """
        if answer in self._known:
            return (answer,)
        if found := self._spelt.get(spelling_key(answer)):
            return found
        number = _number(answer)
        return self._numbers.get(number, ()) if number is not None else ()

    def named(self, text: str) -> tuple[str, ...]:
        """The classes that a text means: that it is a spelling of, else that it names.

        A label that is part of a longer one in the text is not named.
        """
        if found := self.spelt(text.strip()):
            return found
        if found := _standing(self.labels, text):
            return found
        by_key = {key: labels for key, labels in self._spelt.items() if key}
        keys = _standing(tuple(by_key), spelling_key(text))
        return tuple(label for key in keys for label in by_key[key])


def _standing(labels: Sequence[str], text: str) -> tuple[str, ...]:
    """The labels that stand in a text as words of their own, without those within longer ones."""
    inside = [label for label in labels if label and label in text]
    found = [one for one in inside if re.search(f"{BEFORE}{re.escape(one)}{AFTER}", text)]
    return tuple(one for one in found if not any(one != other and one in other for other in found))


def _grouped(values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for label, value in values.items():
        groups[value].append(label)
    return {value: tuple(labels) for value, labels in groups.items()}


def _number(label: str) -> str | None:
    """A plain decimal number in one form; None for everything else."""
    if not re.fullmatch(r"\s*[+-]?\d{1,30}(\.\d{1,30})?\s*", label, re.ASCII):
        return None
    number = Decimal(label.strip())
    plain = f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"
    return plain if number else "0"
