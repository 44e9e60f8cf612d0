"""JSON Lines, columnar: one object a line; bad lines with a reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from rungwise.data.nested import as_json
from rungwise.data.raw import BAD_SCHEMA, INSIDE_SCHEMA, Raw
from rungwise.errors import DataError
from rungwise.unique_keys import DuplicateKey, unique

SAMPLE_LINES = 1000
HALF = re.compile("[\ud800-\udfff]")
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"


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
    text = pl.Series("text", content.decode("utf-8").split("\n"), dtype=pl.String)
    rows = pl.DataFrame({"text": text}).with_row_index("line", offset=first)
    rows = rows.with_columns(pl.col("line").cast(pl.Int64)).filter(
        pl.col("text").str.strip_chars() != ""
    )
    if keys is None and rows.is_empty():
        raise DataError(f"{name} is empty", "Give one JSON object a line.")
    keys = keys or Keys(*_keys(rows["text"].head(SAMPLE_LINES), nested=nested))
    unread = keys.unread
    columns = [key for key in dict.fromkeys([*keys.found, *asked]) if key not in unread]
    if not columns or not keys.found:
        reasons = (_parsed(line)[1].partition(": ")[2] for line in rows["text"])
        why = next((f": {reason}" for reason in reasons if reason), "")
        raise DataError(f"{name} holds no JSON objects{why}", "Write one JSON object a line.")
    cells = rows.select(_values(key).alias(key) for key in columns)
    written = as_json if nested else lambda _: None
    cells, inside = _with_nested(cells, rows["line"], rows["text"], written)
    empty = cells.select(pl.all_horizontal(pl.all().is_null())).to_series()
    bad = pl.concat(
        [_explained(rows.filter(empty)), _with_half_a_character(rows), _twice(rows, columns)]
    )
    bad = bad.unique("line", keep="first").sort("line")
    is_bad = rows["line"].is_in(bad["line"].implode())
    what = "quotation marks" if nested else "lists, objects or quotation marks"
    left_out = f"keys of {name} are left out ({what} in their name): "
    said = (left_out + ", ".join(unread),) if unread else ()
    inside = INSIDE_SCHEMA.to_frame() if nested else inside
    good = rows.filter(~is_bad)
    raw = Raw(cells.filter(~is_bad), good["line"], bad, said, inside, objects=good["text"])
    return raw, keys


def _keys(lines: pl.Series, *, nested: bool) -> tuple[list[str], list[str]]:
    """All keys in order of appearance, and those of them whose values cannot be cells."""
    items = [item for line in lines for item in (_parsed(line)[0] or {}).items()]
    every = Counter(key for key, _ in items)
    inside = Counter(key for key, value in items if isinstance(value, list | dict))
    mostly = {key for key, count in inside.items() if not nested and 2 * count > every[key]}
    return list(every), [key for key in every if key in mostly or set(key) & set('"\\')]


def _with_nested(
    cells: pl.DataFrame,
    lines: pl.Series,
    text: pl.Series,
    written: Callable[[object], str | None],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells (n) in which every list and object stands as `written` gives it, and where those are.

    Args:
        cells: Plain values.
        lines: Number of each line (n).
        text: The lines (n).
        written: A list or an object as the text of a cell.
    """
    suspects = text.str.count_matches(r"[\[{]").fill_null(0) > 1
    places = suspects.arg_true().to_list()
    found: dict[str, dict[int, str | None]] = {}
    for place in places:
        for key, value in (_parsed(text[place])[0] or {}).items():
            if isinstance(value, list | dict) and key in cells.columns:
                found.setdefault(key, {})[place] = written(value)
    cells = cells.with_columns(
        cells[key].scatter(list(values), list(values.values())) for key, values in found.items()
    )
    inside = sorted((lines[place], key) for key, values in found.items() for place in values)
    return cells, pl.DataFrame(inside, INSIDE_SCHEMA, orient="row")


def _with_half_a_character(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value that holds a surrogate without its other half, which is no text."""
    suspects = rows.filter(pl.col("text").str.contains(r"\\u[dD][89a-fA-F]"))
    found = []
    for line, text in suspects.iter_rows():
        for key, value in (_parsed(text)[0] or {}).items():
            if isinstance(value, str) and HALF.search(value):
                found.append((line, f"undecodable: half a character in `{key}`", text))
                break
    return pl.DataFrame(found, BAD_SCHEMA, orient="row")


def _twice(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Rows whose object holds a key twice: which of the two values is meant, nobody can say."""
    often = [pl.col("text").str.count_matches(rf'"{_pattern(key)}"\s*:') > 1 for key in keys]
    escaped = pl.col("text").str.contains(r'\\u[0-9a-fA-F]{4}[^"]*"\s*:')
    found = []
    for line, text in rows.filter(pl.any_horizontal(*often, escaped)).iter_rows():
        try:
            json.loads(text, object_pairs_hook=unique)
        except DuplicateKey as twice:
            found.append((line, f"bad JSON: {twice}", text))
        except (ValueError, RecursionError):
            continue  # said elsewhere
    return pl.DataFrame(found, BAD_SCHEMA, orient="row")


def _parsed(line: str) -> tuple[dict[str, object] | None, str]:
    """The object, or why there is none."""
    try:
        value = json.loads(line, parse_constant=_refuse)
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


def _values(key: str) -> pl.Expr:
    """A key's values; the JSON reader rewrites numbers, so those are cut out of the line."""
    value = pl.col("text").str.json_path_match(f'$["{key}"]')
    written = pl.col("text").str.extract(rf'"{_pattern(key)}"\s*:\s*({NUMBER})\s*[,}}]')
    same = written.cast(pl.Float64, strict=False) == value.cast(pl.Float64, strict=False)
    return pl.when(same).then(written).otherwise(value)


def _pattern(text: str) -> str:
    """Regex of literal text, in the syntax of the Rust regex crate."""
    return "".join(rf"\x{{{ord(character):x}}}" for character in text)


def _explained(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows in which no key was found, those that are no JSON object, with the reason."""
    reasons = ((line, _parsed(text)[1], text) for line, text in rows.iter_rows())
    return pl.DataFrame([row for row in reasons if row[1]], BAD_SCHEMA, orient="row")
