"""Records in a notebook: small HTML tables, every value escaped and without personal values."""

from __future__ import annotations

import dataclasses
import html
import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LONGEST = 200
"""Code points of a cell; the rest is cut, marked by an ellipsis."""
DIGEST = 64
"""Characters of a sha256, of which a person needs the first eight."""


class Shown:
    """A dataclass that a notebook shows as a table of its fields."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        record: Any = self  # a dataclass, as all that inherit this are
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(record)}
        rows = [(name, told(value)) for name, value in fields.items() if not _empty(value)]
        return table(type(self).__name__, (), [row for row in rows if row[1]])


def table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
) -> str:
    """An HTML table under a title.

    Args:
        title: Plain text, as all that follows.
        header: Names of the columns; none for a table of names and values.
        rows: Cells, the first of each row a heading.
        notes: Lines below it.
    """
    lines = [f"<div><strong>{shown(title)}</strong>", "<table>"]
    if header:
        cells = "".join(f'<th scope="col">{shown(name)}</th>' for name in header)
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    for first, *others in rows:
        cells = "".join(f"<td>{shown(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{shown(first)}</th>{cells}</tr>')
    lines.append("</table>")
    lines += [f"<p>{shown(note)}</p>" for note in notes]
    return "\n".join([*lines, "</div>"])


def shown(text: str) -> str:
    """A text for HTML: personal values that their form proves are replaced, markup is escaped."""
    # By name: finding personal values stands above the records that this shows.
    redact = importlib.import_module("rungwise.data.personal.redact")
    detect = importlib.import_module("rungwise.data.personal.detect")
    safe: str = redact.redacted_line(text, detect.structured())
    cut = safe if len(safe) <= LONGEST else safe[: LONGEST - 1] + "…"
    return html.escape(cut)


def told(value: Any) -> str:
    """A value of a record in a few words; "" for what is too large for a cell."""
    text = ""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, str):
        is_digest = len(value) == DIGEST and set(value) <= set("0123456789abcdef")
        text = value[:8] if is_digest else value
    elif hasattr(value, "metric"):
        text = measured(value.metric, value.value, value.low, value.high, value.rows, value.on)
    elif isinstance(value, Mapping):
        pairs = [(key, told(one)) for key, one in value.items() if not _empty(one)]
        text = ", ".join(f"{key}={one}" for key, one in pairs if one)
    return text


def measured(
    metric: str, value: float, low: float | None, high: float | None, rows: int, on: str
) -> str:
    """A number with its interval and the rows that it was measured on."""
    interval = f" [{low:.4f}, {high:.4f}]" if low is not None and high is not None else ""
    told = f"cross-validated on {rows:,} rows" if on == "folds" else f"on {rows:,} {on} rows"
    return f"{metric} {value:.4f}{interval} {told}"


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | list | Mapping) and not value)
