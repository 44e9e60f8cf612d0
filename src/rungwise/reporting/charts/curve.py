"""Curves of one attempt: the losses side by side with the goal's metric, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from rungwise.records import Epoch
from rungwise.reporting import wording
from rungwise.reporting.svg import Scale, element, picture, scale, text, tick_labels

WIDTH, HEIGHT, TOP, FOOT = 452.0, 190.0, 26.0, 160.0
PLOT = (44.0, 342.0)

Line = tuple[str, str, Sequence[float | None]]
"""A name, a class, and one value an epoch; None and what is not a number leave a gap."""


def losses(name: str, curve: Sequence[Epoch]) -> Markup:
    """Training and validation loss; the lowest validation loss is marked."""
    validation = [epoch.validation_loss for epoch in curve]
    known = [loss for loss in validation if math.isfinite(loss)]
    best = curve[validation.index(min(known))].number if known else None
    lines: list[Line] = [
        ("training", "train", [epoch.train_loss for epoch in curve]),
        ("validation", "validation", validation),
    ]
    return _panel(f"{name}-loss", "Loss, nats", curve, lines, marked=best)


def metrics(name: str, metric: str, curve: Sequence[Epoch], target: float) -> Markup:
    """The goal's metric against the target; on training too, where it was measured."""
    lines: list[Line] = [
        ("training", "train", [epoch.train_metric for epoch in curve]),
        ("validation", "validation", [epoch.validation_metric for epoch in curve]),
    ]
    known = [one for one in lines if any(_known(value) for value in one[2])]
    return _panel(f"{name}-metric", metric, curve, known, target=target)


def _panel(
    name: str,
    title: str,
    curve: Sequence[Epoch],
    lines: Sequence[Line],
    marked: int | None = None,
    target: float | None = None,
) -> Markup:
    epochs = Scale(curve[0].number, max(curve[-1].number, curve[0].number + 1), *PLOT)
    values = [value for line in lines for value in line[2] if value is not None]
    axis = scale([*values, *([target] if target is not None else [])], FOOT, TOP)
    drawn = [*_grid(axis), *_epochs(epochs, curve)]
    if marked is not None:
        x = epochs(marked)
        drawn.append(element("line", x1=x, x2=x, y1=TOP, y2=FOOT, class_="marked"))
    if target is not None:
        y = axis(target)
        drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="target"))
        drawn.append(text("target", PLOT[0] + 4, y - 4, "target-label"))
    for _, class_, series in lines:
        drawn += _line(class_, series, epochs, axis, curve)
    drawn += _ends(lines, axis)
    drawn.append(text(title, 0, 12, "panel-title"))
    return picture(name, WIDTH, HEIGHT, title, _told(lines, marked), *drawn)


def _grid(axis: Scale) -> list[Markup]:
    ticks = axis.ticks(4)
    drawn = []
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        y = axis(tick)
        drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="grid"))
        drawn.append(text(label, PLOT[0] - 6, y + 4, "axis", text_anchor="end"))
    return drawn


def _epochs(epochs: Scale, curve: Sequence[Epoch]) -> list[Markup]:
    every = max(1, math.ceil(len(curve) / 10))
    drawn = [
        text(str(epoch.number), epochs(epoch.number), FOOT + 15, "axis", text_anchor="middle")
        for epoch in curve[::every]
    ]
    return [*drawn, text("epoch", PLOT[1], FOOT + 28, "axis", text_anchor="end")]


def _line(
    class_: str,
    series: Sequence[float | None],
    epochs: Scale,
    axis: Scale,
    curve: Sequence[Epoch],
) -> list[Markup]:
    places = [
        (epochs(epoch.number), axis(value))
        for epoch, value in zip(curve, series, strict=True)
        if value is not None and math.isfinite(value)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [element("circle", cx=x, cy=y, r=2.5, class_=f"dot {class_}") for x, y in places]
    shown = dots if len(places) <= 15 else []
    return [element("polyline", points=path, class_=f"line {class_}"), *shown]


def _ends(lines: Sequence[Line], axis: Scale) -> list[Markup]:
    """Names and last values beside the ends of the lines, moved apart where they would touch."""
    ends = sorted(
        (axis(last[1]), name, class_, last[1])
        for name, class_, series in lines
        if (last := _last(series)) is not None
    )
    drawn, taken = [], -math.inf
    for y, name, class_, value in ends:
        taken = max(y, taken + 14)
        words = f"{name} {value:.3f}" if abs(value) < 10 else f"{name} {value:.4g}"
        drawn.append(text(words, PLOT[1] + 8, taken + 4, f"line-name {class_}"))
    return drawn


def _last(series: Sequence[float | None]) -> tuple[int, float] | None:
    known = [(place, v) for place, v in enumerate(series) if v is not None and math.isfinite(v)]
    return known[-1] if known else None


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _told(lines: Sequence[Line], marked: int | None) -> str:
    said = []
    for name, _, series in lines:
        known = [value for value in series if value is not None and math.isfinite(value)]
        if known:
            ends = f"from {wording.number(known[0])} to {wording.number(known[-1])}"
            said.append(f"{name} {ends} over {len(series)} epochs")
    lowest = f"; lowest validation loss in epoch {marked}" if marked is not None else ""
    return f"{'; '.join(said) or 'Nothing finite was logged'}{lowest}."
