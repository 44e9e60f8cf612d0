"""The confusion matrix: every count where classes are few, a heat map where they are many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from rungwise.reporting.confusion import Confusion, Pair
from rungwise.reporting.svg import element, fitted, picture, text

FEW = 16
"""Up to this many classes every cell carries its count."""


def matrix(found: Confusion, pairs: Sequence[Pair]) -> Markup:
    """Draw the counts; `pairs` are numbered in the heat map as they are in their table."""
    return _counts(found) if len(found.classes) <= FEW else _heat_map(found, pairs)


def _counts(found: Confusion) -> Markup:
    """A row an expected class, a column a predicted one; shades are parts of the row."""
    many = len(found.classes)
    cell, left, top = min(46.0, 520 / max(many, 1)), 170.0, 96.0
    totals = np.maximum(found.counts.sum(axis=1), 1)
    drawn = [text("expected ↓   predicted →", 0, 12, "axis")]
    for place, label in enumerate(found.classes):
        middle = (place + 0.5) * cell
        drawn.append(
            element(
                "text",
                fitted(label, left - 8),
                x=left - 8,
                y=top + middle + 4,
                text_anchor="end",
                class_="label",
            )
        )
        x, y = left + middle + 4, top - 8
        drawn.append(
            element(
                "text",
                fitted(label, 120),
                x=x,
                y=y,
                transform=f"rotate(-40 {x:.1f} {y:.1f})",
                class_="label",
            )
        )
    for row, column in np.ndindex(many, many):
        count = int(found.counts[row, column])
        share = count / int(totals[row])
        x, y = left + column * cell, top + row * cell
        kind = "right" if row == column else "wrong"
        drawn.append(_cell(x, y, cell - 2, kind, share, 0.08, _said(found, row, column)))
        if count:
            dark = " strong" if share > 0.5 else ""
            drawn.append(
                text(
                    str(count),
                    x + cell / 2 - 1,
                    y + cell / 2 + 3,
                    f"count {kind}{dark}",
                    text_anchor="middle",
                )
            )
    width = left + many * cell + 90
    return picture("confusion", width, top + many * cell, "Confusion matrix", _told(found), *drawn)


def _heat_map(found: Confusion, pairs: Sequence[Pair]) -> Markup:
    """One small cell a pair of classes, the most confused ones ringed and numbered."""
    many, left, top = len(found.classes), 16.0, 22.0
    size = 430.0
    cell = size / many
    totals = np.maximum(found.counts.sum(axis=1), 1)
    drawn = [
        text("predicted →", left, 12, "axis"),
        text("expected ↓", 10, top, "axis", transform=f"rotate(90 10 {top})", dy=4),
        element("rect", x=left, y=top, width=size, height=size, class_="frame"),
    ]
    for row, column in np.argwhere(found.counts):
        share = int(found.counts[row, column]) / int(totals[row])
        kind = "right" if row == column else "wrong"
        x, y = left + column * cell, top + row * cell
        drawn.append(_cell(x, y, cell, kind, share, 0.3, _said(found, row, column)))
    places = {label: place for place, label in enumerate(found.classes)}
    for count, pair in enumerate(pairs, 1):
        x = left + (places[pair.predicted] + 0.5) * cell
        y = top + (places[pair.expected] + 0.5) * cell
        away = 11 if places[pair.predicted] >= places[pair.expected] else -11
        drawn.append(element("circle", cx=x, cy=y, r=max(cell * 0.9, 5.0), class_="ring"))
        drawn.append(text(str(count), x + away, y + 3.5, "ring-name", text_anchor="middle"))
    return picture(
        "confusion",
        size + left + 20,
        size + top + 6,
        "Heat map of confusions",
        _told(found),
        *drawn,
    )


def _cell(
    x: float, y: float, side: float, kind: str, share: float, faintest: float, said: str
) -> Markup:
    """Faint for few, full for all of the row; even one mistake of a hundred stays visible."""
    shade = faintest + (1 - faintest) * share**0.6
    return element(
        "rect",
        element("title", said),
        x=x,
        y=y,
        width=side,
        height=side,
        fill_opacity=round(shade, 3) if share else None,
        class_=f"cell {kind}" if share else "cell empty",
    )


def _said(found: Confusion, row: int, column: int) -> str:
    count = int(found.counts[row, column])
    verb = "recognised" if row == column else f"taken for {found.classes[column]}"
    return f"{found.classes[row]} {verb}: {count}"


def _told(found: Confusion) -> str:
    return (
        f"{len(found.classes)} classes, {found.rows} rows, {found.wrong} wrong answers. "
        "The tables beside it list the most confused pairs."
    )
