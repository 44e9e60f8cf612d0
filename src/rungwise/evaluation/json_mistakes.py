"""What is wrong with the fields of a JSON answer: values first, then which fields there are (R34).

A field is compared by its path without the places of lists, so that one value and a list of that
value differ in structure, and a list with another value in it differs in content.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from rungwise.evaluation.fault import Fault, Kind
from rungwise.evaluation.final_values import final_number, other_currency
from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_fields import compared, fields
from rungwise.evaluation.moments import same_moment
from rungwise.evaluation.numbers_within import reads_as_number
from rungwise.evaluation.tokenisation import pieces

EXCHANGED = Fault("values exchanged between items of a list", "content")
REPEATED = Fault("a value repeated", "structure")
NOTHING_RIGHT = Fault("none of the expected values", "content")
OF_ONE_FIELD: Mapping[str, Kind] = {
    "wrong value": "content",
    "invented value": "content",
    "value in the wrong field": "content",
    "field missing": "structure",
    "field left empty": "structure",
    "field too many": "structure",
    "field named otherwise": "structure",
    "list where one value is expected, or the reverse": "structure",
    "value written otherwise": "form",
}
"""The names of faults that are about one field; its path follows behind a colon."""
WRITTEN = "value written otherwise"
SHAPE = "list where one value is expected, or the reverse"
SAID_TRUE = {"true": "yes", "false": "no"}
EMPTY = frozenset({"null", '""', "{}", "[]", '"null"', '"none"', '"n/a"', '"unknown"'})
"""Leaves that say nothing, in small letters."""

Leaves = Mapping[str, list[str]]


def wrong_fields(
    expected: str, output: str, asked: str | None, known: frozenset[str] = frozenset()
) -> list[Fault]:
    """All that is wrong with the fields of an answer; empty if nothing is.

    Args:
        expected, output: JSON texts.
        asked: The input, or None if it is not known; a value that does not stand in it although the
            right one does is invented.
        known: Paths of fields that other rows have: a value in one of them says something, and in
            any other the field has another name.
    """
    wanted, told = fields(expected), fields(output)
    assert wanted is not None and told is not None, "both are JSON"
    right, _, every = compared(expected, output)
    if wanted == told:
        return [] if right == every else [EXCHANGED]
    reading = _Reading(_by_path(wanted - told), _by_path(told - wanted), asked)
    reading.compare(_paths(wanted), _paths(told), known | _paths(wanted))
    agree = (wanted & told).total() + reading.agreeing
    if not agree and not any(one.kind == "content" for one in reading.faults):
        reading.faults.append(NOTHING_RIGHT)
    return reading.faults or [REPEATED]


def known_fields(texts: Iterable[str]) -> frozenset[str]:
    """Paths of all fields that some of the texts have, without the places of lists."""
    return frozenset(path for text in texts for path in _paths(fields(text) or ()))


class _Reading:
    """The leaves that two texts do not share, paired as far as they mean the same.

    Attributes:
        wanted, told: Path without places of lists → leaves that the other does not have.
        asked: The input.
        faults: What was found.
        agreeing: Leaves that agree but for how, or under which name, they are written.
    """

    def __init__(self, wanted: Leaves, told: Leaves, asked: str | None) -> None:
        self.wanted = {path: list(leaves) for path, leaves in wanted.items()}
        self.told = {path: list(leaves) for path, leaves in told.items()}
        self.asked = asked
        self.faults: list[Fault] = []
        self.agreeing = 0

    def compare(self, paths: frozenset[str], told: frozenset[str], known: frozenset[str]) -> None:
        """Look at each path, in order.

        Args:
            paths: Of the expected text, those that agree too.
            told: Of the answer.
            known: Of any expected text.
        """
        for path in sorted(self.wanted.keys() & self.told.keys()):
            self._same_path(path)
        for path in sorted(self.told):
            if path not in paths:
                self._other_path(path, known)
            elif self.told[path]:
                self._too_many_values(path)
        for path in sorted(self.wanted):
            for _ in self.wanted[path]:
                if path not in told:
                    self._add("field missing", path)
                elif not any(one.name.endswith(f": {path.lstrip('/')}") for one in self.faults):
                    self._add("wrong value", path)

    def _same_path(self, path: str) -> None:
        """Values of one field: the same in other letters, or of another shape, or wrong."""
        for leaf in list(self.told[path]):
            alike = next((one for one in self.wanted[path] if _alike(one, leaf)), None)
            if alike is None:
                continue
            self.wanted[path].remove(alike)
            self.told[path].remove(leaf)
            self.agreeing += 1
            self._add(WRITTEN if alike != leaf else SHAPE, path)
        for leaf in [one for one in self.told[path] if one.lower() in EMPTY][
            : len(self.wanted[path])
        ]:
            self.wanted[path].pop()
            self.told[path].remove(leaf)
            self._add("field left empty", path)
        if self.wanted[path] and self.told[path]:
            invented = self._invented(self.wanted[path], self.told[path])
            self._add("invented value" if invented else "wrong value", path)
            self.wanted[path] = self.told[path] = []

    def _other_path(self, path: str, known: frozenset[str]) -> None:
        """Values of a field that the expected text does not have."""
        for leaf in self.told[path]:
            home = self._home(leaf)
            if home is not None:
                self.wanted[home].remove(
                    next(one for one in self.wanted[home] if _alike(one, leaf))
                )
            if home is not None and (path in known or _is_of_another(path, home, known)):
                self._add("value in the wrong field", path)
            elif home is not None:
                self.agreeing += 1
                self._add("field named otherwise", home)
            elif leaf.lower() in EMPTY:
                if path:
                    self._add("field too many", path)
            elif path in known:
                self._add("invented value" if self._strange(leaf) else "wrong value", path)
            else:
                self._add("invented value" if self._strange(leaf) else "field too many", path)

    def _too_many_values(self, path: str) -> None:
        """More values than asked for in a field that is right besides."""
        strange = [leaf for leaf in self.told[path] if leaf.lower() not in EMPTY]
        if strange:
            self._add("invented value" if any(map(self._strange, strange)) else "wrong value", path)

    def _home(self, leaf: str) -> str | None:
        """The field that should have a value and does not."""
        if leaf.lower() in EMPTY or leaf in ("true", "false"):
            return None
        return next(
            (path for path, leaves in sorted(self.wanted.items())
             if any(_alike(one, leaf) for one in leaves)), None,
        )  # fmt: skip

    def _invented(self, right: Iterable[str], instead: Iterable[str]) -> bool:
        """Whether a value does not stand in the input although the right ones do."""
        return (
            self.asked is not None
            and all(_stands(one, self.asked) for one in right)
            and any(map(self._strange, instead))
        )

    def _strange(self, leaf: str) -> bool:
        """Whether a value says something that does not stand in the input."""
        return self.asked is not None and bool(words_of(leaf)) and not _stands(leaf, self.asked)

    def _add(self, name: str, path: str) -> None:
        self.faults.append(Fault(f"{name}: {path.lstrip('/')}", OF_ONE_FIELD[name]))


def words_of(leaf: str) -> str:
    """The words of a leaf or of a text, alike for all that differ in case and punctuation only."""
    return " ".join(pieces(folded(_plain(leaf))))


def _alike(one: str, other: str) -> bool:
    """Whether two leaves say the same: as text, number, date or time, in whatever case."""
    words = words_of(one), words_of(other)
    if one == other or (bool(words[0]) and words[0] == words[1]):
        return True
    if SAID_TRUE.get(one) == words[1] or SAID_TRUE.get(other) == words[0]:
        return True
    if same_name(*words) or same_moment(_plain(one), _plain(other)):
        return True
    numbers = [final_number(text) for text in map(_plain, (one, other)) if reads_as_number(text)]
    return len(numbers) == 2 and numbers[0] == numbers[1] and not other_currency(one, other)


def same_name(one: str, other: str) -> bool:
    """Whether two texts without digits differ in spaces alone, as `playmusic` and `play music`."""
    joined = one.replace(" ", "")
    return joined.isalpha() and joined == other.replace(" ", "")


def _is_of_another(path: str, home: str, known: frozenset[str]) -> bool:
    """Whether the words of a path are those of another field than the one that lacks a value.

    As in `toloc` for what belongs into `slots/fromloc/city_name`, if other rows have
    `slots/toloc/city_name`. What only nests the right field elsewhere is not of another.
    """
    named, own = _segments(path), _segments(home)
    if not named or {one for one in known if named[-1] in _segments(one)} == {home}:
        return False
    others = {part for one in known if one != home for part in _segments(one)} - {*own}
    return not others.isdisjoint(named)


def _segments(path: str) -> list[str]:
    """The keys of a path, in small letters, a path that was written as one key taken apart."""
    parts = (
        "".join(filter(str.isalnum, part)) for part in path.lower().replace(".", "/").split("/")
    )
    return [part for part in parts if part]


def _stands(leaf: str, asked: str) -> bool:
    return f" {words_of(leaf)} " in f" {words_of(asked)} "


def _plain(leaf: str) -> str:
    """A text leaf without its quotes."""
    if leaf.startswith('"') and leaf.endswith('"') and len(leaf) > 1:
        try:
            value = json.loads(leaf)
        except ValueError:
            return leaf
        return value if isinstance(value, str) else leaf
    return leaf


def _by_path(found: Counter[tuple[str, str]]) -> dict[str, list[str]]:
    leaves: defaultdict[str, list[str]] = defaultdict(list)
    for path, leaf in sorted(found.elements()):
        leaves[_single(path)].append(leaf)
    return dict(leaves)


def _paths(found: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(_single(path) for path, _ in found)


def _single(path: str) -> str:
    """A path without the places of lists."""
    return "/".join(part for part in path.split("/") if part != "*")
