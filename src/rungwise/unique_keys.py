"""YAML and JSON that a user writes, read so that no key can stand in them twice.

The parsers of both let the later of two equal keys win without a word, so a target that was
reviewed gives way to one that was not.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import yaml

from rungwise.errors import InputError, TaskError

DEEPEST = 100
"""Levels of nesting; no file of ours needs ten."""
REPEATED = 100_000
"""Values that aliases (`*name`) may add to those that are written out."""
FLATTEN = "Flatten it."
MERGE = "tag:yaml.org,2002:merge"


def read_yaml(text: str, name: str, error: type[InputError] = TaskError) -> Any:
    """Read one YAML document.

    Args:
        text: The document.
        name: What messages call it, such as its path.
        error: What to raise.

    Raises:
        InputError: The text is not YAML, a mapping holds a key twice, or it is nested or
            repeated beyond all use; the message names the lines.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except _Refused as refused:
        raise error(f"{name}: {refused.fact}", refused.next_step) from None
    except yaml.YAMLError as broken:
        raise error(f"{name} is not valid YAML{_place(broken)}", "Correct the file.") from broken
    except RecursionError as broken:
        raise error(f"{name} is nested too deeply", FLATTEN) from broken
    except (ValueError, OverflowError) as broken:
        # A constructor got text that its tag does not take, such as the date 2026-02-30.
        reason = " ".join(str(broken).split())[:120]
        raise error(f"{name} holds a value that cannot be read: {reason}", "Quote it.") from broken


def read_json(text: str, name: str, error: type[InputError] = TaskError) -> Any:
    """Read one JSON document; NaN and Infinity are not JSON.

    Raises:
        InputError: The text is not JSON, or an object holds a key twice.
    """
    try:
        return json.loads(text, parse_constant=_not_json, object_pairs_hook=unique)
    except DuplicateKey as twice:
        lines = _lines_of_keys(text)
        raise error(f"{name}: {lines or twice}", "Keep one of the two.") from None
    except RecursionError:
        raise error(f"{name} is nested too deeply", FLATTEN) from None
    except ValueError as broken:
        raise error(f"{name} is not JSON: {broken}", "Correct the file.") from None


class DuplicateKey(ValueError):
    """An object that holds one key twice."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object of its pairs: an `object_pairs_hook`.

    Raises:
        DuplicateKey: A key stands there twice; the message names it.
    """
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise DuplicateKey(f"the key {key!r} stands twice in one object")
        content[key] = value
    return content


class _Refused(Exception):
    def __init__(self, fact: str, next_step: str) -> None:
        super().__init__(fact)
        self.fact, self.next_step = fact, next_step


class _Loader(yaml.SafeLoader):
    """The safe loader, which refuses while it composes: before a value is built or merged."""

    depth = 0

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._given: dict[int, dict[Hashable, yaml.Node]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            event = self.current_event
            line = event.start_mark.line + 1 if event is not None else 1
            raise _Refused(f"line {line} is nested more than {DEEPEST} levels deep", FLATTEN)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def compose_document(self) -> yaml.Node | None:
        node = super().compose_document()
        if node is not None:
            _refuse_expansion(node)
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[Hashable, int] = {}
        for key, _ in node.value:
            line, value = key.start_mark.line + 1, self._key(key)
            if value in lines:
                raise _twice(key.value, lines[value], line)
            lines[value] = line
        self._refuse_conflicting_merges(node)
        return node

    def _key(self, node: yaml.Node) -> Hashable:
        """What the key is in Python: `a` and "a" are one, `1` and "1" are two."""
        if node.tag == MERGE:
            return (MERGE,)
        if not isinstance(node, yaml.ScalarNode):
            return node  # no mapping of ours takes it: its constructor says so
        value: Hashable = self.construct_object(node, deep=True)
        return value

    def _refuse_conflicting_merges(self, node: yaml.Node) -> dict[Hashable, yaml.Node]:
        """Refuse `<<: [*a, *b]` where both say the same key, of which the first would win.

        Returns:
            The keys of a mapping, what it merges included.
        """
        if not isinstance(node, yaml.MappingNode) or id(node) in self._given:
            return self._given.get(id(node), {})
        self._given[id(node)] = {}  # a mapping that merges itself is refused elsewhere
        own = {self._key(key): key for key, _ in node.value if key.tag != MERGE}
        merged: dict[Hashable, yaml.Node] = {}
        for key, value in node.value:
            if key.tag != MERGE:
                continue
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                for name, given in self._refuse_conflicting_merges(source).items():
                    before = merged.setdefault(name, given)
                    if before is not given and name not in own:
                        lines = (one.start_mark.line + 1 for one in (before, given))
                        raise _twice(given.value, *lines)
        self._given[id(node)] = merged | own
        return self._given[id(node)]


def _twice(key: Any, before: int, line: int) -> _Refused:
    where = f"on lines {before} and {line}" if before != line else f"twice on line {line}"
    return _Refused(f"the key `{key}` stands {where}", "Keep one of the two.")


def _refuse_expansion(root: yaml.Node) -> None:
    """Count values and levels with every alias written out ("billion laughs").

    Each node is visited once, however many aliases lead to it.
    """
    known: dict[int, tuple[int, int]] = {}
    unfinished: set[int] = set()

    def extent(node: yaml.Node) -> tuple[int, int]:
        """Values and levels of a node."""
        if id(node) in unfinished:
            line = node.start_mark.line + 1
            raise _Refused(f"the anchor on line {line} holds itself", "Write the value out.")
        if id(node) not in known:
            unfinished.add(id(node))
            inner = [extent(one) for one in _inside(node)]
            unfinished.discard(id(node))
            levels = 1 + max((levels for _, levels in inner), default=0)
            known[id(node)] = (1 + sum(values for values, _ in inner), levels)
            if levels > DEEPEST:
                line = node.start_mark.line + 1
                raise _Refused(f"line {line} is nested more than {DEEPEST} levels deep", FLATTEN)
        return known[id(node)]

    values, _ = extent(root)
    if values > len(known) + REPEATED:
        raise _Refused(f"its aliases stand for {values:,} values", "Use fewer of them.")


def _inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [inner for pair in node.value for inner in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" at line {mark.line + 1}" if mark else ""


def _lines_of_keys(text: str) -> str:
    """Both lines of a JSON key that stands twice: JSON without tabs is YAML."""
    try:
        yaml.load(text.replace("\t", " "), Loader=_Loader)
    except _Refused as refused:
        return refused.fact
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    return ""


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
