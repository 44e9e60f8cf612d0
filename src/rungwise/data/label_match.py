"""The class that an answer means: the class itself, else the only one spelt so or named in it.

Two classes never become one: what could mean several means none. `C`, `C++` and `C#`, `-3` and
`+3`, `<5` and `>5` stay apart, because signs are part of a label's spelling (`label_spelling`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rungwise.data.label_spelling import plain_signs, spelling_key

BEFORE = r"(?<![\w+\-#<>=≠≤≥±~@$€£¥%/&¬])(?<!\d[.,])"
AFTER = r"(?![\w+#%‰°²³@&=]|[-/.,:]\w|-(?!\w))"
"""What must not stand beside a label that is named in a text: it would be part of another word."""
DENIED = re.compile(
    r"(?:\b(?:not|no|non|never|neither|nor|without|cannot be|nicht|kein|keine|pas|ni|nunca|jamais)"
    r"(?: (?:a|an|the|really|very|ein|eine|une?|la|el))?[\s-]+|n[' ]t )[\"'“‘*`(]*$",
    re.IGNORECASE,
)
"""What stands before a label that a text says it does not mean: `not spam`, `isn't a refund`."""
NEGATING = re.compile(r"\b(un|in|dis|mis|anti|ex)-(?=\w)", re.IGNORECASE)
"""The same as the beginning of a word: `un-happy`."""
PREFIXED = re.compile(r"(?<=[+\-<>≤≥=≠±~$€£¥#]) (?=[\w.])")
SUFFIXED = re.compile(r"(?<=\w) (?=(?:[+%‰°#]|-(?!\s*\w))+)")
"""A space between a sign and what it belongs to: `- 1`, `5 %`, `A +`."""


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
        plain = plain_signs(text)
        closed = SUFFIXED.sub("", PREFIXED.sub("", plain))
        if closed != plain and (found := self.spelt(closed.strip())):
            return found
        if found := _standing(self.labels, plain):
            joined = _standing(self.labels, closed)
            return tuple(dict.fromkeys([*found, *joined]))  # `- 1` may be 1 or -1
        by_key = {key: labels for key, labels in self._spelt.items() if key}
        # As one word, so that `happy` does not stand in `un-happy`.
        keys = _standing(tuple(by_key), spelling_key(NEGATING.sub(r"\1", plain)))
        return tuple(label for key in keys for label in by_key[key])


def _standing(labels: Sequence[str], text: str) -> tuple[str, ...]:
    """The labels that stand in a text as words of their own, without those within longer ones."""
    inside = [label for label in labels if label and label in text]
    found = [one for one in inside if _says(one, text)]
    return tuple(one for one in found if not any(one != other and one in other for other in found))


def _says(label: str, text: str) -> bool:
    """Whether a label stands in a text as a word of its own that is not denied."""
    there = re.finditer(f"{BEFORE}{re.escape(label)}{AFTER}", text)
    return any(DENIED.search(text[: one.start()]) is None for one in there)


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
