"""How numbers, digests and texts are written on every page for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from markupsafe import Markup, escape

from rungwise.data.personal.redact import redacted_ids
from rungwise.evaluation import figures
from rungwise.evaluation.wording import measured_on, unnumbered
from rungwise.records import Measurement

CODE = re.compile(r"`([^`]+)`")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
"""What neither HTML nor Markdown may hold, lone surrogates included."""


def number(value: float) -> str:
    """Four decimals, as everywhere in Rungwise; four significant digits where it is large."""
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.4g}"


def value(measured: Measurement) -> str:
    """Such as `91.2 %`: with as many digits as its rows support."""
    if why := figures.undefined(measured.metric, measured.rows):
        return f"undefined: {why}"
    return figures.figure(measured.value, measured.metric, measured.rows)


def interval(measured: Measurement) -> str:
    """Such as `[90.7, 93.4]`; says so where there is none (R11), "" for an undefined value."""
    if figures.undefined(measured.metric, measured.rows):
        return ""
    if measured.low is None or measured.high is None:
        return "no interval"
    return figures.interval(measured.low, measured.high, measured.metric, measured.rows)


def difference(found: Any) -> str:
    """What a rescored attempt has over the baseline, with its interval."""
    ends = found.low, found.high
    return figures.difference(found.difference, ends, found.value.metric, found.value.rows)


def rows(measured: Measurement) -> str:
    """Such as `1,501 validation rows`, or `cross-validated on 510 rows` (R11)."""
    told = measured_on(measured.rows, measured.on)
    return told.removeprefix("on ")


def measurement(measured: Measurement) -> str:
    """A value with its interval and what it was measured on (R11)."""
    if figures.undefined(measured.metric, measured.rows):
        return value(measured)
    return f"{value(measured)} {interval(measured)} {measured_on(measured.rows, measured.on)}"


def parts(counts: Mapping[str, int]) -> str:
    """Rows of each part of a split, such as `700 train, 150 validation, 150 test`."""
    known = ("train", "validation", "test")
    return ", ".join(f"{counts[part]:,} {part}" for part in known if part in counts)


def target(wanted: float, metric: str, *, greater: bool) -> str:
    """Such as `≥ 90 %`."""
    return f"{'≥' if greater else '≤'} {figures.goal(wanted, metric)}"


def short(digest: str) -> str:
    """Enough of a digest to find it again."""
    return digest[:10]


def line(text: str, longest: int = 200) -> str:
    """User text on one line, cut at a word where it is too long."""
    flat = " ".join(CONTROL.sub("�", text).split())
    if len(flat) <= longest:
        return flat
    return flat[:longest].rsplit(" ", 1)[0].rstrip(".,;: ") + " …"


def row_id(text: str) -> str:
    """A row's id on one line, without personal values (R18): a report is passed on."""
    return line(str(redacted_ids(pl.Series([text]))[0]), 24)


def settings(configuration: Mapping[str, Any]) -> str:
    """A configuration in one line, such as `learning_rate 0.0001, layers 2`; None is left out."""
    said = {key: value for key, value in configuration.items() if value is not None}
    return ", ".join(f"{key} {_plain(value)}" for key, value in said.items())


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "{" + settings(value) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return str(value)


def prose(text: str) -> Markup:
    """Escaped text in which `commands` in backticks are set as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(unnumbered(text)))))


def seconds(duration: float) -> str:
    """A duration in the unit a person would use."""
    if duration < 90:
        return f"{duration:.1f} s"
    return f"{duration / 60:.0f} min" if duration < 5400 else f"{duration / 3600:.1f} h"
