"""JSON Lines, columnar: one object a line; bad lines with a reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from rungwise.data.nested import as_json, is_writable
from rungwise.data.raw import BAD_SCHEMA, INSIDE_SCHEMA, Raw
from rungwise.errors import DataError

SAMPLE_LINES = 1000
HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
TRUTH = {True: "true", False: "false"}


def read_jsonl(content: bytes, name: str, asked: Sequence[str], *, nested: bool = False) -> Raw:
    """Read one JSON object a line; values become strings, numbers as they are written.

    Args:
        content: Valid UTF-8 without a byte order mark.
        name: The file, for messages.
        asked: Column names that the user gave; others are found in the first thousand lines.
        nested: Lists and objects are cells too, as JSON; else keys that mostly hold such are left
            out, aloud, and where another key holds one its cell is null and named in `inside`.

    Raises:
        DataError: No line holds a JSON object.
    """
    raw, keys = read_lines(content, name, asked, nested=nested)
    present = [key for key in raw.cells.columns if key in keys.found or raw.cells[key].count()]
    return replace(raw, cells=raw.cells.select(present))


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that the first lines have, and those of them whose values cannot be cells."""

    found: list[str]
    unread: list[str]


def read_lines(
    content: bytes,
    name: str,
    asked: Sequence[str],
    *,
    nested: bool = False,
    first: int = 1,
    keys: Keys | None = None,
) -> tuple[Raw, Keys]:
    """Read whole lines, of which `first` is the number of the first.

    Args beside those of `read_jsonl`:
        keys: What the lines before these have; without it, this is found here.

    Returns:
        The rows, with every key that is known or asked for, and the keys.
    """
    lines = enumerate(content.decode("utf-8").split("\n"), first)
    rows = [(number, text) for number, text in lines if text.strip()]
    if keys is None and not rows:
        raise DataError(f"{name} is empty", "Give one JSON object a line.")
    keys = keys or Keys(*_keys([text for _, text in rows[:SAMPLE_LINES]], nested=nested))
    columns = [key for key in dict.fromkeys([*keys.found, *asked]) if key not in keys.unread]
    if not columns or not keys.found:
        reasons = (_parsed(text)[1].partition(": ")[2] for _, text in rows)
        why = next((f": {reason}" for reason in reasons if reason), "")
        raise DataError(f"{name} holds no JSON objects{why}", "Write one JSON object a line.")
    cells: dict[str, list[str | None]] = {key: [] for key in columns}
    good: list[tuple[int, str]] = []
    bad: list[tuple[int, str, str]] = []
    inside: list[tuple[int, str]] = []
    for number, text in rows:
        found, reason = _parsed(text)
        if found is None or (reason := _fault(found, text)):
            bad.append((number, reason, text))
            continue
        good.append((number, text))
        own = found
        if any(isinstance(value, list | dict) for value in found.values()):
            own = json.loads(text)  # numbers inside a cell of JSON stay numbers
        for key, column in cells.items():
            value = found.get(key)
            if isinstance(value, list | dict):
                column.append(as_json(own[key]) if nested else None)
                inside.append((number, key))
            else:
                column.append(TRUTH[value] if isinstance(value, bool) else value)
    left_out = f"keys of {name} are left out (lists or objects): "
    raw = Raw(
        pl.DataFrame(cells, dict.fromkeys(columns, pl.String)),
        pl.Series("line", [number for number, _ in good], pl.Int64),
        pl.DataFrame(bad, BAD_SCHEMA, orient="row"),
        (left_out + ", ".join(keys.unread),) if keys.unread else (),
        pl.DataFrame([] if nested else sorted(inside), INSIDE_SCHEMA, orient="row"),
        objects=pl.Series("text", [text for _, text in good], pl.String),
    )
    return raw, keys


def _keys(lines: Sequence[str], *, nested: bool) -> tuple[list[str], list[str]]:
    """All keys in order of appearance, and those of them whose values cannot be cells."""
    items = [item for line in lines for item in (_parsed(line)[0] or {}).items()]
    every = Counter(key for key, _ in items)
    inside = Counter(key for key, value in items if isinstance(value, list | dict))
    return list(every), [key for key in every if not nested and 2 * inside[key] > every[key]]


def _fault(found: dict[str, Any], text: str) -> str:
    """Why an object's values cannot be read, or nothing."""
    if HALF_ESCAPED.search(text):
        for key, value in found.items():
            if isinstance(value, str) and not is_writable(value):
                return f"undecodable: half a character in `{key}`"
    if isinstance(found, _Twice):  # which of the two values is meant, nobody can say
        return f"bad JSON: the key {found.key!r} stands twice in one object"
    return ""


class _Twice(dict[str, Any]):
    """An object that holds `key` twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        often = Counter(key for key, _ in pairs)
        self.key = next(key for key, count in often.items() if count > 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Twice(pairs)


def _parsed(line: str) -> tuple[dict[str, Any] | None, str]:
    """The object, its numbers as they are written, or why there is none."""
    try:
        value = DECODER.decode(line)
    except _NotANumber as error:
        return None, f"NaN: {error} is not JSON"
    except json.JSONDecodeError as error:
        return None, f"bad JSON: {error.msg} at character {error.pos + 1}"
    except RecursionError:
        return None, "bad JSON: nested too deeply"
    if not isinstance(value, dict):
        return None, "bad JSON: not an object"
    return value, ""


class _NotANumber(Exception):
    pass


def _refuse(constant: str) -> None:
    raise _NotANumber(constant)


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_refuse
)
